"""The questions that the command line, the flows and the reports put to the store. Rows come back as dicts.

Every function takes an open connection (`with store.read() as connection`), so that several answers are of one moment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from loop.store import ask_ledger
from loop.store.ask_audits import last_audits, last_chain
from loop.store.rows import Rows as Rows
from loop.store.rows import one as one
from loop.store.rows import rows as rows

if TYPE_CHECKING:
    import duckdb


def cycles(connection: duckdb.DuckDBPyConnection, limit: int = 20) -> Rows:
    """`loop log`: each stage's cycles, the newest first, with their decision and what came of it."""
    return rows(
        connection,
        "SELECT * FROM v_cycle_summary WHERE number > (SELECT coalesce(max(number), 0) FROM cycles) - ?"
        " ORDER BY number DESC, started DESC, cycle_id",
        [limit],
    )


def unfinished(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """The cycle, of one stage, that `loop run` would go on with."""
    return one(connection, "SELECT * FROM cycles WHERE state = 'running' ORDER BY number DESC, started DESC LIMIT 1")


def status(connection: duckdb.DuckDBPyConnection, champions: Mapping[str, str]) -> dict[str, Any]:
    """Where things stand: the unfinished cycle if any, counts, the last audits of each stage's champion ("base" or a
    hash), each stage's newest decision."""
    counts = rows(
        connection,
        "SELECT (SELECT count(DISTINCT number) FROM cycles WHERE state = 'finished') AS cycles,"
        " (SELECT count(*) FROM samples) AS samples,"
        " (SELECT count(*) FROM verdicts v JOIN samples s ON s.id = v.sample_id"
        "  WHERE v.kind = 'pass' AND s.purpose <> 'honeypot') AS passing,"
        " (SELECT count(*) FROM verdicts WHERE oracle_class = 'B') AS class_b,"
        " (SELECT count(*) FROM verdicts WHERE tier = 'weak') AS weak,"
        " (SELECT count(*) FROM adapters) AS adapters, (SELECT count(*) FROM promotions) AS promotions,"
        " (SELECT count(*) FROM audits WHERE state = 'finished') AS audit_reads",
    )[0]
    decisions = rows(
        connection,
        "SELECT * FROM decisions QUALIFY row_number() OVER (PARTITION BY stage ORDER BY created DESC) = 1"
        " ORDER BY created",
    )
    return {
        **counts,
        "frozen": frozen(connection),
        "unfinished": unfinished(connection),
        "audit": last_audits(connection, champions, "audit"),
        "vault": last_audits(connection, champions, "vault"),
        "chain": last_chain(connection),
        "decision": decisions[-1] if decisions else None,
        "decisions": {row["stage"]: row for row in decisions},
        "attempts": ask_ledger.standing(connection),
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


def adapter_row(connection: duckdb.DuckDBPyConnection, sha256: str) -> dict[str, Any] | None:
    return one(connection, "SELECT * FROM adapters WHERE sha256 = ?", [sha256])


def match_adapters(connection: duckdb.DuckDBPyConnection, prefix: str) -> Rows:
    """Adapters whose sha256 begins with `prefix`: `sha256`, `stage`."""
    return rows(connection, "SELECT sha256, stage FROM adapters WHERE starts_with(sha256, ?) ORDER BY sha256", [prefix])


def newest_challenger(connection: duckdb.DuckDBPyConnection, stage: str, champion: str, base_sha256: str) -> str | None:
    """The stage's newest adapter of this base that was trained after its champion was; None when there is none."""
    found = one(
        connection,
        """
        SELECT sha256 FROM adapters WHERE stage = ? AND base_sha256 = ? AND sha256 <> ?
          AND created > coalesce((SELECT created FROM adapters WHERE sha256 = ?), '-infinity'::TIMESTAMPTZ)
        ORDER BY created DESC LIMIT 1
        """,
        [stage, base_sha256, champion, champion],
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
