"""The questions put to the store about taints: what was found wrong, and what stands as wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loop.store.rows import Rows, one, rows

if TYPE_CHECKING:
    import duckdb

EXCLUDED = "SELECT subject FROM taints WHERE kind = 'task' GROUP BY subject HAVING arg_max(excluded, created)"
"""The tasks that stand as wrong: nobody practises them or learns from them. The newest taint of a task decides."""


def excluded_tasks(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {key for (key,) in connection.execute(EXCLUDED).fetchall()}


def taints_of(connection: duckdb.DuckDBPyConnection, kind: str, subject: str) -> Rows:
    """All of a subject, the newest first."""
    return rows(
        connection, "SELECT * FROM taints WHERE kind = ? AND subject = ? ORDER BY created DESC, id", [kind, subject]
    )


def open_taint(connection: duckdb.DuckDBPyConnection, kind: str, subject: str) -> dict[str, Any] | None:
    """The one of a subject whose samples are not all graded again; None when there is none."""
    return one(
        connection,
        "SELECT * FROM taints WHERE kind = ? AND subject = ? AND finished IS NULL ORDER BY created LIMIT 1",
        [kind, subject],
    )


def ungraded(connection: duckdb.DuckDBPyConnection, taint: str) -> int:
    """Samples of a taint that wait to be graded again."""
    found = connection.execute(
        "SELECT count(*) FROM verdicts_recalled r JOIN verdicts v ON v.sample_id = r.sample_id"
        " WHERE r.taint = ? AND v.kind = 'infra'",
        [taint],
    ).fetchall()
    return int(found[0][0])
