"""Where a cycle's time goes: every step records its wall time, split by what was waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from loop.cycle.records import Timing
from loop.store import ask, write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import Cycle


def record(ctx: Context, cycle: Cycle, step: str, timing: Timing, *, wall: float) -> None:
    """Adds one run of a step; what `timing` does not explain of `wall` seconds counts as other."""
    whole = replace(timing, other=timing.other + max(0.0, wall - timing.total))
    with ctx.store.write() as connection:
        write.add_times(
            connection,
            cycle.id,
            step,
            {"sampling": whole.sampling, "grading": whole.grading, "training": whole.training, "other": whole.other},
        )


def times(ctx: Context, cycle_id: str) -> dict[str, Timing]:
    """Step -> where its time went, over all the processes that worked on the cycle."""
    with ctx.store.read() as connection:
        found = ask.step_times(connection, cycle_id)
    return {row["step"]: Timing(row["sampling"], row["grading"], row["training"], row["other"]) for row in found}


def overhead(split: dict[str, Timing]) -> float:
    """The share of a cycle that is none of sampling, grading and training; 0.0 for a cycle without times."""
    total = sum(timing.total for timing in split.values())
    return sum(timing.other for timing in split.values()) / total if total else 0.0
