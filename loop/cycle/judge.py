"""Judge: the gate's decision on two audits, which grow until it is settled; kept with all its numbers."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.cycle import ledger
from loop.cycle.audit import grow
from loop.cycle.grading import TRUSTED
from loop.cycle.lock import hold
from loop.cycle.records import AuditReport, Cycle, Timing
from loop.cycle.seeds import derive, digest
from loop.cycle.times import record
from loop.errors import UsageError
from loop.store import ask_audits, ask_ledger, write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.gate.attempt import Attempt
    from loop.gate.decision import Decision, Policy
    from loop.gate.scores import AuditScores


@dataclass(frozen=True)
class Judged:
    """The decision, and the two audits as far as they had grown when it was settled."""

    decision: Decision
    champion: AuditReport
    challenger: AuditReport


def judge(
    ctx: Context, cycle: Cycle | None, champion: AuditReport, challenger: AuditReport, *, dry_run: bool = False
) -> Judged:
    """Asks the gate at each look of the attempt, takes more completions while it is not settled, and records the
    decision; the same audits give the same. A dry run takes none and records the attempt alone.

    Raises UsageError for unpaired audits, AuditSpent, and what audits raise.
    """
    from loop.gate.decision import Policy

    began = time.monotonic()
    policy = Policy.from_settings(ctx.settings.gate)
    with hold(ctx.home):
        attempt = ledger.attempt_on(ctx, champion, challenger, policy)
        decision = _look(ctx, attempt, champion, challenger, policy)
        while not dry_run and (decision is None or not decision.settled):
            k = min(champion.scores.k, challenger.scores.k)
            more = attempt.after(k)
            assert more is not None  # the last look is always settled
            if decision is not None:
                ctx.reporter.say(
                    f"{challenger.stage}: not settled after {k} completions a question, going on to {more}"
                )
            champion = grow(ctx, champion.audit_id, more)
            challenger = grow(ctx, challenger.audit_id, more)
            decision = _look(ctx, attempt, champion, challenger, policy)
        if decision is None:
            raise UsageError(
                f"the audits have not had their first look yet, at {attempt.looks[0]} completions a question",
                fix="run `loop promote` without --dry-run, which goes on sampling",
            )
        if not dry_run:
            keep(ctx, cycle, challenger.stage, decision)
            if cycle is not None:
                record(ctx, cycle, "judge", Timing(), wall=time.monotonic() - began)
    return Judged(decision, champion, challenger)


def judge_again(ctx: Context, champion: AuditReport, challenger: AuditReport) -> Decision:
    """What the gate says now of two audits that were judged before, at the looks they had; writes nothing down."""
    from loop.gate.attempt import Attempt
    from loop.gate.decision import Policy

    policy = Policy.from_settings(ctx.settings.gate)
    k = min(champion.scores.k, challenger.scores.k)
    attempt = ledger.laid_down(ctx, champion.audit_id, challenger.audit_id, policy)
    decision = _look(ctx, attempt, champion, challenger, policy) if attempt else None
    return decision or _look_once(ctx, Attempt(1, policy.alpha, (k,)), champion, challenger, policy)


def _look_once(
    ctx: Context, attempt: Attempt, champion: AuditReport, challenger: AuditReport, policy: Policy
) -> Decision:
    decision = _look(ctx, attempt, champion, challenger, policy)
    assert decision is not None  # its only look is at what the audits have
    return decision


def _look(
    ctx: Context, attempt: Attempt, champion: AuditReport, challenger: AuditReport, policy: Policy
) -> Decision | None:
    """The gate at the looks that both audits have grown to, up to the first that settles it; None before the first."""
    from loop.gate.decision import decide

    seed = derive(champion.scores.seed, "gate")
    seen: list[tuple[AuditScores, AuditScores]] = []
    decision = None
    with ctx.store.read() as connection:
        anchors = ask_ledger.anchors(connection, challenger.stage, challenger.adapter)
        for k in attempt.looks:
            if k > min(champion.scores.k, challenger.scores.k):
                break
            old, new = (ask_audits.audit_scores(connection, report.audit_id, k) for report in (champion, challenger))
            decision = decide(old, new, policy, seed, attempt=attempt, earlier=seen, anchors=anchors)
            if decision.settled:
                break
            seen.append((old, new))
    return decision and _trusted(decision, champion, challenger)


def _trusted(decision: Decision, champion: AuditReport, challenger: AuditReport) -> Decision:
    untrusted = sorted({report.tier for report in (champion, challenger) if report.tier not in (*TRUSTED, "")})
    if not untrusted:
        return decision
    reason = f"graded in a {untrusted[0]} sandbox, which is not enough to promote on"
    return dataclasses.replace(decision, outcome="inconclusive", reasons=(reason, *decision.reasons), settled=True)


def keep(ctx: Context, cycle: Cycle | None, stage: str, decision: Decision) -> None:
    """Writes a settled decision down, and how its attempt ended."""
    row = {
        "id": decision_id(decision), "cycle_id": cycle.id if cycle else None, "stage": stage,
        "champion": decision.champion,
        "challenger": decision.challenger, "champion_audit": decision.champion_audit,
        "challenger_audit": decision.challenger_audit, "outcome": decision.outcome, "delta": decision.delta,
        "p_value": decision.p_value, "ci_low": decision.ci[0], "ci_high": decision.ci[1],
        "minimum_detectable_effect": decision.minimum_detectable_effect, "reasons": list(decision.reasons),
        "policy": write.plain_json(decision.policy), "details": write.plain_json(decision.to_json()),
    }  # fmt: skip
    with ctx.store.write() as connection:
        write.insert(connection, "decisions", [row])
    ledger.close(ctx, decision)


def decision_id(decision: Decision) -> str:
    """Identity of a decision: the two audits and how far they had grown, the policy, the seed and the outcome."""
    return digest(
        decision.champion_audit, decision.challenger_audit, decision.k, write.plain_json(decision.policy),
        decision.seed, decision.outcome,
    )[:16]  # fmt: skip
