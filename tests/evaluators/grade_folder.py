"""Grades the adversarial and the honest suite with a grader of its own and says what came of them.

    python -m tests.evaluators.grade_folder CACHE [EVERY]

prints one JSON object: programs graded, `complaints` by name (attacks that were not contained, honest programs that did
not pass), and what was left behind. EVERY 4 takes every fourth program of both suites.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Verdict
from tests.evaluators.adversary_specs import ADVERSARIES, CASES, HONEST, TOTAL, complaint, in_order, programs
from tests.evaluators.traces import descendants, open_descriptors, traces

BETWEEN = 8
"""Attacks from one honest answer to the next."""
Job = tuple[str, FunctionSpec, str]


@dataclass
class Outcome:
    """verdicts by program; `complaints` by program or by what was looked at."""

    attacks: dict[str, Verdict] = field(default_factory=dict)
    honest: dict[str, Verdict] = field(default_factory=dict)
    between: dict[str, Verdict] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def complaints(self) -> dict[str, str]:
        suite = {program.name: program for program in programs(ADVERSARIES)}
        found = {name: complaint(suite[name], verdict) for name, verdict in self.attacks.items()}
        for name, verdict in (*self.honest.items(), *self.between.items()):
            found[name] = "" if verdict.passed else f"honest, but {verdict.kind}: {verdict.evidence}"
        return {name: text for name, text in (found | self.left).items() if text}


def grade_suites(cache: Path, every: int = 1) -> Outcome:
    """Both suites, all cores busy, an honest answer after every few attacks and after each pair of them."""
    outcome = Outcome()
    before = traces()
    idle = descendants()
    with Oracles(cache_dir=cache, cases=CASES) as oracles:
        honest = [(p.name, p.spec, p.source) for p in programs(HONEST)[::every]]
        outcome.honest.update(oracles.grade_many([*honest, *_variants(range(8))]))
        outcome.between = {name: outcome.honest.pop(name) for name in list(outcome.honest) if name.startswith("right")}
        processes, descriptors = descendants(), open_descriptors()
        groups = list(in_order(programs(ADVERSARIES)))[::every]
        singles = [group[0] for group in groups if len(group) == 1]
        mixed: list[Job] = []
        for i, program in enumerate(singles):
            mixed.append((program.name, program.spec, program.source))
            if i % BETWEEN == 0:
                mixed += _variants(range(100 + i, 101 + i))
        for name, verdict in oracles.grade_many(mixed):
            (outcome.between if name.startswith("right") else outcome.attacks)[name] = verdict
        for i, group in enumerate(group for group in groups if len(group) > 1):
            for program in group:
                outcome.attacks[program.name] = oracles.grade(program.spec, program.source)
            ((name, spec, source),) = _variants(range(1000 + i, 1001 + i))
            outcome.between[name] = oracles.grade(spec, source)
        outcome.between.update(oracles.grade_many(_variants(range(2000, 2008))))
        outcome.left["processes while open"] = settled(lambda: descendants() - processes, "processes more")
        outcome.left["descriptors"] = settled(lambda: open_descriptors() - descriptors, "descriptors more")
    outcome.left["processes after"] = settled(lambda: descendants() - idle, "processes survive")
    outcome.left["outside"] = traces().beyond(before)
    return outcome


def _variants(numbers: range) -> list[Job]:
    """Honest answers that no cache has seen."""
    return [
        (
            f"right {i}",
            TOTAL,
            f"int total(const int *a, int n) {{ int s = {i}; while (n-- > 0) s += a[n]; return s - {i}; }}",
        )
        for i in numbers
    ]


def settled(count: Callable[[], int], what: str, seconds: float = 5.0) -> str:
    """ "" once `count()` is no more than zero; what is left when it never is."""
    until = time.monotonic() + seconds
    while (left := count()) > 0 and time.monotonic() < until:
        time.sleep(0.05)
    return f"{left} {what}" if left > 0 else ""


def main(words: list[str]) -> Iterator[str]:
    started = time.monotonic()
    outcome = grade_suites(Path(words[0]), int(words[1]) if len(words) > 1 else 1)
    yield json.dumps(
        {
            "uid": os.geteuid(),
            "attacks": len(outcome.attacks),
            "honest": len(outcome.honest),
            "complaints": outcome.complaints(),
            "seconds": round(time.monotonic() - started, 1),
        }
    )


if __name__ == "__main__":
    print(*main(sys.argv[1:]))
