"""Prompts: practised questions to be asked again in training, with all that reading and judging an answer needs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

from evaluators.projects.ground_truth import from_json as truth_from_json
from evaluators.spec_json import spec_from_json
from loop.dataset.policy import Policy
from loop.dataset.shares import Row, fair
from loop.inference.chat import TURN_END, TURN_START, render_prompt
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.stage_names import StageName
from loop.store.rows import rows
from loop.tasks.task import Task
from loop.training.examples import Asked

if TYPE_CHECKING:
    import duckdb

_ASKED = """
WITH newest AS (
    SELECT p.question, min(s.id) AS id FROM pool p JOIN pool_questions q ON q.question = p.question AND p.age = q.latest
    JOIN samples s ON s.rowid = p.place WHERE p.own GROUP BY p.question)
SELECT q.*, s.id, s.stage, s.question AS kind, s.item, s.label, s.positive, s.dropped, p.text AS rendered,
       t.pack, t.split, t.composition, t.prompt, t.spec, t.type, t.truth
FROM newest n JOIN pool_questions q USING (question) JOIN samples s ON s.id = n.id JOIN tasks t ON t.id = q.task_id
LEFT JOIN prompts p ON p.sha256 = s.prompt_sha256
WHERE NOT q.held ORDER BY q.task_id, q.call_id
"""
_HELD = """
SELECT count(*) FILTER (NOT tainted), count(*) FILTER (tainted) FROM pool_questions WHERE held AND latest IS NOT NULL
"""
_UNBOUNDED = Room(1 << 40, len)  # calls are rebuilt for their options, which do not depend on what fits into a prompt


def asked(connection: duckdb.DuckDBPyConnection, policy: Policy) -> tuple[list[tuple[Asked, Any]], Counter[str]]:
    """The prompts of the pool, each with its question's facts, and reason -> questions of the others.

    The learning zone comes first, then the mastered ones as far as replay allows, then what was never solved.
    """
    found = rows(connection, _ASKED)
    zone = [row for row in found if row["solved"] and not row["mastered"]]
    known = [row for row in found if row["mastered"]]
    ordered = [*zone, *known, *(row for row in found if not row["solved"] and not row["mastered"])]
    held, tainted = connection.execute(_HELD).fetchall()[0]
    out: Counter[str] = Counter(held_out_task=held, tainted_task=tainted)
    made = [(row, asking) for row in _capped(ordered, policy, out) if (asking := _row(row)) is not None]
    out["stale_question"] += len(ordered) - out["over_family_cap"] - out["over_cycle_cap"] - len(made)
    as_rows = [Row(r["id"], r["task_id"], r["mastered"], True, r["label"], r["kind"]) for r, _ in made]
    left, more = fair(as_rows, policy)
    stay = {row.id for row in left}
    return [(asking, row) for row, asking in made if row["id"] in stay], out + more


def _capped(found: Sequence[dict[str, Any]], policy: Policy, out: Counter[str]) -> Iterator[dict[str, Any]]:
    families: Counter[str] = Counter()
    cycles: Counter[int] = Counter()
    for row in found:
        if policy.per_family and families[row["family"]] >= policy.per_family:
            out["over_family_cap"] += 1
        elif policy.per_cycle and cycles[row["latest"]] >= policy.per_cycle:
            out["over_cycle_cap"] += 1
        else:
            families[row["family"]] += 1
            cycles[row["latest"]] += 1
            yield row


def _row(row: Mapping[str, Any]) -> Asked | None:
    """None: a question that the stage does not ask any more, whose answers nobody could read."""
    # stores older than the table of prompts asked functions alone, in their own words
    rendered = row["rendered"] or render_prompt(row["prompt"])
    call = call_of(row, rendered)
    if call is None:
        return None
    spec = json.loads(row["spec"]) if call.stage == "implementation" else None
    return Asked(rendered, json.loads(json.dumps(asdict(call))), spec, row["id"], row["task_id"])


def call_of(row: Mapping[str, Any], rendered: str) -> Call | None:
    """The call that a stored sample answers; None when the stage asks nothing of the kind about this item any more.

    What the store does not keep of it - the options, the careful one - is what the stage asks.
    """
    stage = cast("StageName", row["stage"])
    said = rendered.split(f"{TURN_START}user\n", 1)[1].split(TURN_END, 1)[0]
    stored = Call(
        row["task_id"], stage, row["item"], said, kind=row["kind"], label=row["label"], positive=row["positive"],
        dropped=tuple(row["dropped"] or ()),
    )  # fmt: skip
    if stage == "implementation":
        return stored
    task = _task(row)
    known, asking = reference_findings(task), stage_of(stage)
    for turn in range(asking.rounds):
        for call in asking.calls(task, known, turn, _UNBOUNDED):
            if (call.kind, call.item) == (stored.kind, stored.item):
                return replace(stored, options=call.options, careful=call.careful)
    return None


def _task(row: Mapping[str, Any]) -> Task:
    """The task as it was practised, whatever pack is in use now."""
    return Task(
        row["pack"], row["family"], row["split"], tuple(row["composition"]), row["prompt"],
        spec_from_json(json.loads(row["spec"])), row["type"], truth_from_json(json.loads(row["truth"])),
    )  # fmt: skip
