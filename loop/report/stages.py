"""The tables of the five stages: what each came to in a cycle, what its answers cost, all of them end to end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loop.gate.reasons import p_text
from loop.report.sheet import Row, Sheet

if TYPE_CHECKING:
    from loop.cycle.records import AuditReport, ChainReport, CycleOutcome

VERDICT = {"promote": "PROMOTE", "reject": "REJECT", "inconclusive": "INCONCLUSIVE"}


def judgment_notes(report: AuditReport) -> tuple[str, ...]:
    """What a stage's answers cost, and for judgments whether saying yes to everything would look as good."""
    notes = [f"{report.tokens_per_call:.1f} tokens an answer, {report.think_tokens_per_call:.1f} of them thought"]
    if report.measures is not None:
        m = report.measures
        notes.append(f"precision {_or_dash(m.precision)}, recall {_or_dash(m.recall)}, F1 {_or_dash(m.f1)}")
    if len(report.types) > 1:
        said = (f"{row['type']} {_or_dash(row['pass_at_1'])} ({row['questions']})" for row in report.types)
        notes.append(f"by type of task: {', '.join(said)}")
    if report.dropped:
        notes.append(f"{report.dropped} prompts did not hold all that there was to show: see `dropped` in v_samples")
    return tuple(notes)


def stages_sheet(outcome: CycleOutcome) -> Sheet:
    """A cycle, a row a stage; below it, why a challenger was not promoted and what else is to be watched."""
    rows, notes = [], []
    for stage, done in outcome.stages.items():
        d = done.decision
        asked = f", {done.approval.state}" if done.approval is not None else ""
        verdict = (f"{VERDICT[d.outcome]} {done.promotion.version}" if done.promotion else VERDICT[d.outcome]) + asked
        rates = (f"{d.champion_pass_at_1:.3f}", f"{d.challenger_pass_at_1:.3f}", f"{d.delta:+.3f}", interval(*d.ci))
        rows.append(Row((stage, str(d.n_tasks), *rates, p_text(d.p_value), verdict), "good" if done.promotion else ""))
        told = d.reasons[1:] if done.promotion else d.reasons  # why it was promoted stands in its row
        notes += [f"{stage}: {reason}" for reason in told]
        notes += [f"{stage}: {done.approval.says}"] if done.approval is not None else []
    rows += [Row((stage, "", "", "", "", "", "", "NOT TRAINED"), "warn") for stage in outcome.failed]
    notes += outcome.failed.values()
    columns = ("stage", "questions", "champion", "challenger", "delta", "interval", "", "decision")
    return Sheet(
        f"cycle {outcome.number}: pass@1 of each stage, judged alone", columns, tuple(rows), tuple(notes),
        numeric=frozenset(columns[1:5]),
    )  # fmt: skip


def chain_sheet(report: ChainReport) -> Sheet:
    """All stages end to end, by type of task: what was solved, where the others broke, what the thinking cost."""
    rows = []
    for kind in dict.fromkeys(task.type for task in report.tasks):
        tasks = [task for task in report.tasks if task.type == kind]
        solved = sum(task.outcome == "pass" for task in tasks)
        ends = Counter(f"nothing after {task.broke_at}" if task.broke_at else task.outcome for task in tasks)
        ends.pop("pass", None)
        calls = sum(task.calls for task in tasks)
        wrong = sum(task.wrong for task in tasks)
        thought = sum(task.think_tokens for task in tasks) / max(1, calls)
        why = ", ".join(f"{count} {end}" for end, count in ends.most_common())
        rows.append(Row((kind, str(len(tasks)), str(solved), str(calls), str(wrong), f"{thought:.1f}", why)))
    columns = ("type", "tasks", "solved", "calls", "wrong", "thought/call", "the others")
    low, high = report.ci
    share = f"{report.solved} of {len(report.tasks)} tasks solved, 95 % interval {interval(low, high)}"
    return Sheet(
        f"{report.split}: all stages end to end, one greedy attempt a task", columns, tuple(rows), (share,),
        frozenset(columns[1:6]),
    )  # fmt: skip


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def short(adapter: str) -> str:
    """An adapter's sha256 as people compare it."""
    return adapter[:12]


def interval(low: float, high: float) -> str:
    sign = "+" if low < 0 else ""
    return f"[{low:{sign}.3f}, {high:{sign}.3f}]"
