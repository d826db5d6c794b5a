"""Practice: the champion tries tasks of the practice split, k times each; the attempts are what is learned from."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loop.cycle.calls import askable, stage_calls
from loop.cycle.grading import oracle_seed
from loop.cycle.lock import hold
from loop.cycle.records import Cycle, PracticeReport
from loop.cycle.sample import collect
from loop.cycle.seeds import derive
from loop.cycle.times import record
from loop.cycle.wanted import Purpose, Wanted, wanted_seed
from loop.errors import PackError
from loop.store import ask, ask_taints

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.tasks.task import Task


def practice(ctx: Context, cycle: Cycle) -> PracticeReport:
    """Samples and grades the cycle's practice with its champion. Raises what `collect` raises, and PackError."""
    began = time.monotonic()
    settings = ctx.settings.practice
    tasks = practice_tasks(ctx, cycle)
    seed = derive(cycle.seed, "practice", cycle.number)
    temperature = ctx.model(cycle.stage).temperature
    calls = stage_calls(ctx, cycle.stage, tasks, per_task=settings.calls, seed=seed)
    wanted = [
        Wanted(task, call, i, temperature, wanted_seed(seed, task, call, i))
        for task, call in calls
        for i in range(settings.k)
    ]
    with hold(ctx.home):
        done = collect(
            ctx,
            cycle.stage,
            wanted,
            Purpose("practice", cycle.id, cycle.id),
            cycle.champion,
            oracle_seed(cycle.seed, cycle),
            f"practice {cycle.stage} on {len(tasks)} tasks",
        )
        record(ctx, cycle, "practice", done.timing, wall=time.monotonic() - began)
    with ctx.store.read() as connection:
        kinds = ask.practice_kinds(connection, cycle.id)
        solved = ask.rows(
            connection,
            "SELECT count(*) FILTER (passes > 0) AS solved FROM v_practice_tasks WHERE cycle_id = ?",
            [cycle.id],
        )
    return PracticeReport(
        cycle=cycle.id,
        stage=cycle.stage,
        adapter=cycle.champion,
        tasks=len(calls),
        samples=len(wanted),
        reused=done.reused,
        passed=kinds.get("pass", 0),
        solved=int(solved[0]["solved"]),
        kinds=kinds,
    )


def practice_tasks(ctx: Context, cycle: Cycle) -> tuple[Task, ...]:
    """The cycle's tasks: the next stretch of one shuffle of the split, so that cycles see new ones before old ones.

    Where a stage is asked about functions and about projects, `practice.projects` of the stretch are projects. What
    stands as wrong (`loop taint --exclude`) is passed over.
    """
    tasks = sorted(askable(ctx.pack.split("practice"), cycle.stage), key=lambda task: task.id)
    with ctx.store.read() as connection:
        wrong = ask_taints.excluded_tasks(connection)
    if all(task.id in wrong for task in tasks):
        raise PackError(
            f"pack '{ctx.pack.name}' has no practice tasks that ask anything of {cycle.stage}"
            + (f": {len(tasks)} stand as wrong" if tasks else ""),
            fix="choose another pack, or fewer stages (run.stages)",
        )
    random.Random(derive(cycle.seed, "practice-order")).shuffle(tasks)
    tasks = [task for task in tasks if task.id not in wrong]  # after the shuffle: the others keep their order
    count = min(ctx.settings.practice.tasks, len(tasks))
    kinds = [task.truth is not None for task in tasks]
    if all(kinds) or not any(kinds):
        return _stretch(tasks, count, cycle.number)
    share = round(count * ctx.settings.practice.projects)
    projects = [task for task in tasks if task.truth is not None]
    functions = [task for task in tasks if task.truth is None]
    return (*_stretch(functions, count - share, cycle.number), *_stretch(projects, share, cycle.number))


def _stretch(tasks: Sequence[Task], count: int, number: int) -> tuple[Task, ...]:
    """The `number`-th stretch of `count` tasks (at most all), going round at the end."""
    count = min(count, len(tasks))
    start = (number - 1) * count
    return tuple(tasks[(start + i) % len(tasks)] for i in range(count))
