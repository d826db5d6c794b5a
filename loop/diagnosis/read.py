"""The facts of a diagnosis, from rows of the store alone. Nothing is judged here."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loop.diagnosis.facts import Decided, Facts, LastCycle, Outage, Rise
from loop.diagnosis.gaps import gaps, pairs
from loop.diagnosis.measure import Questions, apart, measured, paired
from loop.stage_names import STAGES, StageName
from loop.store.rows import Rows, one, rows

if TYPE_CHECKING:
    import duckdb

HISTORY = 6
"""Cycles that are looked back on."""


@dataclass(frozen=True)
class _Point:
    """A cycle's practice, and an audit of the adapter that practised."""

    number: int
    adapter: str
    practice: Questions
    audit: Questions


def stages_with_facts(connection: duckdb.DuckDBPyConnection) -> tuple[StageName, ...]:
    """The stages that were ever practised or audited."""
    known = connection.execute("SELECT stage FROM cycles UNION SELECT stage FROM audits").fetchall()
    return tuple(stage for stage in STAGES if (stage,) in known)


def read(connection: duckdb.DuckDBPyConnection, stage: StageName) -> Facts:
    """All that is known of one stage."""
    adapter, decisions, cycles = serving(connection, stage), _decisions(connection, stage), _ended(connection, stage)
    pack = decisions[0]["pack_sha256"] if decisions else None
    newest = {row["id"]: _newest_audit(connection, stage, row["champion"], pack, row["id"]) for row in cycles}
    audit_id, both = _newest_audit(connection, stage, adapter, pack), pairs(connection, stage)
    practised = questions(connection, "practice", [*newest, *(row["cycle_id"] for row in decisions)])
    ids = [audit_id, *newest.values(), *(row[key] for row in both for key in ("audit_id", "vault_id"))]
    audited = questions(connection, "audit", [one_id for one_id in ids if one_id])
    points = [
        _Point(row["number"], row["champion"], practised[row["id"]], audited.get(newest[row["id"]] or "", ()))
        for row in cycles
        if row["id"] in practised
    ]
    last = points[0] if points else None
    practice = measured(cycles[0]["id"], last.adapter, last.practice) if last else None
    beside = measured("", last.adapter, last.audit) if last else None
    return Facts(
        stage=stage,
        adapter=adapter,
        last=_last(cycles[0]) if cycles else None,
        decided=tuple(_decided(row, practised.get(row["cycle_id"], ())) for row in decisions),
        practice=practice,
        audit=measured(audit_id, adapter, audited.get(audit_id, ())) if audit_id else None,
        practice_gap=apart(practice, beside) if practice is not None and beside is not None else None,
        rise=_rise(points),
        gaps=gaps(both, audited),
        outage=_outage(connection, stage),
    )


def serving(connection: duckdb.DuckDBPyConnection, stage: str) -> str:
    """The adapter in service by the store's picture of the registry: its sha256, or "base"."""
    found = one(connection, "SELECT adapter FROM promotions WHERE stage = ? ORDER BY position DESC LIMIT 1", [stage])
    return str(found["adapter"]) if found else "base"


def questions(connection: duckdb.DuckDBPyConnection, purpose: str, ids: Iterable[str]) -> Mapping[str, Rows]:
    """What each of these cycles practised, or each of these audits asked: one row a question; see `Questions`."""
    column = "cycle_id" if purpose == "practice" else "audit_id"
    found = rows(
        connection,
        f"""
        SELECT {column} AS of, task_id || ':' || question || ':' || item AS unit, any_value(family) AS family,
               count(*) FILTER (idx >= 0 AND kind <> 'infra') AS samples,
               count(*) FILTER (idx >= 0 AND kind = 'pass') AS passes,
               count(*) AS answers, count(*) FILTER (kind = 'infra') AS ungraded
        FROM v_samples WHERE {column} IN (SELECT unnest(?)) AND purpose = ? AND source = 'own'
        GROUP BY ALL ORDER BY of, unit
        """,
        [sorted(set(ids)), purpose],
    )
    out: dict[str, Rows] = defaultdict(list)
    for row in found:
        out[row["of"]].append(row)
    return dict(out)


def _decisions(connection: duckdb.DuckDBPyConnection, stage: str) -> Rows:
    """The newest decision of each cycle, newest first, as long as pack and base are those of the newest."""
    found = rows(
        connection,
        """
        SELECT d.cycle_id, c.number, d.outcome, d.delta, d.ci_high, d.minimum_detectable_effect AS mde,
               (d.policy->>'eta')::DOUBLE AS eta, (d.details->>'holes')::INTEGER AS holes, a.n_tasks, a.pack_sha256,
               a.base_sha256
        FROM decisions d JOIN cycles c ON c.id = d.cycle_id JOIN audits a ON a.id = d.challenger_audit
        WHERE d.stage = ? QUALIFY row_number() OVER (PARTITION BY d.cycle_id ORDER BY d.created DESC) = 1
        ORDER BY c.number DESC, d.created DESC LIMIT ?
        """,
        [stage, HISTORY],
    )
    kind = [(row["pack_sha256"], row["base_sha256"]) for row in found[:1]]
    return list(itertools.takewhile(lambda row: (row["pack_sha256"], row["base_sha256"]) in kind, found))


def _decided(row: dict[str, Any], practised: Questions) -> Decided:
    answers = sum(question["answers"] for question in practised)
    return Decided(
        cycle=row["number"],
        outcome=row["outcome"],
        delta=row["delta"],
        ci_high=row["ci_high"],
        minimum_detectable_effect=row["mde"],
        eta=row["eta"],
        questions=row["n_tasks"],
        holes=row["holes"] or 0,
        ungraded_share=sum(question["ungraded"] for question in practised) / answers if answers else 0.0,
    )


def _ended(connection: duckdb.DuckDBPyConnection, stage: str) -> Rows:
    """Cycles that finished or failed, newest first, with the size of their training set and what was wanted."""
    return rows(
        connection,
        """
        SELECT c.id, c.number, c.state, c.reason, c.champion, s.n_tasks,
               (SELECT any_value((r.settings->'train'->>'min_tasks')::INTEGER) FROM runs r
                WHERE r.settings_sha256 = c.settings_sha256) AS min_tasks
        FROM cycles c LEFT JOIN datasets s ON s.manifest = c.dataset
        WHERE c.stage = ? AND c.state IN ('finished', 'failed')
        ORDER BY c.number DESC, c.started DESC LIMIT ?
        """,
        [stage, HISTORY],
    )


def _last(row: dict[str, Any]) -> LastCycle:
    return LastCycle(row["number"], row["state"], row["reason"], row["n_tasks"], row["min_tasks"])


def _newest_audit(
    connection: duckdb.DuckDBPyConnection, stage: str, adapter: str, pack: str | None, cycle_id: str = ""
) -> str | None:
    """The newest finished audit of an adapter on the audit split of a pack (None: any); `cycle_id`'s own if it has."""
    found = one(
        connection,
        "SELECT id FROM audits WHERE stage = ? AND adapter = ? AND split = 'audit' AND state = 'finished'"
        " AND pack_sha256 = coalesce(?, pack_sha256)"
        " ORDER BY coalesce(cycle_id = ?, false) DESC, finished DESC LIMIT 1",
        [stage, adapter, pack, cycle_id],
    )
    return str(found["id"]) if found else None


def _rise(points: Sequence[_Point]) -> Rise | None:
    """Practice asks other tasks in each cycle, the audit the same: the one is apart, the other paired."""
    whole = [point for point in points if point.audit]
    if len(whole) < 2:
        return None
    new, old = whole[0], whole[-1]
    after, before = (measured("", point.adapter, point.practice) for point in (new, old))
    audited = paired(old.audit, new.audit)
    if after is None or before is None or audited is None:
        return None
    return Rise(old.number, new.number, apart(after, before), audited)


def _outage(connection: duckdb.DuckDBPyConnection, stage: str) -> Outage | None:
    """The newest audit of the stage, if it was given up with answers that were not graded."""
    found = one(connection, "SELECT id, state FROM audits WHERE stage = ? ORDER BY started DESC LIMIT 1", [stage])
    if found is None or found["state"] != "running":
        return None
    counted = rows(
        connection,
        "SELECT count(*) AS answers, count(*) FILTER (kind = 'infra') AS ungraded FROM v_samples WHERE audit_id = ?",
        [found["id"]],
    )[0]
    return Outage(found["id"], counted["ungraded"], counted["answers"]) if counted["ungraded"] else None
