"""Audit: how good one adapter is at its stage, on held-out tasks: k samples at the deployed decoding and one greedy
answer a question.

Champion and challenger of a cycle get the same questions, seeds and hidden cases, so that the gate can pair them. An
audit is identified by everything that determines it: asking for one that is finished answers from the store. Some
implementations are asked again as honeypots, which count in no score.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from loop.cycle import honeypots
from loop.cycle.calls import askable, stage_calls
from loop.cycle.grading import oracle_seed, weakest
from loop.cycle.lock import hold
from loop.cycle.records import AuditReport, Cycle, Step, Timing
from loop.cycle.sample import collect
from loop.cycle.seeds import derive, digest
from loop.cycle.times import record
from loop.cycle.wanted import GREEDY, Purpose, Wanted, wanted_seed
from loop.errors import ToolError, UsageError
from loop.pipeline.measures import measures
from loop.store import ask, ask_audits, write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.stage_names import StageName
    from loop.tasks.task import Split, Task

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
) -> AuditReport:
    """Measures `adapter` ("base" or a sha256) at `stage` (a cycle's own) on `split`.

    seed: of the sampling; by default it follows from the run's seed and the cycle's number.
    Raises UsageError for an empty split, ToolError when the grader failed too often, and what `collect` raises.
    """
    began = time.monotonic()
    if split == "practice":
        raise UsageError("the practice split is trained on: an audit of it says nothing", fix="use audit or vault")
    stage = cycle.stage if cycle is not None else stage
    run_seed = cycle.seed if cycle is not None else ctx.settings.run.seed
    seed = derive(run_seed, "audit", split, cycle.number if cycle else "alone") if seed is None else seed
    k = ctx.settings.audit.k if k is None else k
    model = ctx.model(stage)
    tasks = audit_tasks(ctx, split, stage)
    # which questions of a task are asked stays the same from cycle to cycle, as its tasks do
    calls = stage_calls(ctx, stage, tasks, per_task=ctx.settings.audit.calls, seed=ctx.settings.run.seed)
    if not calls:
        raise UsageError(f"the {split} tasks of pack '{ctx.pack.name}' ask nothing of {stage}", fix="choose another")
    traps = honeypots.honeypots(tasks, ctx.settings.audit.honeypots, seed) if stage == "implementation" else ()
    cases_seed = oracle_seed(run_seed if cycle else seed, cycle)
    base = ctx.base(stage).sha256
    protocol = digest(
        stage, base, split, k, model.temperature, model.thinking, model.max_tokens, model.context, seed, cases_seed,
        model.by_logits, model.threshold, model.thinking_budget, model.grammar,
        ctx.settings.grade.cases, ctx.pack.sha256, *(call.id for _, call in calls), *(task.id for task in traps),
        *ctx.sampler,
    )[:16]  # fmt: skip
    audit_id = digest(protocol, adapter)[:16]
    with ctx.store.read() as connection:
        known = ask_audits.audit_row(connection, audit_id)
    if known is not None and known["state"] == "finished":
        if cycle is not None:
            record(ctx, cycle, _step(cycle, adapter), Timing(), wall=time.monotonic() - began)
        return report(ctx, audit_id, reused=True)

    with hold(ctx.home):
        if known is None:
            row = {
                "id": audit_id, "protocol": protocol, "adapter": adapter, "base_sha256": base, "stage": stage,
                "split": split, "k": k, "temperature": model.temperature, "seed": seed,
                "pack": ctx.pack.name, "pack_sha256": ctx.pack.sha256,
                "oracle_seed": cases_seed, "cases": ctx.settings.grade.cases, "n_tasks": len(calls),
                "cycle_id": cycle.id if cycle else None, "state": "running",
            }  # fmt: skip
            with ctx.store.write() as connection:
                write.insert(connection, "audits", [row])
        wanted = [Wanted(task, call, GREEDY, 0.0, seed) for task, call in calls]
        wanted += [
            Wanted(task, call, i, model.temperature, wanted_seed(seed, task, call, i))
            for task, call in calls
            for i in range(k)
        ]
        purpose = Purpose("audit", audit_id, cycle.id if cycle else None)
        label = f"audit {adapter[:8]} at {stage} on {split}"
        done = collect(ctx, stage, wanted, purpose, adapter, cases_seed, label)
        timing = done.timing
        if traps:
            trapped = collect(
                ctx, stage, honeypots.wanted(ctx, traps, k, model.temperature, seed),
                honeypots.purpose(audit_id, purpose.cycle_id), adapter, cases_seed, f"honeypots for {adapter[:8]}",
            )  # fmt: skip
            timing += trapped.timing
        _finish(ctx, audit_id, seconds=time.monotonic() - began)
        if cycle is not None:
            record(ctx, cycle, _step(cycle, adapter), timing, wall=time.monotonic() - began)
    return report(ctx, audit_id)


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


def report(ctx: Context, audit_id: str, *, reused: bool = False) -> AuditReport:
    """A finished audit as the store has it. Raises KeyError when it is not there."""
    from loop.gate.estimate import summarise

    with ctx.store.read() as connection:
        row = ask_audits.audit_row(connection, audit_id)
        scores = ask_audits.audit_scores(connection, audit_id)
        judgments = ask_audits.judgments(connection, audit_id)
        dropped = ask_audits.dropped_prompts(connection, audit_id)
        types = ask_audits.types(connection, audit_id)
    if row is None:
        raise KeyError(audit_id)
    return AuditReport(
        audit_id=audit_id,
        stage=row["stage"],
        adapter=row["adapter"],
        split=row["split"],
        scores=scores,
        summary=summarise(scores),
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


def _finish(ctx: Context, audit_id: str, *, seconds: float) -> None:
    """Writes the summary. An audit in which grading failed too often stays unfinished: running it again regrades."""
    from loop.gate.estimate import summarise

    with ctx.store.read() as connection:
        scores = ask_audits.audit_scores(connection, audit_id)
        facts = ask.rows(
            connection,
            "SELECT list(DISTINCT tier) AS tiers, avg(completion_tokens) AS tokens, count(*) AS calls,"
            " avg(think_tokens) AS think_tokens,"
            " count(*) FILTER (kind = 'infra') AS infra FROM v_samples WHERE audit_id = ? AND purpose = 'audit'",
            [audit_id],
        )[0]
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
            connection, "audits", audit_id, state="finished", finished=True, tier=weakest(facts["tiers"] or []),
            pass_at_1=summary.pass_at_1, ci_low=summary.ci[0], ci_high=summary.ci[1], pass_at_k=summary.pass_at_k,
            greedy=summary.greedy, format_errors=sum(t.format_errors for t in scores.tasks), infra=facts["infra"],
            tokens_per_call=facts["tokens"], seconds=seconds,
            honeypots=traps["graded"], honeypot_passes=traps["passes"], think_tokens_per_call=facts["think_tokens"],
            judged_precision=judged.precision if judged else None, judged_recall=judged.recall if judged else None,
        )  # fmt: skip
