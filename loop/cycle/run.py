"""The whole cycle: each stage's share of it, one stage after the other, then the chain with what now serves.

A promotion that a person is asked about does not keep the other stages waiting: answers are waited for after the last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from loop.cycle.approval import approve, propose, take_in
from loop.cycle.audit import audit_first_look
from loop.cycle.begin import account, begin_or_resume, cycle_number, finish, start_clock
from loop.cycle.chain import audit_chain, whole_chain
from loop.cycle.harvest import harvest
from loop.cycle.judge import judge
from loop.cycle.ledger import AuditSpent, require_budget
from loop.cycle.lock import hold
from loop.cycle.practice import practice
from loop.cycle.promote import settle
from loop.cycle.records import CycleOutcome, StageOutcome
from loop.cycle.times import times
from loop.cycle.train import TooFewTasks, train
from loop.cycle.vault import audit_vault
from loop.errors import TrainingLost
from loop.gate.decision import Policy
from loop.store import snapshot

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.stage_names import StageName

Step = Callable[..., Any]


@dataclass(frozen=True)
class Steps:
    """What a cycle consists of. A flow puts the same functions here as tasks that Prefect shows (`flows.steps`)."""

    begin: Step = begin_or_resume
    audit_champion: Step = audit_first_look
    practice: Step = practice
    harvest: Step = harvest
    train: Step = train
    audit_challenger: Step = audit_first_look
    judge: Step = judge
    approve: Step = approve
    settle: Step = settle
    audit_vault: Step = audit_vault
    finish: Step = finish
    chain: Step = audit_chain


PLAIN = Steps()


def run_cycle(
    ctx: Context, steps: Steps = PLAIN, tell: Callable[[StageOutcome], object] = lambda outcome: None
) -> CycleOutcome:
    """A cycle of all stages of the settings, or the rest of an unfinished one. `tell` hears of each stage at its end,
    and before that when a person is asked about it.

    At its end the store is laid out for readers (`loop.store.snapshot`). A stage whose proposal `steps.approve` leaves
    pending stays open, and so does the cycle: the next call goes on with it, and then with the chain.
    A stage that solved too few tasks to be trained, whose training was lost, or whose audit tasks are spent, ends early
    and stops no other; it is raised if it is the only one.
    Raises what the steps raise; everything that was complete by then is kept, and the next call goes on from there.
    """
    done: dict[StageName, StageOutcome] = {}
    failed: dict[StageName, str] = {}
    with hold(ctx.home):
        take_in(ctx)
        number = cycle_number(ctx)
        for stage in ctx.stages:
            try:
                outcome = _run_stage(ctx, stage, number, steps)
            except (TooFewTasks, TrainingLost, AuditSpent) as error:
                if len(ctx.stages) == 1:
                    raise
                ctx.reporter.say(f"{error.message}; the other stages go on")
                failed[stage] = error.message
                continue
            if outcome is not None:
                done[stage] = outcome
                tell(outcome)
        for stage, outcome in done.items():
            if _pending(outcome):
                done[stage] = _answered(ctx, outcome, steps)
                tell(done[stage])
        over = not any(map(_pending, done.values()))
        chain = steps.chain(ctx) if over and whole_chain(ctx) else None
        if done:
            with ctx.store.read() as connection:
                snapshot.take(connection, ctx.home.snapshots, f"c{number:04d}")
    return CycleOutcome(number, done, failed, chain)


def _run_stage(ctx: Context, stage: StageName, number: int, steps: Steps) -> StageOutcome | None:
    """One stage's share of cycle `number`, up to a proposal that waits; None when it is complete already."""
    cycle = steps.begin(ctx, stage, number)
    if cycle is None:
        return None
    if cycle.step == "begin":
        require_budget(ctx, stage, Policy.from_settings(ctx.settings.gate))
    before = steps.audit_champion(ctx, cycle.champion, cycle=cycle)
    practised = steps.practice(ctx, cycle)
    dataset = steps.harvest(ctx, cycle)
    adapter = steps.train(ctx, cycle, dataset)
    after = steps.audit_challenger(ctx, adapter.sha256, cycle=cycle)
    judged = steps.judge(ctx, cycle, before, after)
    approval = propose(ctx, cycle, adapter.sha256, judged.decision)
    done = StageOutcome(
        cycle, judged.champion, practised, dataset, adapter, judged.challenger, judged.decision, None, {}, approval
    )
    if not _pending(done):
        return _settled(ctx, done, steps)
    account(ctx, cycle)
    return replace(done, times=times(ctx, cycle.id))


def _answered(ctx: Context, outcome: StageOutcome, steps: Steps) -> StageOutcome:
    """The outcome with what a person said, and with what follows from it."""
    outcome = replace(outcome, approval=steps.approve(ctx, outcome.approval))
    start_clock(ctx)
    return outcome if _pending(outcome) else _settled(ctx, outcome, steps)


def _settled(ctx: Context, outcome: StageOutcome, steps: Steps) -> StageOutcome:
    promotion = steps.settle(ctx, outcome.cycle, outcome.adapter.sha256, outcome.decision, outcome.approval)
    steps.audit_vault(ctx, outcome.cycle, promotion)
    cycle = steps.finish(ctx, outcome.cycle, outcome.decision)
    return replace(outcome, cycle=cycle, promotion=promotion, times=times(ctx, cycle.id))


def _pending(outcome: StageOutcome) -> bool:
    return outcome.approval is not None and outcome.approval.state == "pending"
