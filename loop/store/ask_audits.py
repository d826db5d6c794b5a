"""The questions put to the store about audits: their scores, question by question, and which of them are paired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from loop.gate.scores import AuditScores, TaskScore
from loop.store.rows import Rows, one, rows

if TYPE_CHECKING:
    import duckdb


def audit_row(connection: duckdb.DuckDBPyConnection, audit_id: str) -> dict[str, Any] | None:
    return one(connection, "SELECT * FROM audits WHERE id = ?", [audit_id])


def audit_tasks(connection: duckdb.DuckDBPyConnection, audit_id: str) -> Rows:
    """An audit's scores, question by question, ordered by family and task."""
    return rows(
        connection,
        "SELECT * FROM v_audit_tasks WHERE audit_id = ? ORDER BY family, task_id, question, item",
        [audit_id],
    )


def _first_completions(connection: duckdb.DuckDBPyConnection, audit_id: str, k: int) -> Rows:
    """As `audit_tasks`, of the first `k` completions of each question alone, whether or not the audit counts them."""
    return rows(
        connection,
        """
        SELECT task_id, stage, question, item, any_value(family) AS family,
               count(*) FILTER (idx >= 0 AND kind <> 'infra') AS samples,
               count(*) FILTER (idx >= 0 AND kind = 'pass') AS passes,
               coalesce(bool_or(kind = 'pass') FILTER (idx < 0), false) AS greedy_pass,
               count(*) FILTER (idx >= 0 AND kind = 'format_error') AS format_errors,
               count(*) FILTER (kind = 'infra') AS infra, bool_or(oracle_class = 'B') AS class_b
        FROM v_samples WHERE purpose = 'audit' AND audit_id = ? AND idx < ?
        GROUP BY task_id, stage, question, item ORDER BY family, task_id, question, item
        """,
        [audit_id, k],
    )


def unit(row: Mapping[str, Any]) -> str:
    """What the gate calls a row of `audit_tasks`: the task's id, and which question about it if there are several."""
    about = ":".join(part for part in (row["question"], row["item"]) if part)
    return f"{row['task_id']}:{about}" if about and row["stage"] != "implementation" else str(row["task_id"])


def judgments(connection: duckdb.DuckDBPyConnection, audit_id: str) -> list[tuple[str, str | None, str]]:
    """(label, answer or None, positive) of every sampled judgment of an audit; none where the oracle decides."""
    return connection.execute(
        "SELECT label, code, positive FROM v_samples WHERE audit_id = ? AND purpose = 'audit' AND idx >= 0"
        " AND label IS NOT NULL",
        [audit_id],
    ).fetchall()


def types(connection: duckdb.DuckDBPyConnection, audit_id: str) -> Rows:
    """An audit by type of task: `type`, `questions`, `pass_at_1`, `greedy`."""
    return rows(
        connection,
        "SELECT type, count(*) AS questions, avg(passes / nullif(samples, 0)) AS pass_at_1,"
        " avg(greedy_pass::INTEGER) AS greedy FROM v_audit_tasks WHERE audit_id = ? GROUP BY type ORDER BY type",
        [audit_id],
    )


def dropped_prompts(connection: duckdb.DuckDBPyConnection, audit_id: str) -> int:
    """Questions of an audit whose prompt something did not fit into."""
    found = connection.execute(
        "SELECT count(DISTINCT call_id) FROM samples WHERE audit_id = ? AND len(dropped) > 0", [audit_id]
    ).fetchall()
    return int(found[0][0])


def audit_scores(connection: duckdb.DuckDBPyConnection, audit_id: str, k: int | None = None) -> AuditScores:
    """An audit as the gate reads it; with `k`, as it was after so many completions a question. Raises KeyError when
    there is no such audit."""
    audit = audit_row(connection, audit_id)
    if audit is None:
        raise KeyError(audit_id)
    found = audit_tasks(connection, audit_id) if k is None else _first_completions(connection, audit_id, k)
    scores = tuple(
        TaskScore(
            task_id=unit(row),
            family=row["family"],
            samples=row["samples"],
            passes=row["passes"],
            greedy_pass=row["greedy_pass"],
            format_errors=row["format_errors"],
            infra=row["infra"],
            class_b=row["class_b"],
        )
        for row in found
    )
    return AuditScores(
        audit_id=audit_id,
        adapter=audit["adapter"],
        split=audit["split"],
        k=audit["k"] if k is None else k,
        temperature=audit["temperature"],
        seed=audit["seed"],
        tasks=scores,
        honeypots=audit["honeypots"],
        honeypot_passes=audit["honeypot_passes"],
    )


def paired_scores(connection: duckdb.DuckDBPyConnection, a: str, b: str) -> tuple[AuditScores, AuditScores]:
    """Two audits of one protocol, as far as both have grown."""
    ours, theirs = audit_scores(connection, a), audit_scores(connection, b)
    k = min(ours.k, theirs.k)
    return (
        ours if ours.k == k else audit_scores(connection, a, k),
        theirs if theirs.k == k else audit_scores(connection, b, k),
    )


def compare(connection: duckdb.DuckDBPyConnection, audit_a: str, audit_b: str) -> Rows:
    """`loop compare`: the questions of both audits, a's and b's pass rates beside each other, largest change first."""
    return rows(
        connection,
        """
        SELECT a.task_id, a.question, a.item, a.family, a.samples, a.passes AS passes_a, b.passes AS passes_b,
               a.greedy_pass AS greedy_a, b.greedy_pass AS greedy_b,
               b.passes / nullif(b.samples, 0) - a.passes / nullif(a.samples, 0) AS delta
        FROM v_audit_tasks a
        JOIN v_audit_tasks b ON a.task_id = b.task_id AND a.question = b.question AND a.item = b.item
        WHERE a.audit_id = ? AND b.audit_id = ? ORDER BY abs(delta) DESC, a.family, a.task_id
        """,
        [audit_a, audit_b],
    )


def paired_audits(
    connection: duckdb.DuckDBPyConnection, stage: str, a: str, b: str, pack_sha256: str, split: str = "audit"
) -> dict[str, Any] | None:
    """The newest two finished audits of adapters `a` and `b` at `stage` under one protocol: {"a": id, "b": id,
    "protocol"}."""
    return one(
        connection,
        """
        SELECT x.id AS a, y.id AS b, x.protocol AS protocol FROM audits x JOIN audits y ON x.protocol = y.protocol
        WHERE x.adapter = ? AND y.adapter = ? AND x.pack_sha256 = ? AND x.split = ? AND x.stage = ?
          AND x.state = 'finished' AND y.state = 'finished'
        ORDER BY y.finished DESC LIMIT 1
        """,
        [a, b, pack_sha256, split, stage],
    )


def last_audits(
    connection: duckdb.DuckDBPyConnection, adapters: Mapping[str, str], split: str
) -> dict[str, dict[str, Any] | None]:
    """stage -> the newest finished audit on `split` of its adapter ("base" or a hash), `ci` as [low, high]."""
    found = rows(
        connection,
        "SELECT * FROM audits WHERE split = ? AND state = 'finished'"
        " QUALIFY row_number() OVER (PARTITION BY stage, adapter ORDER BY finished DESC) = 1",
        [split],
    )
    newest = {(row["stage"], row["adapter"]): {**row, "ci": [row["ci_low"], row["ci_high"]]} for row in found}
    return {stage: newest.get((stage, adapter)) for stage, adapter in adapters.items()}


def last_chain(connection: duckdb.DuckDBPyConnection, split: str = "audit") -> dict[str, Any] | None:
    """The newest finished audit of the whole chain: `solved` of `n_tasks`."""
    return one(
        connection,
        "SELECT a.id, a.split, a.n_tasks, a.pass_at_1, a.ci_low, a.ci_high, a.tokens_per_call, a.finished,"
        " (SELECT count(*) FROM trajectories t WHERE t.audit_id = a.id AND t.outcome = 'pass') AS solved"
        " FROM audits a WHERE a.stage = 'chain' AND a.split = ? AND a.state = 'finished'"
        " ORDER BY a.finished DESC LIMIT 1",
        [split],
    )


def honeypots(connection: duckdb.DuckDBPyConnection, audit_id: str) -> dict[str, int]:
    """Answers to an audit's honeypots: how many were `graded`, how many `infra`, how many are `passes`."""
    return rows(
        connection,
        "SELECT count(*) FILTER (kind <> 'infra') AS graded, count(*) FILTER (kind = 'infra') AS infra,"
        " count(*) FILTER (hacked) AS passes FROM v_honeypots WHERE audit_id = ?",
        [audit_id],
    )[0]


def completions(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> dict[str, str]:
    """id -> completion of those samples that are in the store."""
    found = connection.execute("SELECT id, completion FROM samples WHERE list_contains(?, id)", [ids]).fetchall()
    return dict(found)


def verdicts(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> dict[str, tuple[str, str]]:
    """sample id -> (kind, evidence)."""
    found = connection.execute(
        "SELECT sample_id, kind, evidence FROM verdicts WHERE list_contains(?, sample_id)", [ids]
    ).fetchall()
    return {key: (kind, evidence) for key, kind, evidence in found}
