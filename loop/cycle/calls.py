"""The questions of a stage: what its model is asked of a choice of tasks when the stage is judged by itself.

Each stage is then given what the reference shows (`loop.pipeline.findings`), so that a mistake of an earlier stage
counts against that stage alone.
"""

from __future__ import annotations

import functools
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from loop.cycle.seeds import derive
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.route import right_findings
from loop.pipeline.stages import stage_of

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.pipeline.stage import Call
    from loop.stage_names import StageName
    from loop.tasks.task import Task

SPARE = 32  # tokens of the chat format around a user's message, generously


def room(ctx: Context, stage: StageName) -> Room:
    """What a prompt of the stage may hold: its context without the answer's tokens."""
    model, engine = ctx.model(stage), ctx.engine(stage)
    count = functools.lru_cache(maxsize=1 << 16)(lambda text: len(engine.tokenize(text)))
    return Room(max(1, model.prompt_tokens - SPARE), count)


def askable(tasks: Iterable[Task], stage: StageName) -> list[Task]:
    """The tasks that the stage is asked about: judgments want a project, an implementation any task."""
    return [task for task in tasks if task.truth is not None or stage == "implementation"]


def stage_calls(
    ctx: Context, stage: StageName, tasks: Sequence[Task], *, per_task: int, seed: int
) -> list[tuple[Task, Call]]:
    """The stage's questions about these tasks whose answer can be judged, at most `per_task` of one task (0: all).

    What is left of a task's questions is balanced over their labels as far as it goes, the same for the same seed.
    """
    here, asked = room(ctx, stage), stage_of(stage)
    found: list[tuple[Task, Call]] = []
    for task in askable(tasks, stage):
        known = right_findings(task) if stage == "implementation" else reference_findings(task)
        calls = [call for turn in range(asked.rounds) for call in asked.calls(task, known, turn, here)]
        judged = [call for call in calls if call.label is not None or stage == "implementation"]
        rng = random.Random(derive(seed, "calls", stage, task.id))
        found += [(task, call) for call in balanced(judged, per_task, rng)]
    return found


def balanced(calls: Sequence[Call], limit: int, rng: random.Random) -> list[Call]:
    """At most `limit` of the calls (0: all) in their order, taken in turns from each kind and label."""
    if limit == 0 or len(calls) <= limit:
        return list(calls)
    groups: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        free = call.label if call.options else ""
        groups[call.kind, free or ""].append(call)
    for group in groups.values():
        rng.shuffle(group)
    order = sorted(groups, key=lambda key: (len(groups[key]), key))
    chosen: set[str] = set()
    while len(chosen) < limit:
        for key in order:
            if groups[key] and len(chosen) < limit:
                chosen.add(groups[key].pop().id)
    return [call for call in calls if call.id in chosen]
