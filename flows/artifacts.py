"""What a run shows in the Prefect UI: tables and texts made of its results. All but `publish_*` are pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from loop.gate.shown import told
from loop.report.sheet import to_markdown
from loop.report.stages import chain_sheet, stages_sheet

if TYPE_CHECKING:
    from loop.cycle.records import AuditReport, CycleOutcome, StageOutcome, Timing
    from loop.gate.decision import Decision

Row = dict[str, Any]


def publish_outcome(outcome: StageOutcome) -> None:
    """Table `champion-against-challenger-STAGE` and text `decision-STAGE` of a stage's share of a cycle."""
    stage = outcome.cycle.stage
    create_table_artifact(
        comparison(outcome.champion, outcome.challenger),
        key=f"champion-against-challenger-{stage}",
        description=f"pass@1 of {stage} on the {outcome.champion.split} split, family by family",
    )
    create_markdown_artifact(
        story(outcome), key=f"decision-{stage}", description=f"Cycle {outcome.cycle.number}, {stage}"
    )


def publish_cycle(outcome: CycleOutcome) -> None:
    """Text `cycle`: all stages, and the chain end to end."""
    sheets = [stages_sheet(outcome)] + ([chain_sheet(outcome.chain)] if outcome.chain is not None else [])
    text = "\n\n".join(to_markdown(sheet) for sheet in sheets)
    create_markdown_artifact(text, key="cycle", description=f"Cycle {outcome.number}")


def publish_audit(report: AuditReport) -> None:
    """Table `audit` of one audit."""
    create_table_artifact(families(report), key="audit", description=audit_line(report))


def publish_decision(decision: Decision, text: str) -> None:
    """Text `decision` of a promotion that was asked for by hand."""
    create_markdown_artifact(f"{text}\n\n{reasons(decision)}", key="decision", description="Promotion")


def comparison(champion: AuditReport, challenger: AuditReport) -> list[Row]:
    """One row for all, then one a family; the rates are shares of the tasks' completions, `change` their difference."""
    after = {family.family: family for family in challenger.summary.families}
    rows = [_compared(f.family, f.n_tasks, f, after[f.family]) for f in champion.summary.families if f.family in after]
    return [_compared("all", champion.summary.n_tasks, champion.summary, challenger.summary), *rows]


def families(report: AuditReport) -> list[Row]:
    """One row for all, then one a family."""
    summary = report.summary
    rows: tuple[Any, ...] = (summary, *summary.families)
    return [
        {
            "family": getattr(row, "family", "all"),
            "tasks": row.n_tasks,
            "pass@1": told(row.pass_at_1),
            f"pass@{summary.k}": told(row.pass_at_k),
            "greedy": told(row.greedy),
            "format errors": told(row.format_errors),
        }
        for row in rows
    ]


def story(outcome: StageOutcome) -> str:
    """Markdown: the decision with its reasons, what was learned from, and where the time went."""
    practice, dataset, adapter = outcome.practice, outcome.dataset, outcome.adapter
    heading = f"# Cycle {outcome.cycle.number}, {outcome.cycle.stage}: {outcome.decision.outcome}"
    in_service = f"**{outcome.promotion.version}** is in service." if outcome.promotion else "The champion stays."
    if outcome.approval is not None:
        in_service += f" A person is asked: {outcome.approval.says}."
    lines = [
        f"- champion: {audit_line(outcome.champion)}",
        f"- practice: {practice.passed} of {practice.samples} completions passed, {practice.solved} of "
        f"{practice.tasks} tasks solved",
        f"- harvest: {dataset.rows} rows of {dataset.tasks} tasks, manifest `{dataset.manifest[:12]}`",
        f"- adapter: `{adapter.sha256[:12]}`, trained in {adapter.seconds:.0f} s",
        f"- challenger: {audit_line(outcome.challenger)}",
    ]
    parts = [heading, in_service, reasons(outcome.decision), "## What happened", "\n".join(lines)]
    return "\n\n".join([*parts, "## Where the time went", time_table(outcome.times)])


def reasons(decision: Decision) -> str:
    """Markdown: the gate's numbers and its reasons."""
    numbers = (
        f"Gain in pass@1 **{decision.delta:+.3f}** (95 % interval {decision.ci[0]:+.3f} to {decision.ci[1]:+.3f}), "
        f"p = {decision.p_value:.4f}; the smallest gain that these audits could show is "
        f"{decision.minimum_detectable_effect:.3f}."
    )
    return "\n\n".join([numbers, "\n".join(f"- {reason}" for reason in decision.reasons)])


def audit_line(report: AuditReport) -> str:
    """One line: who, how good, on what."""
    s, scores = report.summary, report.scores
    hack = f" - **a proven hack**: {scores.honeypot_passes} of {scores.honeypots} honeypots passed"
    return (
        f"`{report.adapter[:12]}` pass@1 {told(s.pass_at_1)} ({told(s.ci[0])} to {told(s.ci[1])}), "
        f"pass@{s.k} {told(s.pass_at_k)}, greedy {told(s.greedy)} on {s.n_tasks} {report.split} tasks"
        f"{hack if scores.honeypot_passes else ''}"
    )


def time_table(times: dict[str, Timing]) -> str:
    """Markdown table: seconds by step and by what was waited for."""
    kinds = ("sampling", "grading", "training", "other")
    rows = ["| step | " + " | ".join(kinds) + " | all |", "| --- |" + " ---: |" * 5]
    columns = [[getattr(timing, kind) for timing in times.values()] for kind in kinds]
    for name, timing in times.items():
        cells = " | ".join(f"{getattr(timing, kind):.1f}" for kind in kinds)
        rows.append(f"| {name} | {cells} | {timing.total:.1f} |")
    sums = [sum(column) for column in columns]
    rows.append(f"| **all, s** | {' | '.join(f'{s:.1f}' for s in sums)} | {sum(sums):.1f} |")
    return "\n".join(rows)


def _compared(name: str, tasks: int, before: Any, after: Any) -> Row:
    return {
        "family": name,
        "tasks": tasks,
        "champion": _rate(before.pass_at_1),
        "challenger": _rate(after.pass_at_1),
        "change": f"{after.pass_at_1 - before.pass_at_1:+.3f}",
        "greedy before": _rate(before.greedy),
        "greedy after": _rate(after.greedy),
    }


def _rate(value: float) -> str:
    return f"{value:.3f}"
