"""What rests on an oracle or a task that turned out to be wrong: rows of training sets, as the verdicts are now.

A row is wrong when its task stands as wrong, when its answer was learned as right and no longer passes, when it was
learned as wrong (the rejected half of a pair) and passes, or when it is a prompt whose answers were judged otherwise
than they are now. An answer that waits to be graded again is neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from loop.store.rows import Rows, rows

if TYPE_CHECKING:
    import duckdb

_SUBJECTS = """
CREATE OR REPLACE TEMP TABLE subjects AS
SELECT kind, subject, arg_min(id, created) AS taint, arg_max(excluded, created) AS excluded
FROM taints GROUP BY kind, subject
"""
# what a sample was before it was first recalled
_RECALLED = """
SELECT t.kind AS of, t.subject, r.sample_id, arg_min(r.kind, r.recalled) AS was
FROM verdicts_recalled r JOIN taints t ON t.id = r.taint WHERE {where} GROUP BY ALL
"""
# Format errors rest on no oracle: they were not read.
_AFFECTED = """
CREATE OR REPLACE TEMP TABLE affected AS
WITH recalled AS ({recalled}),
fresh AS (
    SELECT v.sample_id, v.kind FROM verdicts v WHERE $kind = 'oracle' AND v.oracle = $subject UNION ALL
    SELECT v.sample_id, v.kind FROM samples s JOIN verdicts v ON v.sample_id = s.id
    WHERE $kind = 'task' AND s.task_id = $subject AND s.code IS NOT NULL)
SELECT * FROM recalled UNION ALL
SELECT $kind, $subject, sample_id, kind FROM fresh WHERE sample_id NOT IN (SELECT sample_id FROM recalled)
"""
_RESTING = """
CREATE OR REPLACE TEMP TABLE resting AS
WITH held AS (
    SELECT d.manifest, d.position, d.role, d.sample_id, s.task_id, s.call_id, v.kind
    FROM dataset_rows d JOIN samples s ON s.id = d.sample_id JOIN verdicts v ON v.sample_id = d.sample_id
    WHERE {where}),
questions AS (
    SELECT a.subject, s.task_id, s.call_id, bool_or(v.kind = 'infra') AS ungraded,
           bool_or(v.kind <> 'infra' AND (a.was = 'pass') <> (v.kind = 'pass')) AS changed
    FROM affected a JOIN samples s ON s.id = a.sample_id JOIN verdicts v ON v.sample_id = a.sample_id GROUP BY ALL)
SELECT t.kind AS of, t.subject, t.taint, h.manifest, h.position, h.role, h.sample_id, h.task_id, a.was, h.kind AS now,
       CASE WHEN t.excluded THEN true WHEN h.role = 'prompt' THEN coalesce(q.changed, false)
            WHEN h.role = 'rejected' THEN h.kind = 'pass' ELSE h.kind NOT IN ('pass', 'infra') END AS wrong,
       NOT t.excluded AND CASE WHEN h.role = 'prompt' THEN coalesce(q.ungraded, false)
                               ELSE h.kind = 'infra' END AS ungraded
FROM held h CROSS JOIN subjects t
LEFT JOIN affected a ON a.subject = t.subject AND a.sample_id = h.sample_id
LEFT JOIN questions q ON q.subject = t.subject AND q.task_id = h.task_id AND q.call_id = h.call_id
WHERE a.sample_id IS NOT NULL OR (t.kind = 'task' AND t.subject = h.task_id)
   OR (h.role = 'prompt' AND q.subject IS NOT NULL)
"""
_AUDITS = """
WITH counted AS (
    SELECT s.audit_id, count(*) AS answers,
           count(*) FILTER (v.kind <> 'infra' AND (a.was = 'pass') <> (v.kind = 'pass')) AS changed
    FROM affected a JOIN samples s ON s.id = a.sample_id JOIN verdicts v ON v.sample_id = a.sample_id
    WHERE s.audit_id IS NOT NULL GROUP BY s.audit_id),
asked AS (
    SELECT s.audit_id, avg((coalesce(a.was, v.kind) = 'pass')::INTEGER)
               FILTER (coalesce(a.was, v.kind) <> 'infra') AS before,
           avg((v.kind = 'pass')::INTEGER) FILTER (v.kind <> 'infra') AS after
    FROM samples s JOIN verdicts v ON v.sample_id = s.id LEFT JOIN affected a ON a.sample_id = s.id
    WHERE s.audit_id IN (SELECT audit_id FROM counted) AND s.purpose = 'audit' AND s.idx >= 0
    GROUP BY s.audit_id, s.task_id, s.question, s.item),
written AS (
    SELECT s.trajectory, a.was, v.kind FROM affected a JOIN samples s ON s.id = a.sample_id
    JOIN verdicts v ON v.sample_id = a.sample_id WHERE s.purpose = 'chain' AND s.stage = 'implementation'),
scores AS (
    SELECT audit_id, avg(before) AS before, avg(after) AS after FROM asked GROUP BY audit_id UNION ALL
    SELECT t.audit_id, avg((coalesce(w.was, t.outcome) = 'pass')::INTEGER),
           avg((coalesce(w.kind, t.outcome) = 'pass')::INTEGER)
    FROM trajectories t LEFT JOIN written w ON w.trajectory = t.id
    WHERE t.audit_id IN (SELECT audit_id FROM counted) GROUP BY t.audit_id)
SELECT c.audit_id AS id, u.stage, u.adapter, u.split, u.state, c.answers, c.changed, x.before, x.after,
       x.after - x.before AS change
FROM counted c JOIN audits u ON u.id = c.audit_id LEFT JOIN scores x ON x.audit_id = c.audit_id
ORDER BY u.started, c.audit_id
"""


def prepare(connection: duckdb.DuckDBPyConnection, kind: str, subject: str, *, taint: str, excluded: bool) -> None:
    """Makes the temporary tables `subjects`, `affected` and `resting` of one subject: of what was recalled for it, and
    of what would be recalled if it were tainted now."""
    named = {"kind": kind, "subject": subject}
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE subjects AS"
        " SELECT $kind AS kind, $subject AS subject, $taint AS taint, $excluded::BOOLEAN AS excluded",
        {**named, "taint": taint, "excluded": excluded},
    )
    recalled = _RECALLED.format(where="t.kind = $kind AND t.subject = $subject")
    connection.execute(_AFFECTED.format(recalled=recalled), named)
    connection.execute(_RESTING.format(where="true"))


def datasets(connection: duckdb.DuckDBPyConnection) -> Rows:
    """After `prepare`: `manifest`, `stage`, `rows` that rest on the subject, of which `wrong`, `ungraded`."""
    return rows(
        connection,
        "SELECT r.manifest, any_value(d.stage) AS stage, any_value(d.n_rows) AS n_rows, count(*) AS rows,"
        " count(*) FILTER (r.wrong) AS wrong, count(*) FILTER (r.ungraded) AS ungraded"
        " FROM resting r LEFT JOIN datasets d ON d.manifest = r.manifest GROUP BY r.manifest ORDER BY r.manifest",
    )


def wrong_rows(connection: duckdb.DuckDBPyConnection, limit: int) -> Rows:
    """After `prepare`: the first rows of training sets that are wrong now."""
    return rows(
        connection,
        "SELECT manifest, position, role, sample_id, task_id, was, now FROM resting WHERE wrong"
        f" ORDER BY manifest, position LIMIT {limit}",
    )


def changes(connection: duckdb.DuckDBPyConnection) -> Rows:
    """After `prepare`: the affected samples, `n` by `purpose`, verdict then (`was`) and `now`."""
    return rows(
        connection,
        "SELECT s.purpose, a.was, v.kind AS now, count(*) AS n FROM affected a JOIN samples s ON s.id = a.sample_id"
        " JOIN verdicts v ON v.sample_id = a.sample_id GROUP BY ALL ORDER BY ALL",
    )


def audits(connection: duckdb.DuckDBPyConnection) -> Rows:
    """After `prepare`: audits that counted affected `answers`, how many were judged otherwise (`changed`), and pass@1 -
    for the chain, the share solved - `before` and `after`."""
    return rows(connection, _AUDITS)


def decisions(connection: duckdb.DuckDBPyConnection, audit_ids: Iterable[str]) -> Rows:
    """The decisions that counted these audits."""
    return rows(
        connection,
        "SELECT id, stage, outcome, delta, champion, challenger, champion_audit, challenger_audit FROM decisions"
        " WHERE champion_audit IN (SELECT unnest($ids)) OR challenger_audit IN (SELECT unnest($ids))"
        " ORDER BY created, id",
        {"ids": list(audit_ids)},
    )


def tainted(connection: duckdb.DuckDBPyConnection, serving: Mapping[str, Mapping[str, Any]]) -> Rows:
    """What serves and rests on wrong rows: `stage`, `version`, `adapter`, `wrong_rows`, `taint`.

    serving: stage -> `version`, `sha256` and `dataset` of the adapter in service; `dataset` as the registry knows it.
    """
    if not connection.execute("SELECT count(*) FROM taints").fetchall()[0][0]:
        return []
    sets = {stage: _dataset(connection, one) for stage, one in serving.items()}
    connection.execute(_SUBJECTS)
    connection.execute("CREATE OR REPLACE TEMP TABLE affected AS" + _RECALLED.format(where="true"))
    # of what serves alone: a status is asked for often
    names = ", ".join(f"'{key}'" for key in sorted(set(sets.values())) if key.isalnum()) or "''"
    connection.execute(_RESTING.format(where=f"d.manifest IN ({names})"))
    found = rows(
        connection,
        "SELECT manifest, taint, count(*) AS n FROM resting WHERE wrong GROUP BY ALL ORDER BY n DESC, taint",
    )
    return [
        {"stage": stage, "version": serving[stage]["version"], "adapter": serving[stage]["sha256"],
         "wrong_rows": row["n"], "taint": row["taint"]}
        for stage, manifest in sets.items() for row in found if row["manifest"] == manifest
    ]  # fmt: skip


def _dataset(connection: duckdb.DuckDBPyConnection, serving: Mapping[str, Any]) -> str:
    found = connection.execute("SELECT dataset FROM adapters WHERE sha256 = ?", [serving["sha256"]]).fetchall()
    return str(found[0][0] if found else serving.get("dataset") or "")
