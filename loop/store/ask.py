"""The questions that the command line, the flows and the reports put to the store. Rows come back as dicts.

Every function takes an open connection (`with store.read() as connection`), so that several answers are of one moment.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loop.gate.scores import AuditScores, TaskScore

if TYPE_CHECKING:
    import duckdb

Rows = list[dict[str, Any]]


def rows(connection: duckdb.DuckDBPyConnection, sql: str, arguments: list[Any] | None = None) -> Rows:
    """The answer to `sql` as dicts by column name."""
    cursor = connection.execute(sql, arguments or [])
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(connection: duckdb.DuckDBPyConnection, sql: str, arguments: list[Any] | None = None) -> dict[str, Any] | None:
    """The first row, or None."""
    found = rows(connection, sql, arguments)
    return found[0] if found else None


def cycles(connection: duckdb.DuckDBPyConnection, limit: int = 20) -> Rows:
    """`loop log`: the newest cycles first, with their decision and what came of it."""
    return rows(connection, "SELECT * FROM v_cycle_summary ORDER BY number DESC LIMIT ?", [limit])


def last_audit(connection: duckdb.DuckDBPyConnection, adapter: str, split: str) -> dict[str, Any] | None:
    """The newest finished audit of `adapter` ("base" or a hash) on `split`, `ci` as [low, high]."""
    found = one(
        connection,
        "SELECT * FROM audits WHERE adapter = ? AND split = ? AND state = 'finished' ORDER BY finished DESC LIMIT 1",
        [adapter, split],
    )
    return None if found is None else {**found, "ci": [found["ci_low"], found["ci_high"]]}


def unfinished(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """The cycle that `loop run` would go on with."""
    return one(connection, "SELECT * FROM cycles WHERE state = 'running' ORDER BY number DESC LIMIT 1")


def status(connection: duckdb.DuckDBPyConnection, champion: str = "base") -> dict[str, Any]:
    """Where things stand: the unfinished cycle if any, counts, the champion's last audits, the newest decision."""
    counts = rows(
        connection,
        "SELECT (SELECT count(*) FROM cycles WHERE state = 'finished') AS cycles,"
        " (SELECT count(*) FROM samples) AS samples,"
        " (SELECT count(*) FROM verdicts v JOIN samples s ON s.id = v.sample_id"
        "  WHERE v.kind = 'pass' AND s.purpose <> 'honeypot') AS passing,"
        " (SELECT count(*) FROM verdicts WHERE oracle_class = 'B') AS class_b,"
        " (SELECT count(*) FROM verdicts WHERE tier = 'weak') AS weak,"
        " (SELECT count(*) FROM adapters) AS adapters, (SELECT count(*) FROM promotions) AS promotions,"
        " (SELECT count(*) FROM audits WHERE state = 'finished') AS audit_reads",
    )[0]
    return {
        **counts,
        "frozen": frozen(connection),
        "unfinished": unfinished(connection),
        "audit": last_audit(connection, champion, "audit"),
        "vault": last_audit(connection, champion, "vault"),
        "decision": one(connection, "SELECT * FROM decisions ORDER BY created DESC LIMIT 1"),
    }


def frozen(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """The oldest freeze that is not lifted, with how many there are (`proofs`) and who gave it; None: all goes on."""
    return one(
        connection,
        "SELECT f.id, f.reason, f.audit_id, f.sample_id, f.created, s.adapter, s.task_id, count(*) OVER () AS proofs"
        " FROM freezes f LEFT JOIN samples s ON s.id = f.sample_id WHERE f.lifted IS NULL"
        " ORDER BY f.created, f.id LIMIT 1",
    )


def freezes(connection: duckdb.DuckDBPyConnection, limit: int = 20) -> Rows:
    """`loop log`: the newest freezes first, lifted ones too."""
    return rows(connection, "SELECT * FROM freezes ORDER BY created DESC, id LIMIT ?", [limit])


def honeypots(connection: duckdb.DuckDBPyConnection, audit_id: str) -> dict[str, int]:
    """Answers to an audit's honeypots: how many were `graded`, how many `infra`, how many are `passes`."""
    return rows(
        connection,
        "SELECT count(*) FILTER (kind <> 'infra') AS graded, count(*) FILTER (kind = 'infra') AS infra,"
        " count(*) FILTER (hacked) AS passes FROM v_honeypots WHERE audit_id = ?",
        [audit_id],
    )[0]


def audit_row(connection: duckdb.DuckDBPyConnection, audit_id: str) -> dict[str, Any] | None:
    return one(connection, "SELECT * FROM audits WHERE id = ?", [audit_id])


def audit_tasks(connection: duckdb.DuckDBPyConnection, audit_id: str) -> Rows:
    """Per-task scores of an audit, ordered by family and task."""
    return rows(connection, "SELECT * FROM v_audit_tasks WHERE audit_id = ? ORDER BY family, task_id", [audit_id])


def audit_scores(connection: duckdb.DuckDBPyConnection, audit_id: str) -> AuditScores:
    """An audit as the gate reads it. Raises KeyError when there is no such audit."""
    audit = audit_row(connection, audit_id)
    if audit is None:
        raise KeyError(audit_id)
    scores = tuple(
        TaskScore(
            task_id=row["task_id"],
            family=row["family"],
            samples=row["samples"],
            passes=row["passes"],
            greedy_pass=row["greedy_pass"],
            format_errors=row["format_errors"],
            infra=row["infra"],
            class_b=row["class_b"],
        )
        for row in audit_tasks(connection, audit_id)
    )
    return AuditScores(
        audit_id=audit_id,
        adapter=audit["adapter"],
        split=audit["split"],
        k=audit["k"],
        temperature=audit["temperature"],
        seed=audit["seed"],
        tasks=scores,
        honeypots=audit["honeypots"],
        honeypot_passes=audit["honeypot_passes"],
    )


def compare(connection: duckdb.DuckDBPyConnection, audit_a: str, audit_b: str) -> Rows:
    """`loop compare`: the tasks of both audits, a's and b's pass rates beside each other, largest change first."""
    return rows(
        connection,
        """
        SELECT a.task_id, a.family, a.samples, a.passes AS passes_a, b.passes AS passes_b,
               a.greedy_pass AS greedy_a, b.greedy_pass AS greedy_b,
               b.passes / nullif(b.samples, 0) - a.passes / nullif(a.samples, 0) AS delta
        FROM v_audit_tasks a JOIN v_audit_tasks b ON a.task_id = b.task_id
        WHERE a.audit_id = ? AND b.audit_id = ? ORDER BY abs(delta) DESC, a.family, a.task_id
        """,
        [audit_a, audit_b],
    )


def paired_audits(
    connection: duckdb.DuckDBPyConnection, a: str, b: str, pack_sha256: str, split: str = "audit"
) -> dict[str, Any] | None:
    """The newest two finished audits of adapters `a` and `b` under one protocol: {"a": id, "b": id, "protocol"}."""
    return one(
        connection,
        """
        SELECT x.id AS a, y.id AS b, x.protocol AS protocol FROM audits x JOIN audits y ON x.protocol = y.protocol
        WHERE x.adapter = ? AND y.adapter = ? AND x.pack_sha256 = ? AND x.split = ?
          AND x.state = 'finished' AND y.state = 'finished'
        ORDER BY y.finished DESC LIMIT 1
        """,
        [a, b, pack_sha256, split],
    )


def adapter_row(connection: duckdb.DuckDBPyConnection, sha256: str) -> dict[str, Any] | None:
    return one(connection, "SELECT * FROM adapters WHERE sha256 = ?", [sha256])


def match_adapters(connection: duckdb.DuckDBPyConnection, prefix: str) -> list[str]:
    """Adapters whose sha256 begins with `prefix`."""
    found = rows(connection, "SELECT sha256 FROM adapters WHERE starts_with(sha256, ?) ORDER BY sha256", [prefix])
    return [row["sha256"] for row in found]


def newest_challenger(connection: duckdb.DuckDBPyConnection, champion: str, base_sha256: str) -> str | None:
    """The newest adapter of this base that was trained after the champion was; None when there is none."""
    found = one(
        connection,
        """
        SELECT sha256 FROM adapters WHERE base_sha256 = ? AND sha256 <> ?
          AND created > coalesce((SELECT created FROM adapters WHERE sha256 = ?), '-infinity'::TIMESTAMPTZ)
        ORDER BY created DESC LIMIT 1
        """,
        [base_sha256, champion, champion],
    )
    return str(found["sha256"]) if found else None


def match_tasks(connection: duckdb.DuckDBPyConnection, prefix: str) -> Rows:
    """Tasks whose id begins with `prefix`, honeypots among them: `id`, `type`, `spec` as JSON text."""
    return rows(connection, "SELECT id, type, spec FROM tasks WHERE starts_with(id, ?) ORDER BY id", [prefix])


def lineage(connection: duckdb.DuckDBPyConnection, identity: str) -> Rows:
    """`loop lineage ID`: what an adapter, dataset, sample or task rests on, and what on it; ids may be cut."""
    return rows(
        connection,
        """
        SELECT * FROM v_lineage WHERE starts_with(adapter, ?) OR starts_with(dataset, ?) OR starts_with(sample_id, ?)
           OR starts_with(task_id, ?) ORDER BY adapter, position
        """,
        [identity] * 4,
    )


def step_times(connection: duckdb.DuckDBPyConnection, cycle_id: str) -> Rows:
    """`loop bench cycle`: seconds of each step by kind, in the order in which they ran."""
    return rows(
        connection,
        "SELECT step, coalesce(sampling, 0) AS sampling, coalesce(grading, 0) AS grading,"
        " coalesce(training, 0) AS training, coalesce(other, 0) AS other, total"
        " FROM v_step_times WHERE cycle_id = ? ORDER BY recorded",
        [cycle_id],
    )


def practice_kinds(connection: duckdb.DuckDBPyConnection, cycle_id: str) -> dict[str, int]:
    """Verdict kind -> practice samples of a cycle."""
    found = rows(
        connection,
        "SELECT kind, count(*) AS n FROM v_samples WHERE cycle_id = ? AND purpose = 'practice'"
        " GROUP BY kind ORDER BY n DESC",
        [cycle_id],
    )
    return {row["kind"]: row["n"] for row in found}


def graded(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> dict[str, str]:
    """Which of these samples are in the store: id -> verdict kind."""
    import pyarrow

    connection.register("wanted", pyarrow.table({"id": pyarrow.array(ids, pyarrow.string())}))
    found = connection.execute(
        "SELECT v.sample_id, v.kind FROM verdicts v JOIN wanted w ON w.id = v.sample_id"
    ).fetchall()
    connection.unregister("wanted")
    return dict(found)


def stored_json(value: Any) -> Any:
    """A JSON column's value as Python objects."""
    return json.loads(value) if isinstance(value, str) else value
