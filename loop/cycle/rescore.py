"""The summaries of audits whose answers were graded again: what is kept beside an audit follows from its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loop.cycle.chain import wilson
from loop.pipeline.measures import measures
from loop.store import ask, ask_audits, write

if TYPE_CHECKING:
    from loop.cycle.context import Context

CHAIN = "chain"


def rescore(ctx: Context, audit_ids: Sequence[str]) -> None:
    """Writes the summaries of these audits anew, of those that are finished; doing it twice is doing it once."""
    for audit_id in audit_ids:
        with ctx.store.read() as connection:
            row = ask_audits.audit_row(connection, audit_id)
        if row is None or row["state"] != "finished":
            continue
        if row["stage"] == CHAIN:
            _chain(ctx, audit_id)
        else:
            _stage(ctx, audit_id)


def _stage(ctx: Context, audit_id: str) -> None:
    from loop.gate.estimate import summarise

    with ctx.store.read() as connection:
        scores = ask_audits.audit_scores(connection, audit_id)
        traps = ask_audits.honeypots(connection, audit_id)
        judgments = ask_audits.judgments(connection, audit_id)
    summary = summarise(scores)
    judged = measures(judgments) if judgments else None
    with ctx.store.write() as connection:
        write.update(
            connection, "audits", audit_id, pass_at_1=summary.pass_at_1, ci_low=summary.ci[0], ci_high=summary.ci[1],
            pass_at_k=summary.pass_at_k, greedy=summary.greedy, infra=summary.infra,
            format_errors=sum(task.format_errors for task in scores.tasks),
            honeypots=traps["graded"], honeypot_passes=traps["passes"],
            judged_precision=judged.precision if judged else None, judged_recall=judged.recall if judged else None,
        )  # fmt: skip


def _chain(ctx: Context, audit_id: str) -> None:
    """An attempt's outcome is the verdict on what was written in the end."""
    with ctx.store.write() as connection:
        connection.execute(
            "UPDATE trajectories SET outcome = w.kind, evidence = w.evidence FROM"
            " (SELECT s.trajectory, v.kind, v.evidence FROM samples s JOIN verdicts v ON v.sample_id = s.id"
            "  WHERE s.audit_id = $audit AND s.purpose = 'chain' AND s.stage = 'implementation') w"
            " WHERE trajectories.id = w.trajectory AND trajectories.audit_id = $audit",
            {"audit": audit_id},
        )
        outcomes = ask.rows(connection, "SELECT outcome FROM trajectories WHERE audit_id = ?", [audit_id])
        solved = sum(row["outcome"] == "pass" for row in outcomes)
        low, high = wilson(solved, len(outcomes))
        write.update(
            connection, "audits", audit_id, pass_at_1=solved / len(outcomes), ci_low=low, ci_high=high
        )  # fmt: skip
