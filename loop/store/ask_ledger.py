"""The questions put to the store about the audit ledger: which attempts a set of held-out tasks has behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loop.store.rows import Rows, one, rows

if TYPE_CHECKING:
    import duckdb


def attempt(connection: duckdb.DuckDBPyConnection, attempt_id: str) -> dict[str, Any] | None:
    return one(connection, "SELECT * FROM audit_attempts WHERE id = ?", [attempt_id])


def attempts(connection: duckdb.DuckDBPyConnection, stage: str, task_ids: Sequence[str]) -> Rows:
    """The stage's attempts on a set that had at least half of these tasks, oldest first: `number`, `alpha`, `outcome`
    and the rest. A set that was changed a little is as worn as it was."""
    return rows(
        connection,
        """
        SELECT * FROM audit_attempts WHERE stage = ? AND audit_set IN (
            SELECT id FROM audit_sets WHERE list_contains(?, task_id) GROUP BY id HAVING 2 * count(*) >= ?)
        ORDER BY created, number
        """,
        [stage, list(task_ids), len(task_ids)],
    )


def standing(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """stage -> `made` and `left` attempts, `alpha` of the last one, as its newest decision had it."""
    found = rows(
        connection,
        """
        SELECT stage, (details->>'attempt')::INTEGER AS made, (details->>'attempts_left')::INTEGER AS "left",
               (details->>'alpha')::DOUBLE AS alpha
        FROM decisions WHERE json_exists(details, '$.attempts_left')
        QUALIFY row_number() OVER (PARTITION BY stage ORDER BY created DESC) = 1 ORDER BY stage
        """,
    )
    return {row.pop("stage"): row for row in found}


def anchors(connection: duckdb.DuckDBPyConnection, stage: str, challenger: str) -> list[str]:
    """Questions that challengers other than this one broke."""
    found = connection.execute(
        """
        SELECT DISTINCT unnest(from_json(details->'broken', '["VARCHAR"]')) AS task FROM decisions
        WHERE stage = ? AND challenger <> ? AND json_exists(details, '$.broken') ORDER BY task
        """,
        [stage, challenger],
    ).fetchall()
    return [task for (task,) in found]
