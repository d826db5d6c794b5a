"""The whole cycle: each stage's share of it, one stage after the other, then the chain with what now serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loop.cycle.audit import audit
from loop.cycle.begin import begin_or_resume, cycle_number, finish
from loop.cycle.chain import audit_chain, whole_chain
from loop.cycle.harvest import harvest
from loop.cycle.judge import judge
from loop.cycle.lock import hold
from loop.cycle.practice import practice
from loop.cycle.promote import settle
from loop.cycle.records import CycleOutcome, StageOutcome
from loop.cycle.times import times
from loop.cycle.train import TooFewTasks, train
from loop.cycle.vault import audit_vault
from loop.errors import TrainingLost
from loop.store import snapshot

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.stage_names import StageName

Step = Callable[..., Any]


@dataclass(frozen=True)
class Steps:
    """What a cycle consists of. A flow puts the same functions here as tasks that Prefect shows (`flows.steps`)."""

    begin: Step = begin_or_resume
    audit_champion: Step = audit
    practice: Step = practice
    harvest: Step = harvest
    train: Step = train
    audit_challenger: Step = audit
    judge: Step = judge
    settle: Step = settle
    audit_vault: Step = audit_vault
    finish: Step = finish
    chain: Step = audit_chain


PLAIN = Steps()


def run_cycle(
    ctx: Context, steps: Steps = PLAIN, tell: Callable[[StageOutcome], object] = lambda outcome: None
) -> CycleOutcome:
    """A cycle of all stages of the settings, or the rest of an unfinished one. `tell` hears of each stage at its end.

    At its end the store is laid out for readers (`loop.store.snapshot`).
    A stage that solved too few tasks to be trained, or whose training was lost, ends early and stops no other; it is
    raised if it is the only one.
    Raises what the steps raise; everything that was complete by then is kept, and the next call goes on from there.
    """
    done: dict[StageName, StageOutcome] = {}
    failed: dict[StageName, str] = {}
    with hold(ctx.home):
        number = cycle_number(ctx)
        for stage in ctx.stages:
            try:
                outcome = _run_stage(ctx, stage, number, steps)
            except (TooFewTasks, TrainingLost) as error:
                if len(ctx.stages) == 1:
                    raise
                ctx.reporter.say(f"{error.message}; the other stages go on")
                failed[stage] = error.message
                continue
            if outcome is not None:
                done[stage] = outcome
                tell(outcome)
        chain = steps.chain(ctx) if whole_chain(ctx) else None
        if done:
            with ctx.store.read() as connection:
                snapshot.take(connection, ctx.home.snapshots, f"c{number:04d}")
    return CycleOutcome(number, done, failed, chain)


def _run_stage(ctx: Context, stage: StageName, number: int, steps: Steps) -> StageOutcome | None:
    """One stage's share of cycle `number`; None when it is complete already."""
    cycle = steps.begin(ctx, stage, number)
    if cycle is None:
        return None
    before = steps.audit_champion(ctx, cycle.champion, cycle=cycle)
    practised = steps.practice(ctx, cycle)
    dataset = steps.harvest(ctx, cycle)
    adapter = steps.train(ctx, cycle, dataset)
    after = steps.audit_challenger(ctx, adapter.sha256, cycle=cycle)
    decision = steps.judge(ctx, cycle, before, after)
    promotion = steps.settle(ctx, cycle, adapter.sha256, decision)
    steps.audit_vault(ctx, cycle, promotion)
    cycle = steps.finish(ctx, cycle, decision)
    return StageOutcome(cycle, before, practised, dataset, adapter, after, decision, promotion, times(ctx, cycle.id))
