"""Grades every project's reference, and the project as it is: `python -m loop.tasks.kata.projects.check [--cache DIR]`.

A task whose reference fails, or which passes without a change, is of no use: its id is written to `unsound.txt`,
and another takes its place in the pack. Takes some minutes on two cores; what was graded is remembered in the cache.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from tempfile import gettempdir

from evaluators.oracles.protocol import Spec
from evaluators.oracles.session import Oracles
from evaluators.projects.edits import Edit, parse_edits, render_edits
from loop.tasks.kata.projects.generate import UNSOUND, drafted
from loop.tasks.task import Task

REFERENCE, IDLE = "reference", "idle"
Seconds = dict[tuple[str, str], list[float]]


def idle(task: Task) -> str:
    """Edits that change no more than white space at the end of a line."""
    edit = parse_edits(getattr(task.spec, "reference"))[0]  # noqa: B009
    line, rest = (*edit.search.split("\n", 1), "")[:2]
    return render_edits([Edit(edit.file, edit.search, f"{line} \n{rest}" if rest else f"{line} ")])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loop.tasks.kata.projects.check", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(gettempdir(), "loop-projects"), help="oracle's cache")
    sound, unsound = set[str](), set[str]()
    seconds: Seconds = defaultdict(list)
    with Oracles(cache_dir=parser.parse_args().cache) as oracles:
        while owed := [task for task in drafted(unsound) if task.id not in sound]:
            print(f"{len(owed)} to check", file=sys.stderr, flush=True)
            bad = _bad(oracles, owed, seconds)
            unsound |= bad
            sound |= {task.id for task in owed} - bad
    UNSOUND.write_text("".join(f"{name}\n" for name in sorted(unsound)))
    for (kind, what), taken in sorted(seconds.items()):
        print(f"{kind}, {what}: {len(taken)} in {mean(taken):.3f} s each")
    print(dict(Counter(task.split for task in drafted(unsound))), f"{len(unsound)} left out")


def _bad(oracles: Oracles, tasks: list[Task], seconds: Seconds) -> set[str]:
    """Ids of those that are not as they should be."""
    found = set()
    for job, verdict in oracles.grade_many(_jobs(tasks)):
        number, what = job.split()
        task = tasks[int(number)]
        seconds[task.type, what].append(verdict.seconds)
        if verdict.passed != (what == REFERENCE):
            found.add(task.id)
            print(f"{task.id} {task.split} {' '.join(task.composition)}: {what} {verdict.kind} {verdict.evidence}")
    return found


def _jobs(tasks: list[Task]) -> Iterator[tuple[str, Spec, str]]:
    for i, task in enumerate(tasks):
        yield f"{i} {REFERENCE}", task.spec, getattr(task.spec, "reference")  # noqa: B009
        yield f"{i} {IDLE}", task.spec, idle(task)


if __name__ == "__main__":
    main()
