"""Writes `amplified.json`: `python -m loop.tasks.kata.amplify [--cache DIR] [--out FILE] [--fresh]`.

Takes about a second of one core a task; what is interrupted goes on where it was. Besides mutants of the reference, the
misconceptions that the parts know are to die.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from evaluators.box.workshop import Workshop
from evaluators.gate.amplify import Amplification, amplify
from evaluators.oracles.session import Oracles
from evaluators.spec import Case
from loop.tasks.kata.amplified import FILE, read, write
from loop.tasks.kata.generate import Composition, asked, mark, spec_of
from loop.tasks.kata.generate import write as write_c
from loop.tasks.kata.parts import Part, V

SAVE_EVERY = 100


def misconceptions(composition: Composition) -> list[str]:
    """C of the composition with one part as people get it wrong."""
    signature = spec_of(composition).signature
    return [
        write_c(composition, signature, _Once(part, wrong))
        for part in composition.parts.values()
        for wrong in part.wrong
    ]


class _Once:
    """Chooser that takes the reference's variant of every part but one."""

    def __init__(self, part: Part[Any], wrong: Any) -> None:
        self.part, self.wrong = part, wrong

    def __call__(self, part: Part[V]) -> V:
        chosen: V = self.wrong if part is self.part else part.right[0]
        return chosen


def _owed(out: Path, fresh: bool) -> tuple[dict[str, tuple[Case, ...]], list[Composition]]:
    """(what is done already, what is not); what is no longer asked is dropped."""
    there = {} if fresh or not out.exists() else read(out)
    wanted = {mark(composition): composition for _, composition in asked()}
    found = {name: cases for name, cases in there.items() if name in wanted}
    return found, [composition for name, composition in wanted.items() if name not in found]


def _done(oracles: Oracles, owed: list[Composition]) -> Iterator[tuple[Composition, Amplification]]:
    """In order, two a worker under way."""

    def work(composition: Composition) -> Amplification:
        def run(workshop: Workshop) -> Amplification:
            return amplify(workshop, spec_of(composition), others=misconceptions(composition))

        found: Amplification = oracles.call(run).result()
        return found

    with ThreadPoolExecutor(2 * oracles.workers) as pool:
        yield from zip(owed, pool.map(work, owed), strict=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loop.tasks.kata.amplify", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(gettempdir(), "loop-amplify"), help="oracle's cache")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--fresh", action="store_true", help="make all of them anew")
    given = parser.parse_args()
    found, owed = _owed(given.out, given.fresh)
    started = time.monotonic()
    with Oracles(cache_dir=given.cache) as oracles:
        for done, (composition, result) in enumerate(_done(oracles, owed), start=1):
            found[mark(composition)] = result.cases
            if result.never:
                print(f"{composition.name}: {', '.join(result.never)} cannot be told from it", flush=True)
            if done % SAVE_EVERY == 0:
                write(given.out, found)
                rate = done / (time.monotonic() - started)
                print(f"{done} of {len(owed)}, {rate:.2f} a second", file=sys.stderr, flush=True)
    write(given.out, found)


if __name__ == "__main__":
    main()
