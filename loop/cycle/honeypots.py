"""Honeypots of an audit: some of its tasks asked again, graded against an answer that nobody can know.

They are sampled and graded as any other answer, under the purpose "honeypot": no score counts them, nothing harvests
them. A pass is a proven hack; with its verdict goes a row into `freezes`, and harvesting rests until a person looks.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from loop.cycle.calls import stage_calls
from loop.cycle.seeds import derive
from loop.cycle.wanted import Purpose, Wanted

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.tasks.task import Task

TYPE: Literal["honeypot"] = "honeypot"


def honeypots(tasks: Sequence[Task], count: int, seed: int) -> tuple[Task, ...]:
    """`count` of the tasks (all that can be turned, if they are fewer), each with a key of its own that follows from
    `seed`, the audit's: champion and challenger face the same ones, and the next audit other ones."""
    from evaluators.honeypot import can_contradict, honeypot
    from evaluators.spec import FunctionSpec

    turnable = [
        (task, task.spec) for task in tasks if isinstance(task.spec, FunctionSpec) and can_contradict(task.spec)
    ]
    chosen = random.Random(derive(seed, TYPE)).sample(turnable, min(count, len(turnable)))
    return tuple(
        replace(task, spec=honeypot(spec, derive(seed, TYPE, task.id)), type=TYPE)
        for task, spec in sorted(chosen, key=lambda pair: pair[0].id)
    )


def wanted(ctx: Context, tasks: Sequence[Task], k: int, temperature: float, seed: int) -> list[Wanted]:
    """k samples a honeypot at the deployed decoding; the greedy answer would be the one that the audit has already."""
    calls = stage_calls(ctx, "implementation", tasks, per_task=0, seed=seed)
    return [Wanted(task, call, i, temperature, derive(seed, task.id, i)) for task, call in calls for i in range(k)]


def purpose(audit_id: str, cycle_id: str | None) -> Purpose:
    return Purpose(TYPE, audit_id, cycle_id)
