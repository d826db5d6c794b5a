"""What an audit consists of: its questions, seeds and hidden cases, and the identity that follows from them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.cycle import honeypots
from loop.cycle.calls import askable, stage_calls
from loop.cycle.grading import oracle_seed
from loop.cycle.seeds import derive, digest
from loop.cycle.wanted import GREEDY, Wanted, wanted_seed
from loop.errors import UsageError

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import Cycle
    from loop.pipeline.stage import Call
    from loop.stage_names import StageName
    from loop.tasks.task import Split, Task


@dataclass(frozen=True)
class AuditPlan:
    """An audit of one adapter at one stage. budget: completions a question that it may grow to.

    protocol: hash of everything but the adapter: audits of one protocol are paired. id: of the adapter too.
    cases_seed: of the hidden cases. traps: its honeypots.
    """

    id: str
    protocol: str
    adapter: str
    base_sha256: str
    stage: StageName
    split: Split
    budget: int
    seed: int
    cases_seed: int
    temperature: float
    calls: tuple[tuple[Task, Call], ...]
    traps: tuple[Task, ...]
    cycle: Cycle | None

    def wanted(self, k: int) -> list[Wanted]:
        """The greedy completion and the first `k` sampled ones of each question, a round of them after the other."""
        greedy = [Wanted(task, call, GREEDY, 0.0, self.seed) for task, call in self.calls]
        return greedy + [
            Wanted(task, call, i, self.temperature, wanted_seed(self.seed, task, call, i))
            for task, call in self.calls
            for i in range(k)
        ]


def plan_audit(
    ctx: Context,
    adapter: str,
    *,
    stage: StageName,
    split: Split,
    cycle: Cycle | None = None,
    seed: int | None = None,
    k: int | None = None,
) -> AuditPlan:
    """Raises UsageError for the practice split, or one that asks nothing of the stage."""
    if split == "practice":
        raise UsageError("the practice split is trained on: an audit of it says nothing", fix="use audit or vault")
    stage = cycle.stage if cycle is not None else stage
    run_seed = cycle.seed if cycle is not None else ctx.settings.run.seed
    seed = derive(run_seed, "audit", split, cycle.number if cycle else "alone") if seed is None else seed
    budget = ctx.settings.audit.k if k is None else k
    model, base = ctx.model(stage), ctx.base(stage).sha256
    tasks = audit_tasks(ctx, split, stage)
    # which questions of a task are asked stays the same from cycle to cycle, as its tasks do
    calls = tuple(stage_calls(ctx, stage, tasks, per_task=ctx.settings.audit.calls, seed=ctx.settings.run.seed))
    if not calls:
        raise UsageError(f"the {split} tasks of pack '{ctx.pack.name}' ask nothing of {stage}", fix="choose another")
    traps = honeypots.honeypots(tasks, ctx.settings.audit.honeypots, seed) if stage == "implementation" else ()
    cases_seed = oracle_seed(run_seed if cycle else seed, cycle)
    protocol = digest(
        stage, base, split, budget, model.temperature, model.thinking, model.max_tokens, model.context, seed,
        cases_seed, model.by_logits, model.threshold, model.thinking_budget, model.grammar,
        ctx.settings.grade.cases, ctx.pack.sha256, *(call.id for _, call in calls), *(task.id for task in traps),
        *ctx.sampler,
    )[:16]  # fmt: skip
    return AuditPlan(
        id=digest(protocol, adapter)[:16],
        protocol=protocol,
        adapter=adapter,
        base_sha256=base,
        stage=stage,
        split=split,
        budget=budget,
        seed=seed,
        cases_seed=cases_seed,
        temperature=model.temperature,
        calls=calls,
        traps=traps,
        cycle=cycle,
    )


def audit_tasks(ctx: Context, split: Split, stage: StageName) -> tuple[Task, ...]:
    """The split's tasks that the stage is asked about, or a fixed choice of `audit.tasks` of them - the same in every
    cycle of a run."""
    tasks = sorted(askable(ctx.pack.split(split), stage), key=lambda task: task.id)
    if not tasks:
        raise UsageError(
            f"pack '{ctx.pack.name}' has no {split} tasks that ask anything of {stage}",
            fix="choose another split or pack",
        )
    wanted = ctx.settings.audit.tasks
    if 0 < wanted < len(tasks):
        tasks = random.Random(derive(ctx.settings.run.seed, "audit-tasks")).sample(tasks, wanted)
        tasks.sort(key=lambda task: task.id)
    return tuple(tasks)
