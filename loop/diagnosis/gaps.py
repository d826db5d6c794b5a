"""The generalisation gap over time: each adapter's audit beside its vault.

The audit chooses what is promoted, so in time it is overfitted to; the vault chooses nothing. What the audit shows and
the vault does not is that overfitting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from loop.diagnosis.facts import Gap
from loop.diagnosis.measure import Questions, apart, measured
from loop.store.rows import Rows, rows

if TYPE_CHECKING:
    import duckdb

_PAIRS = """
    WITH newest AS (
        SELECT id, adapter, split, pack_sha256, base_sha256, finished FROM audits
        WHERE stage = ? AND state = 'finished' AND split IN ('audit', 'vault')
        QUALIFY row_number() OVER (PARTITION BY adapter, split, pack_sha256, base_sha256 ORDER BY finished DESC) = 1)
    SELECT a.adapter, a.id AS audit_id, v.id AS vault_id, v.finished AS measured,
           coalesce((SELECT arg_min(p.version, p.position) FROM promotions p
                     WHERE p.adapter = a.adapter AND p.stage = ? AND p.action = 'promote'), '') AS version
    FROM newest a JOIN newest v
      ON a.adapter = v.adapter AND a.pack_sha256 = v.pack_sha256 AND a.base_sha256 = v.base_sha256
    WHERE a.split = 'audit' AND v.split = 'vault' ORDER BY v.finished, a.adapter
"""


def pairs(connection: duckdb.DuckDBPyConnection, stage: str) -> Rows:
    """The newest audit and vault audit of each adapter that has both under one pack, oldest vault first."""
    return rows(connection, _PAIRS, [stage, stage])


def gaps(found: Rows, questions: Mapping[str, Questions]) -> tuple[Gap, ...]:
    """One row for each of `pairs`. questions: audit id -> what it asked.

    The two ask different tasks, so the variance of the gap is the sum of theirs, each clustered by family.
    """
    out = []
    for row in found:
        sides = [measured(row[key], row["adapter"], questions.get(row[key], ())) for key in ("audit_id", "vault_id")]
        if sides[0] is None or sides[1] is None:
            continue  # not one of its answers was graded: there is nothing to compare
        lag = apart(sides[0], sides[1])
        out.append(
            Gap(
                adapter=row["adapter"],
                version=row["version"],
                audit_id=row["audit_id"],
                vault_id=row["vault_id"],
                audit=sides[0].pass_at_1,
                vault=sides[1].pass_at_1,
                gap=lag.value,
                se=lag.se,
                measured=row["measured"].isoformat(timespec="seconds"),
            )
        )
    return tuple(out)
