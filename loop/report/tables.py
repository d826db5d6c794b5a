"""The tables that people read: a decision, an audit, where things stand, what happened, what changed.

Each `*_sheet` takes plain data and returns a Sheet, which rich prints and `to_markdown` writes; `show_*` prints one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loop.gate.compare import tally
from loop.gate.reasons import p_text
from loop.gate.shown import told
from loop.report.sheet import Row, Sheet, Tone, to_markdown
from loop.report.stages import VERDICT, chain_sheet, interval, judgment_notes, short, stages_sheet

if TYPE_CHECKING:
    from loop.cycle.records import AuditReport, CycleOutcome, Timing
    from loop.gate.compare import TaskChange
    from loop.gate.decision import Decision
    from loop.gate.estimate import Summary

__all__ = [
    "Sheet",
    "audit_sheet",
    "compare_sheet",
    "decision_sheet",
    "show",
    "show_audit",
    "show_decision",
    "show_outcome",
    "times_sheet",
    "to_markdown",
]

_STATE: dict[str, Tone] = {"ok": "", "watch": "warn", "regressed": "bad"}


def decision_sheet(decision: Decision) -> Sheet:
    """Champion against challenger, per family and in all, then the verdict and its reasons."""
    d = decision
    rows = [
        Row(
            (
                f.family,
                str(f.n_tasks),
                f"{f.champion:.3f}",
                f"{f.challenger:.3f}",
                f"{f.delta:+.3f}",
                interval(f.low, f.high),
                "" if f.state == "ok" else f.state,
            ),
            _STATE[f.state],
        )
        for f in d.families
    ]
    rows.append(
        Row(
            (
                "all: pass@1",
                str(d.n_tasks),
                f"{d.champion_pass_at_1:.3f}",
                f"{d.challenger_pass_at_1:.3f}",
                f"{d.delta:+.3f}",
                interval(*d.ci),
                p_text(d.p_value),
            ),
            "total",
        )
    )
    gain = d.challenger_greedy - d.champion_greedy
    greedy = f"+{d.greedy.won} -{d.greedy.lost}, {p_text(d.greedy.p_value)}"
    rates = (f"{d.champion_greedy:.3f}", f"{d.challenger_greedy:.3f}", f"{gain:+.3f}", "", greedy)
    rows.append(Row(("all: greedy", str(d.n_tasks), *rates)))
    rows += [
        Row(
            (
                f"all: {g.name}",
                str(d.n_tasks),
                f"{g.champion:.3f}",
                f"{g.challenger:.3f}",
                f"{g.challenger - g.champion:+.3f}",
                "",
                "" if g.state == "ok" else g.state,
            ),
            _STATE[g.state],
        )
        for g in d.guards
    ]
    swaps = f"{'all' if d.exact else 'random'} {d.swaps:,} swaps of families"
    floor = "" if d.noise_floor is None else f", noise of an A/A comparison {d.noise_floor:.3f}"
    return Sheet(
        title=f"champion {short(d.champion)} against challenger {short(d.challenger)}, {d.k} samples a task",
        columns=("family", "tasks", "champion", "challenger", "delta", "interval", ""),
        rows=tuple(rows),
        notes=(
            f"minimum detectable effect {d.minimum_detectable_effect:.3f}{floor}; p from {swaps}",
            *_attempt(d),
            f"decision: {VERDICT[d.outcome]}",
            *(f"  {reason}" for reason in d.reasons),
        ),
        numeric=frozenset({"tasks", "champion", "challenger", "delta"}),
    )


def _attempt(d: Decision) -> list[str]:
    """What the attempt could spend, and what it saved; nothing of audits that were only compared."""
    if not d.looks:
        return []
    saved = f", {d.saved:.0%} of the completions were not needed" if d.saved > 0 else ""
    return [
        f"attempt {d.attempt} on these tasks ({d.attempts_left} left), alpha {d.alpha:.4g}; p below {d.level:.4g} "
        f"promotes after {d.k} of {d.looks[-1]} completions a task{saved}"
    ]


def audit_sheet(summary: Summary) -> Sheet:
    """One audit, per family and in all."""
    s = summary
    rows = [
        Row(
            (
                f.family,
                str(f.n_tasks),
                told(f.pass_at_1),
                told(f.pass_at_k),
                told(f.greedy),
                told(f.format_errors),
            )
        )
        for f in s.families
    ]
    rates = tuple(told(rate) for rate in (s.pass_at_1, s.pass_at_k, s.greedy, s.format_errors))
    rows.append(Row(("all", str(s.n_tasks), *rates), "total"))
    notes = [f"pass@1 {told(s.pass_at_1)}, 95 % interval [{told(s.ci[0])}, {told(s.ci[1])}]"]
    if s.minimum_detectable_effect is not None and s.noise_floor is not None:
        notes.append(
            f"two audits of this adapter differ by {s.noise_floor:.3f} (standard error), "
            f"so gains from {s.minimum_detectable_effect:.3f} on can be seen at best"
        )
    if s.infra:
        notes.append(f"{s.infra} completions were not graded: this audit decides nothing until they are")
    return Sheet(
        title=f"{s.split} of {short(s.adapter)}, {s.k} samples a task at temperature {s.temperature:g}",
        columns=("family", "tasks", "pass@1", f"pass@{s.k}", "greedy", "format errors"),
        rows=tuple(rows),
        notes=tuple(notes),
        numeric=frozenset({"tasks", "pass@1", f"pass@{s.k}", "greedy", "format errors"}),
    )


def compare_sheet(changes: Sequence[TaskChange], *, limit: int = 20) -> Sheet:
    """Tasks won, lost and tied; the `limit` largest changes by name, half of them losses if there are so many."""
    count = tally(changes)
    moved = [c for c in changes if c.outcome != "tied"]
    by_change = sorted(moved, key=lambda c: c.challenger - c.champion)
    losses = [c for c in by_change if c.outcome == "lost"][: limit // 2]
    shown = losses + [c for c in by_change if c.outcome == "won"][-(limit - len(losses)) :]
    rows = tuple(
        Row(
            (
                c.task_id,
                c.family,
                f"{c.champion:.2f}",
                f"{c.challenger:.2f}",
                f"{c.challenger - c.champion:+.2f}",
                f"{_tick(c.champion_greedy)} -> {_tick(c.challenger_greedy)}",
            ),
            "good" if c.outcome == "won" else "bad",
        )
        for c in shown
    )
    left = len(moved) - len(rows)
    return Sheet(
        title=f"{count['won']} tasks won, {count['lost']} lost, {count['tied']} tied",
        columns=("task", "family", "champion", "challenger", "delta", "greedy"),
        rows=rows,
        notes=(f"{left} smaller changes are not shown",) if left else (),
        numeric=frozenset({"champion", "challenger", "delta"}),
    )


def times_sheet(times: Mapping[str, Timing]) -> Sheet:
    """Where the time went: step -> Timing, seconds."""
    rows = [Row((step, *_seconds(t.sampling, t.grading, t.training, t.other, t.total))) for step, t in times.items()]
    parts = [sum(getattr(t, part) for t in times.values()) for part in ("sampling", "grading", "training", "other")]
    if rows:
        rows.append(Row(("all", *_seconds(*parts, sum(parts))), "total"))
    columns = ("step", "sampling", "grading", "training", "other", "seconds")
    return Sheet("where the time went", columns, tuple(rows), numeric=frozenset(columns[1:]))


def show(*sheets: Sheet) -> None:
    """Prints to stdout; wide enough not to break lines when stdout is no terminal. Colours honour NO_COLOR."""
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 140)
    for i, sheet in enumerate(sheets):
        if i:
            console.print()
        console.print(sheet)


def show_audit(report: AuditReport) -> None:
    sheet = audit_sheet(report.summary)
    notes = (*sheet.notes, *judgment_notes(report), *trust_notes(report))
    show(replace(sheet, title=f"{report.stage}: {sheet.title}", notes=notes))


def trust_notes(report: AuditReport) -> tuple[str, ...]:
    """What an audit's grades are worth: honeypots, class B, a weak sandbox."""
    scores, notes = report.scores, []
    if scores.honeypot_passes:
        notes.append(
            f"A PROVEN HACK: {scores.honeypot_passes} of {scores.honeypots} answers to honeypots passed, which nobody "
            "passes who answers what was asked; harvesting is frozen until somebody looks (`loop status`)"
        )
    elif scores.honeypots:
        notes.append(f"honeypots: none of {scores.honeypots} answers passed")
    else:
        notes.append("no honeypots were asked")
    if scores.class_b:
        share = scores.class_b / len(scores.tasks)
        notes.append(f"class B: the answers to {share:.0%} of the tasks judge themselves; alone they promote nothing")
    if report.tier == "weak":
        notes.append("WEAK SANDBOX: nothing of this audit counts for a promotion")
    return tuple(notes)


def show_decision(decision: Decision) -> None:
    show(decision_sheet(decision))


def show_outcome(outcome: CycleOutcome, *, families: bool = False) -> None:
    """The closing tables of a cycle: where the time went, what became of each stage, the chain.

    families: each stage's decision by family too, as it is shown anyway where there is but one stage.
    """
    times: dict[str, Timing] = {}
    for done in outcome.stages.values():
        for step, timing in done.times.items():
            times[step] = times[step] + timing if step in times else timing
    sheets = [times_sheet(times)]
    several = len(outcome.stages) > 1 or bool(outcome.failed)
    for stage, done in outcome.stages.items() if families or not several else ():
        sheet = decision_sheet(done.decision)
        sheets.append(replace(sheet, title=f"{stage}: {sheet.title}"))
    if several:
        sheets.append(stages_sheet(outcome))
    if outcome.chain is not None:
        sheets.append(chain_sheet(outcome.chain))
    show(*sheets)
    for stage, done in outcome.stages.items():
        if done.promotion is not None:
            p = done.promotion
            print(f"cycle {outcome.number}: {stage} {p.version} ({short(p.adapter)}) is in service")
        else:
            asked = f"; {done.approval.says}" if done.approval is not None else ""
            print(f"cycle {outcome.number}: {stage}: {short(done.champion.adapter)} stays in service{asked}")


def _seconds(*values: float) -> tuple[str, ...]:
    return tuple(f"{value:.1f}" for value in values)


def _tick(passed: bool) -> str:
    return "pass" if passed else "fail"
