"""A scripted cycle that kills itself at a given point: python -m tests.support.killed_cycle HOME POINT."""

from __future__ import annotations

import os
import random
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import loop.cycle.harvest
import loop.cycle.judge
import loop.cycle.promote
import loop.registry.weights
from loop.cycle.run import PLAIN, run_cycle
from loop.home import Home
from loop.inference.engine import Request
from tests.support.scripted_world import ASKING, SETTINGS, SkilledScript, make_pack, scripted_context

# Completions that are answered before the kill, for points within sampling. 42 make an audit, 18 the practice.
SERVED = {"audit-champion": 20, "practice": 42 + 9, "audit-challenger": 42 + 18 + 30}

# Functions before which the process dies, for points within the other steps.
BEFORE: dict[str, tuple[Any, str]] = {
    "harvest": (loop.cycle.harvest, "_record"),  # the file is written, its rows are not
    "train": (loop.registry.weights, "install"),  # trained and checked, not yet put away
    "judge": (loop.cycle.judge, "record"),  # decided, not yet marked
    "before-promote": (loop.cycle.promote, "_manifest"),
    "promote": (loop.cycle.promote, "rebuild_promotions"),  # committed to the registry, not yet in the store
}
# Steps in place of which it dies.
INSTEAD = {"after-audit": "practice", "finish": "finish"}
POINTS = (*SERVED, *BEFORE, *INSTEAD)
WAITING = "approve"  # in place of waiting for a person's word, which has to be given before the cycle can go on


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingScript(SkilledScript):
    """Answers so many requests, then the process is gone."""

    def __init__(self, script: SkilledScript, answers: int) -> None:
        self.__dict__.update(script.__dict__)
        self.left = answers

    def __call__(self, request: Request, adapter: Path | None, rng: random.Random) -> str:
        if self.left == 0:
            die()
        self.left -= 1
        return super().__call__(request, adapter, rng)


def main(root: Path, point: str) -> None:
    with scripted_context(Home(root), settings=ASKING if point == WAITING else SETTINGS) as ctx:
        if point in SERVED:
            ctx.engine("implementation").script = DyingScript(SkilledScript(make_pack(), 0.3), SERVED[point])  # type: ignore[attr-defined]
        elif point in BEFORE:
            module, name = BEFORE[point]
            setattr(module, name, die)
        instead = {**INSTEAD, WAITING: "approve"}
        run_cycle(ctx, replace(PLAIN, **{instead[point]: die}) if point in instead else PLAIN)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
