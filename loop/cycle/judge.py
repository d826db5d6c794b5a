"""Judge: the gate's decision on two audits, kept with all its numbers."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from loop.cycle.grading import TRUSTED
from loop.cycle.lock import hold
from loop.cycle.records import AuditReport, Cycle, Timing
from loop.cycle.seeds import derive, digest
from loop.cycle.times import record
from loop.store import write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.gate.decision import Decision


def judge(
    ctx: Context, cycle: Cycle | None, champion: AuditReport, challenger: AuditReport, *, dry_run: bool = False
) -> Decision:
    """Asks the gate and records its decision; the same audits give the same. Raises UsageError for unpaired audits."""
    from loop.gate.decision import Policy, decide

    began = time.monotonic()
    policy = Policy.from_settings(ctx.settings.gate)
    seed = derive(champion.scores.seed, "gate")
    decision = decide(champion.scores, challenger.scores, policy, seed)
    untrusted = sorted({report.tier for report in (champion, challenger) if report.tier not in (*TRUSTED, "")})
    if untrusted:
        reason = f"graded in a {untrusted[0]} sandbox, which is not enough to promote on"
        decision = dataclasses.replace(decision, outcome="inconclusive", reasons=(reason, *decision.reasons))
    if dry_run:
        return decision
    row = {
        "id": decision_id(decision), "cycle_id": cycle.id if cycle else None, "stage": challenger.stage,
        "champion": decision.champion,
        "challenger": decision.challenger, "champion_audit": decision.champion_audit,
        "challenger_audit": decision.challenger_audit, "outcome": decision.outcome, "delta": decision.delta,
        "p_value": decision.p_value, "ci_low": decision.ci[0], "ci_high": decision.ci[1],
        "minimum_detectable_effect": decision.minimum_detectable_effect, "reasons": list(decision.reasons),
        "policy": write.plain_json(policy), "details": write.plain_json(decision.to_json()),
    }  # fmt: skip
    with hold(ctx.home):
        with ctx.store.write() as connection:
            write.insert(connection, "decisions", [row])
        if cycle is not None:
            record(ctx, cycle, "judge", Timing(), wall=time.monotonic() - began)
    return decision


def decision_id(decision: Decision) -> str:
    """Identity of a decision: the two audits, the policy, the seed and the outcome."""
    return digest(
        decision.champion_audit, decision.challenger_audit, write.plain_json(decision.policy), decision.seed,
        decision.outcome,
    )[:16]  # fmt: skip
