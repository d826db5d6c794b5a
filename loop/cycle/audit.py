"""Audit: how good one adapter is at its stage, on held-out tasks: k samples at the deployed decoding and one greedy
answer a question.

Champion and challenger of a cycle get the same questions, seeds and hidden cases, so that the gate can pair them. An
audit is identified by everything that determines it: asking for one that is finished answers from the store. It may be
taken up to fewer completions a question than its budget, and grow when the gate asks for more. Some implementations are
asked again as honeypots, which count in no score.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from loop.cycle import honeypots
from loop.cycle.audit_plan import AuditPlan, plan_audit
from loop.cycle.begin import cycle_of
from loop.cycle.grading import weakest
from loop.cycle.lock import hold
from loop.cycle.records import AuditReport, Cycle, Step, Timing
from loop.cycle.sample import collect
from loop.cycle.times import record
from loop.cycle.wanted import Purpose
from loop.errors import ToolError, UsageError
from loop.pipeline.measures import measures
from loop.store import ask, ask_audits, write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.stage_names import StageName
    from loop.tasks.task import Split

INFRA_LIMIT = 0.01  # above this share of ungraded answers an audit measured the grader, not the model


def audit(
    ctx: Context,
    adapter: str,
    *,
    stage: StageName = "implementation",
    split: Split = "audit",
    cycle: Cycle | None = None,
    seed: int | None = None,
    k: int | None = None,
    upto: int | None = None,
) -> AuditReport:
    """Measures `adapter` ("base" or a sha256) at `stage` (a cycle's own) on `split`.

    seed: of the sampling; by default it follows from the run's seed and the cycle's number. upto: completions a
    question that are taken now, of the budget of k; by default all of them.
    Raises UsageError for an empty split, ToolError when the grader failed too often, and what `collect` raises.
    """
    return _take(ctx, plan_audit(ctx, adapter, stage=stage, split=split, cycle=cycle, seed=seed, k=k), upto)


def audit_first_look(ctx: Context, adapter: str, *, cycle: Cycle) -> AuditReport:
    """A cycle's audit, as far as the gate's first look needs it."""
    return audit(ctx, adapter, cycle=cycle, upto=ctx.settings.audit.first)


def grow(ctx: Context, audit_id: str, k: int) -> AuditReport:
    """Takes a stored audit up to `k` completions a question, within its budget.

    Raises UsageError when it was made under other settings, and as `audit` does.
    """
    with ctx.store.read() as connection:
        row = ask_audits.audit_row(connection, audit_id)
    if row is None:
        raise KeyError(audit_id)
    if row["k"] >= k:
        return report(ctx, audit_id, reused=True)
    plan = plan_audit(
        ctx, row["adapter"], stage=row["stage"], split=row["split"], cycle=cycle_of(ctx, row["cycle_id"]),
        seed=row["seed"], k=row["budget"],
    )  # fmt: skip
    if plan.id != audit_id:
        raise UsageError(
            f"audit {audit_id} cannot go on: it was begun under other settings, model or pack",
            fix="go back to those, or audit both adapters again: loop audit --adapter ID",
        )
    return _take(ctx, plan, k)


def _take(ctx: Context, plan: AuditPlan, upto: int | None) -> AuditReport:
    """The audit with its first `upto` completions a question, or as many as it has if these are more."""
    began, cycle = time.monotonic(), plan.cycle
    k = plan.budget if upto is None else min(upto, plan.budget)
    with ctx.store.read() as connection:
        known = ask_audits.audit_row(connection, plan.id)
    if known is not None and known["state"] == "finished" and known["k"] >= k:
        if cycle is not None:
            record(ctx, cycle, _step(cycle, plan.adapter), Timing(), wall=time.monotonic() - began)
        return report(ctx, plan.id, reused=True)

    with hold(ctx.home):
        if known is None:
            with ctx.store.write() as connection:
                write.insert(connection, "audits", [_row(ctx, plan, k)])
        purpose = Purpose("audit", plan.id, cycle.id if cycle else None)
        label = f"audit {plan.adapter[:8]} at {plan.stage} on {plan.split}"
        done = collect(ctx, plan.stage, plan.wanted(k), purpose, plan.adapter, plan.cases_seed, label)
        timing = done.timing
        if plan.traps:
            trapped = collect(
                ctx, plan.stage, honeypots.wanted(ctx, plan.traps, k, plan.temperature, plan.seed),
                honeypots.purpose(plan.id, purpose.cycle_id), plan.adapter, plan.cases_seed,
                f"honeypots for {plan.adapter[:8]}",
            )  # fmt: skip
            timing += trapped.timing
        _finish(ctx, plan.id, k, seconds=time.monotonic() - began)
        if cycle is not None:
            record(ctx, cycle, _step(cycle, plan.adapter), timing, wall=time.monotonic() - began)
    return report(ctx, plan.id)


def _row(ctx: Context, plan: AuditPlan, k: int) -> dict[str, Any]:
    return {
        "id": plan.id, "protocol": plan.protocol, "adapter": plan.adapter, "base_sha256": plan.base_sha256,
        "stage": plan.stage, "split": plan.split, "k": k, "budget": plan.budget, "temperature": plan.temperature,
        "seed": plan.seed, "pack": ctx.pack.name, "pack_sha256": ctx.pack.sha256, "oracle_seed": plan.cases_seed,
        "cases": ctx.settings.grade.cases, "n_tasks": len(plan.calls),
        "cycle_id": plan.cycle.id if plan.cycle else None, "state": "running",
    }  # fmt: skip


def report(ctx: Context, audit_id: str, *, reused: bool = False) -> AuditReport:
    """A finished audit as the store has it. Raises KeyError when it is not there."""
    with ctx.store.read() as connection:
        row = ask_audits.audit_row(connection, audit_id)
        scores = ask_audits.audit_scores(connection, audit_id)
        judgments = ask_audits.judgments(connection, audit_id)
        dropped = ask_audits.dropped_prompts(connection, audit_id)
        types = ask_audits.types(connection, audit_id)
    if row is None:
        raise KeyError(audit_id)
    return AuditReport(
        budget=row["budget"] or row["k"],
        audit_id=audit_id,
        stage=row["stage"],
        adapter=row["adapter"],
        split=row["split"],
        scores=scores,
        tokens_per_call=row["tokens_per_call"] or 0.0,
        seconds=row["seconds"] or 0.0,
        tier=row["tier"],
        reused=reused,
        measures=measures(judgments) if judgments else None,
        think_tokens_per_call=row["think_tokens_per_call"] or 0.0,
        dropped=dropped,
        types=tuple(types),
    )


def _step(cycle: Cycle, adapter: str) -> Step:
    return "audit-champion" if adapter == cycle.champion else "audit-challenger"


def _finish(ctx: Context, audit_id: str, k: int, *, seconds: float) -> None:
    """Writes the summary of `k` completions a question; until then the audit is what it was before, and so it stays
    when grading failed too often: running it again regrades."""
    from loop.gate.estimate import summarise

    with ctx.store.read() as connection:
        scores = ask_audits.audit_scores(connection, audit_id, k)
        facts = ask.rows(
            connection,
            "SELECT list(DISTINCT tier) AS tiers, avg(completion_tokens) AS tokens, count(*) AS calls,"
            " avg(think_tokens) AS think_tokens,"
            " count(*) FILTER (kind = 'infra') AS infra FROM v_samples WHERE audit_id = ? AND purpose = 'audit'",
            [audit_id],
        )[0]
        before = ask.rows(connection, "SELECT seconds FROM audits WHERE id = ?", [audit_id])[0]
        traps = ask_audits.honeypots(connection, audit_id)
        judgments = ask_audits.judgments(connection, audit_id)
    if traps["infra"] and not traps["graded"]:
        raise ToolError(
            f"none of the {traps['infra']} answers to honeypots of audit {audit_id} could be graded",
            fix="run `loop doctor`, then the same command again: only those are graded anew",
        )
    if facts["infra"] > INFRA_LIMIT * facts["calls"]:
        raise ToolError(
            f"grading failed for {facts['infra']} of {facts['calls']} answers of audit {audit_id}",
            fix="run `loop doctor`, then the same command again: only those are graded anew",
        )
    summary = summarise(scores)
    judged = measures(judgments) if judgments else None
    with ctx.store.write() as connection:
        write.update(
            connection, "audits", audit_id, state="finished", finished=True, k=k, tier=weakest(facts["tiers"] or []),
            pass_at_1=summary.pass_at_1, ci_low=summary.ci[0], ci_high=summary.ci[1], pass_at_k=summary.pass_at_k,
            greedy=summary.greedy, format_errors=sum(t.format_errors for t in scores.tasks), infra=facts["infra"],
            tokens_per_call=facts["tokens"], seconds=seconds + (before["seconds"] or 0.0),
            honeypots=traps["graded"], honeypot_passes=traps["passes"], think_tokens_per_call=facts["think_tokens"],
            judged_precision=judged.precision if judged else None, judged_recall=judged.recall if judged else None,
        )  # fmt: skip
