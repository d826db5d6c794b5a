"""Questions about proposed promotions: what waits for a person, and what was answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.store import approval_log
from loop.store.rows import Rows, one, rows

if TYPE_CHECKING:
    import duckdb

_WITH_DECISION = """
SELECT a.*, c.number AS cycle, c.state AS cycle_state, c.settings_sha256, d.champion, d.delta, d.ci_low, d.ci_high,
       d.p_value, d.details
FROM approvals a JOIN cycles c ON c.id = a.cycle_id JOIN decisions d ON d.id = a.decision
"""


def proposal(connection: duckdb.DuckDBPyConnection, key: str) -> dict[str, Any] | None:
    """One proposal with its cycle (`cycle`, `cycle_state`) and the numbers of its decision."""
    return one(connection, f"{_WITH_DECISION} WHERE a.id = ?", [key])


def unsettled(connection: duckdb.DuckDBPyConnection) -> Rows:
    """Proposals of which something is still to come: pending ones, and approved ones whose cycle has not ended."""
    return rows(
        connection,
        f"{_WITH_DECISION} WHERE a.state = 'pending' OR (a.state = 'approved' AND c.state = 'running')"
        " ORDER BY a.created, a.id",
    )


def waiting(connection: duckdb.DuckDBPyConnection, log: Path) -> Rows:
    """What waits for a person, or, where `answer` is given ("approve" or "reject"), for a run to carry that out.

    log: `Home.approvals`, which may know more than the store. Raises StoreError.
    """
    said = approval_log.replies(log)
    found = []
    for row in unsettled(connection):
        if row["cycle_state"] != "running":
            continue  # its cycle was left unfinished: the next `loop run` or `loop approve` lets it expire
        reply = said.get(row["id"])
        known = "approve" if row["state"] == "approved" else None
        given = ("approve" if reply.approve else "reject") if reply and not known else known
        kept = {name: value for name, value in row.items() if name not in ("details", "settings_sha256")}
        found.append({**kept, "answer": given})
    return found


def approvals(connection: duckdb.DuckDBPyConnection, limit: int = 20) -> Rows:
    """`loop log`: the newest proposals first."""
    return rows(
        connection,
        "SELECT a.*, c.number AS cycle FROM approvals a JOIN cycles c ON c.id = a.cycle_id"
        " ORDER BY a.created DESC, a.id LIMIT ?",
        [limit],
    )


def matching(connection: duckdb.DuckDBPyConnection, name: str) -> Rows:
    """Proposals that `name` may mean, the newest first: an id's beginning, a stage, a flow run's name or id."""
    return rows(
        connection,
        f"{_WITH_DECISION} WHERE starts_with(a.id, ?) OR a.stage = ? OR a.flow_run = ? OR a.flow_run_name = ?"
        " ORDER BY a.created DESC, a.id",
        [name] * 4,
    )


def last_word(connection: duckdb.DuckDBPyConnection, stage: str, adapter: str) -> dict[str, Any] | None:
    """The newest proposal of this adapter that a person has answered."""
    return one(
        connection,
        "SELECT * FROM approvals WHERE stage = ? AND adapter = ? AND state IN ('approved', 'rejected')"
        " ORDER BY answered DESC LIMIT 1",
        [stage, adapter],
    )


def settings_of(connection: duckdb.DuckDBPyConnection, settings_sha256: str) -> str:
    """The settings, as JSON, that a cycle was begun under."""
    found = one(connection, "SELECT settings FROM runs WHERE settings_sha256 = ?", [settings_sha256])
    assert found is not None  # a cycle's row is written with its run's
    return str(found["settings"])
