"""Where a cycle's time goes, and how far it has come: every step records itself when it is complete."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from loop.cycle.records import STEPS, Timing
from loop.store import ask, write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import Cycle, Step


def record(ctx: Context, cycle: Cycle, step: Step, timing: Timing, *, wall: float) -> None:
    """Marks `step` as complete and adds its time; what `timing` does not explain of `wall` seconds counts as other."""
    whole = replace(timing, other=timing.other + max(0.0, wall - timing.total))
    ctx.accounted += whole.total
    with ctx.store.write() as connection:
        write.add_times(connection, cycle.id, step, asdict(whole))
        connection.execute(
            "UPDATE cycles SET step = ? WHERE id = ? AND coalesce(list_position(?, step), 0) < ?",
            [step, cycle.id, list(STEPS), STEPS.index(step) + 1],
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
