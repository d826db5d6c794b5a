"""What follows when an oracle or a task was wrong: the rows, training sets, adapters, audits, decisions, promotions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.errors import UsageError
from loop.lineage import resting
from loop.lineage.resolve import LEAST, after
from loop.store.rows import Rows, rows

if TYPE_CHECKING:
    import duckdb

    from loop.lineage.service import Promotion

SHOWN = 10  # wrong rows that are named


@dataclass(frozen=True)
class Consequences:
    """As the verdicts are now. samples: `purpose`, `was`, `now`, `n`. datasets: `manifest`, `stage`, `rows` that rest
    on it, `wrong`, `ungraded`. wrong_rows: the first of them. adapters: `sha256`, `stage`, `versions`, `dataset`,
    `rows`, `wrong`, `serving`. audits, decisions: as `resting` has them. promotions: tags of what rests on its rows or
    on its audits. in_service: `stage`, `version`, `adapter`, `wrong_rows`.
    """

    samples: Rows
    datasets: Rows
    wrong_rows: Rows
    adapters: Rows
    audits: Rows
    decisions: Rows
    promotions: Rows
    in_service: Rows

    @property
    def rows(self) -> int:
        return sum(one["rows"] for one in self.datasets)

    @property
    def wrong(self) -> int:
        return sum(one["wrong"] for one in self.datasets)


def subject_of(connection: duckdb.DuckDBPyConnection, kind: str, text: str) -> str:
    """The one oracle or task whose name begins with `text`. Raises UsageError."""
    if len(text) < LEAST:
        raise UsageError(f"'{text}' is too short to name an {kind}" if kind == "oracle" else f"'{text}' is too short",
                         fix=f"give {LEAST} characters at least")  # fmt: skip
    places = {
        "oracle": ("SELECT oracle AS key FROM verdicts", "oracle"),
        "task": ("SELECT id AS key FROM tasks", "id"),
    }
    query, column = places[kind]
    found = connection.execute(
        f"SELECT DISTINCT key FROM ({query} WHERE {column} >= $text AND {column} < $end UNION ALL"
        " SELECT subject FROM taints WHERE kind = $kind AND subject >= $text AND subject < $end) ORDER BY key LIMIT 4",
        {"text": text, "end": after(text), "kind": kind},
    ).fetchall()
    keys = [key for (key,) in found]
    if text in keys or len(keys) == 1:
        return text if text in keys else str(keys[0])
    if keys:
        raise UsageError(f"{kind} '{text}' is ambiguous: {', '.join(keys[:3])}", fix="give more of it")
    looked = "`loop lineage SAMPLE` shows a sample's oracle and task" if kind == "oracle" else "see `loop tasks list`"
    raise UsageError(f"no {kind} '{text}' judged anything in this store", fix=looked)


def consequences(
    connection: duckdb.DuckDBPyConnection, promotions: Sequence[Promotion], kind: str, subject: str, *, taint: str,
    excluded: bool,
) -> Consequences:  # fmt: skip
    """Of one subject. The connection gets temporary tables and is otherwise only read."""
    resting.prepare(connection, kind, subject, taint=taint, excluded=excluded)
    sets = resting.datasets(connection)
    trained = _adapters(connection, promotions, sets)
    audits = resting.audits(connection)
    decisions = resting.decisions(connection, [row["id"] for row in audits])
    return Consequences(
        samples=resting.changes(connection),
        datasets=sets,
        wrong_rows=resting.wrong_rows(connection, SHOWN),
        adapters=trained,
        audits=audits,
        decisions=decisions,
        promotions=_promotions(promotions, {row["sha256"] for row in trained}, {row["id"] for row in audits}),
        in_service=[
            {"stage": row["stage"], "version": row["serving"], "adapter": row["sha256"], "wrong_rows": row["wrong"]}
            for row in trained if row["serving"] and row["wrong"]
        ],
    )  # fmt: skip


def _adapters(connection: duckdb.DuckDBPyConnection, promotions: Sequence[Promotion], sets: Rows) -> Rows:
    """What was trained on these sets, of the store and of the registry, each with what of its rows is wrong."""
    by_manifest = {row["manifest"]: row for row in sets}
    stored = rows(
        connection,
        "SELECT sha256, stage, dataset FROM adapters WHERE dataset IN (SELECT unnest(?)) ORDER BY created, sha256",
        [list(by_manifest)],
    )
    known = {row["sha256"] for row in stored}
    registered = {
        p.adapter: {"sha256": p.adapter, "stage": p.stage, "dataset": p.dataset}
        for p in promotions if p.dataset in by_manifest and p.adapter not in known
    }  # fmt: skip
    out = []
    for row in (*stored, *registered.values()):
        mine = [p for p in promotions if p.adapter == row["sha256"]]
        of = by_manifest[row["dataset"]]
        out.append({
            **row, "versions": sorted({p.version for p in mine}), "rows": of["rows"], "n_rows": of["n_rows"],
            "wrong": of["wrong"], "ungraded": of["ungraded"],
            "serving": next((p.version for p in mine if p.serving), ""),
        })  # fmt: skip
    return out


def _promotions(promotions: Sequence[Promotion], adapters: set[str], audits: set[str]) -> Rows:
    return [
        {"commit": p.commit, "tag": p.tag, "adapter": p.adapter, "serving": p.serving,
         "by_rows": p.adapter in adapters, "by_audits": bool(set(p.audits) & audits),
         "promoted_by": p.promoted_by}
        for p in promotions
        if p.action == "promote" and (p.adapter in adapters or set(p.audits) & audits)
    ]  # fmt: skip
