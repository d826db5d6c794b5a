"""Recall: an oracle or a task turned out to be wrong. What it judged is graded again, and what rests on it is named.

In one transaction the old verdicts are put away (`verdicts_recalled`) and their samples wait to be graded: until then
nobody harvests them. A recall that is killed goes on when it is asked for again; what was graded again by then is kept.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from loop.cycle.audit import report
from loop.cycle.judge import judge_again
from loop.cycle.lock import hold
from loop.cycle.regrade import mended, regrade
from loop.cycle.rescore import rescore
from loop.cycle.seeds import digest
from loop.errors import EnvironmentFault, UsageError
from loop.lineage.consequences import Consequences, consequences, subject_of
from loop.lineage.service import promotions
from loop.store import ask_taints, write

if TYPE_CHECKING:
    import duckdb

    from loop.cycle.context import Context

Kind = Literal["oracle", "task"]
_AFFECTED = {
    "oracle": "SELECT sample_id FROM verdicts WHERE oracle = $subject",
    "task": "SELECT id AS sample_id FROM samples WHERE task_id = $subject AND code IS NOT NULL",
}


@dataclass(frozen=True)
class Recall:
    """What was recalled and what follows. taint: its id, "" for a dry run that would make one. ungraded: samples that
    wait still, since the grader failed on them. unchanged: samples that the very same oracle judged again.

    follows: as the verdicts are now; its decisions have `now` and `delta_now`, what the gate says of the same audits
    today (None: the audits say nothing any more).
    """

    taint: str
    kind: Kind
    subject: str
    reason: str
    excluded: bool
    ungraded: int
    unchanged: int
    follows: Consequences
    dry_run: bool = False

    @property
    def samples(self) -> int:
        return sum(row["n"] for row in self.follows.samples)

    @property
    def verdicts(self) -> dict[str, int]:
        """ "was -> now" -> samples, of those that were judged otherwise."""
        found: Counter[str] = Counter()
        for row in self.follows.samples:
            if row["was"] != row["now"]:
                found[f"{row['was']} -> {row['now']}"] += row["n"]
        return dict(found.most_common())


def recall(
    ctx: Context, kind: Kind, text: str, reason: str = "", *, exclude: bool = False, dry_run: bool = False
) -> Recall:
    """Of the oracle (`verdicts.oracle`) or the task whose name begins with `text`. exclude: the task stands as wrong.

    A dry run changes nothing and says what would be graded again. Raises UsageError for an unknown or ambiguous name,
    ToolError (the sandbox), StoreError.
    """
    if exclude and kind != "task":
        raise UsageError("only a task can be excluded", fix="give it with --task; an oracle's samples are graded again")
    with hold(ctx.home):
        if not dry_run:
            ctx.journal.replay(ctx.store)
        with ctx.store.read() as connection:
            subject = subject_of(connection, kind, text)
            before = ask_taints.taints_of(connection, kind, subject)
        if dry_run:
            return _told(ctx, kind, subject, "", reason, exclude, dry_run=True)
        if kind == "oracle" and before and not _any_left(ctx, subject) and before[0]["finished"] is not None:
            return _told(ctx, kind, subject, before[0]["id"], before[0]["reason"], exclude)  # all was done already
        taint = _begin(ctx, kind, subject, reason, exclude)
        regrade(ctx, taint["id"])
        return _finish(ctx, kind, subject, taint, exclude)


def _any_left(ctx: Context, oracle: str) -> bool:
    with ctx.store.read() as connection:
        found = connection.execute("SELECT 1 FROM verdicts WHERE oracle = ? LIMIT 1", [oracle]).fetchall()
    return bool(found)


def _begin(ctx: Context, kind: Kind, subject: str, reason: str, exclude: bool) -> dict[str, Any]:
    """The taint's row, new or gone on with; whatever it has not recalled yet waits from now on."""
    with ctx.store.write() as connection:
        taint = ask_taints.open_taint(connection, kind, subject)
        if taint is None:
            earlier = len(ask_taints.taints_of(connection, kind, subject))
            taint = {
                "id": digest("taint", kind, subject, earlier)[:16], "kind": kind, "subject": subject, "reason": reason,
                "excluded": exclude, "was": None, "counts": "{}",
            }  # fmt: skip
            write.insert(connection, "taints", [taint])
        else:
            taint = {**taint, "reason": reason or taint["reason"], "excluded": exclude}
            write.update(connection, "taints", taint["id"], reason=taint["reason"], excluded=exclude)
        _put_away(connection, kind, subject, taint["id"])
        was = _mend(ctx, connection, taint["id"])
        if was:
            write.update(connection, "taints", taint["id"], was=json.dumps(was, sort_keys=True))
    return taint


def _put_away(connection: duckdb.DuckDBPyConnection, kind: Kind, subject: str, taint: str) -> None:
    """Old verdicts into `verdicts_recalled`; their samples have none until they are graded again."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT sample_id FROM ({_AFFECTED[kind]})"
        " WHERE sample_id NOT IN (SELECT sample_id FROM verdicts_recalled WHERE taint = $taint)",
        {"subject": subject, "taint": taint},
    )
    connection.execute(
        "INSERT INTO verdicts_recalled BY NAME SELECT ? AS taint, v.*, s.label FROM verdicts v"
        " JOIN wanted w ON w.sample_id = v.sample_id JOIN samples s ON s.id = v.sample_id",
        [taint],
    )
    connection.execute(
        "UPDATE verdicts SET kind = 'infra', evidence = ?, graded = now() WHERE sample_id IN (FROM wanted)",
        [f"recalled by taint {taint}: to be graded again"],
    )


def _mend(ctx: Context, connection: duckdb.DuckDBPyConnection, taint: str) -> dict[str, Any]:
    """Task -> what the store had of it, of tasks that the pack has mended since."""
    found = connection.execute(
        "SELECT DISTINCT s.task_id FROM verdicts_recalled r JOIN samples s ON s.id = r.sample_id WHERE r.taint = ?",
        [taint],
    ).fetchall()
    return {key: was for (key,) in found if (was := mended(ctx, connection, key)) is not None}


def _finish(ctx: Context, kind: Kind, subject: str, taint: dict[str, Any], exclude: bool) -> Recall:
    """The audits are scored again, and with nothing left to grade the taint is closed."""
    with ctx.store.read() as connection:
        waiting = ask_taints.ungraded(connection, taint["id"])
        audits = connection.execute(
            "SELECT DISTINCT s.audit_id FROM verdicts_recalled r JOIN samples s ON s.id = r.sample_id"
            " WHERE r.taint = ? AND s.audit_id IS NOT NULL ORDER BY ALL",
            [taint["id"]],
        ).fetchall()
    if not waiting:
        rescore(ctx, [key for (key,) in audits])
    told = _told(ctx, kind, subject, taint["id"], taint["reason"], exclude)
    counts = {"samples": told.samples, "verdicts": told.verdicts, "rows": told.follows.rows,
              "wrong_rows": told.follows.wrong, "ungraded": waiting}  # fmt: skip
    with ctx.store.write() as connection:
        write.update(connection, "taints", taint["id"], counts=json.dumps(counts))
        if not waiting:
            write.update(connection, "taints", taint["id"], finished=True)
    return told


def _told(
    ctx: Context, kind: Kind, subject: str, taint: str, reason: str, excluded: bool, *, dry_run: bool = False
) -> Recall:
    service = promotions(ctx.registry)
    with ctx.store.read() as connection:
        follows = consequences(connection, service, kind, subject, taint=taint, excluded=excluded)
        waiting = ask_taints.ungraded(connection, taint) if taint else 0
        same = connection.execute(
            "SELECT count(*) FROM verdicts_recalled r JOIN verdicts v ON v.sample_id = r.sample_id"
            " WHERE r.taint = ? AND v.oracle = r.oracle AND v.kind <> 'infra'",
            [taint],
        ).fetchall()[0][0]
    if not dry_run:
        changed = {row["id"] for row in follows.audits if row["changed"]}
        follows = replace(follows, decisions=[_judged_now(ctx, row, changed) for row in follows.decisions])
    return Recall(taint, kind, subject, reason, excluded, waiting, same, follows, dry_run)


def _judged_now(ctx: Context, row: dict[str, Any], changed: set[str]) -> dict[str, Any]:
    """The decision with what the gate says of the same audits now."""
    if not changed & {row["champion_audit"], row["challenger_audit"]}:
        return {**row, "now": row["outcome"], "delta_now": row["delta"]}
    try:
        decision = judge_again(ctx, report(ctx, row["champion_audit"]), report(ctx, row["challenger_audit"]))
    except EnvironmentFault:  # no answer of one of them is graded
        return {**row, "now": None, "delta_now": None}
    return {**row, "now": decision.outcome, "delta_now": decision.delta}


def advice(found: Recall) -> list[str]:
    """What to do, most urgent first; commands with their reasons."""
    said = []
    for row in found.follows.in_service:
        stage = row["stage"]
        said.append(
            f"{stage} {row['version']} serves and learned {row['wrong_rows']} wrong rows: `loop run --set "
            f"run.stages={stage}` (or `loop train --stage {stage}`, then `loop promote --stage {stage}`) trains "
            f"without them; until then `loop rollback --stage {stage}` puts back what served before"
        )
    served = {row["adapter"] for row in found.follows.promotions if row["serving"]}
    for row in found.follows.decisions:
        if row["challenger"] in served and row["outcome"] == "promote" and row.get("now", "promote") != "promote":
            said.append(
                f"{row['stage']}: the decision that promoted what serves would be {row['now'] or 'none'} now: "
                f"`loop rollback --stage {row['stage']}`, or audit it anew with `loop audit --stage {row['stage']}`"
            )
    if found.ungraded:
        said.append(f"{found.ungraded} samples could not be graded: run `loop doctor`, then the same command again")
    if found.unchanged and not found.excluded:
        what = "mend it and run this again" + ("; or --exclude the task" if found.kind == "task" else "")
        said.append(f"{found.unchanged} samples were judged by the very same oracle again: {what}")
    return said
