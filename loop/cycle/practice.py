"""Practice: the champion tries tasks of the practice split, k times each; the attempts are what is learned from."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from loop.cycle.grading import oracle_seed
from loop.cycle.lock import hold
from loop.cycle.records import Cycle, PracticeReport
from loop.cycle.sample import Purpose, Wanted, collect
from loop.cycle.seeds import derive
from loop.cycle.times import record
from loop.errors import PackError
from loop.store import ask

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.tasks.task import Task


def practice(ctx: Context, cycle: Cycle) -> PracticeReport:
    """Samples and grades the cycle's practice with its champion. Raises what `collect` raises, and PackError."""
    began = time.monotonic()
    settings = ctx.settings.practice
    tasks = practice_tasks(ctx, cycle)
    seed = derive(cycle.seed, "practice", cycle.number)
    temperature = ctx.settings.sampling.temperature
    wanted = [Wanted(task, i, temperature, derive(seed, task.id, i)) for task in tasks for i in range(settings.k)]
    with hold(ctx.home):
        done = collect(
            ctx,
            wanted,
            Purpose("practice", cycle.id, cycle.id),
            cycle.champion,
            oracle_seed(cycle.seed, cycle),
            f"practice on {len(tasks)} tasks",
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
        adapter=cycle.champion,
        tasks=len(tasks),
        samples=len(wanted),
        reused=done.reused,
        passed=kinds.get("pass", 0),
        solved=int(solved[0]["solved"]),
        kinds=kinds,
    )


def practice_tasks(ctx: Context, cycle: Cycle) -> tuple[Task, ...]:
    """The cycle's tasks: the next stretch of one shuffle of the split, so that cycles see new ones before old ones."""
    tasks = sorted(ctx.pack.split("practice"), key=lambda task: task.id)
    if not tasks:
        raise PackError(f"pack '{ctx.pack.name}' has no practice tasks", fix="choose another pack")
    random.Random(derive(cycle.seed, "practice-order")).shuffle(tasks)
    count = min(ctx.settings.practice.tasks, len(tasks))
    start = (cycle.number - 1) * count
    return tuple(tasks[(start + i) % len(tasks)] for i in range(count))
