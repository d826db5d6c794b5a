"""Grading again what was recalled: each sample with the task as the pack has it now, under its own hidden cases.

The reading of an answer stays what it is. It goes through the stream that grades everything else, so every verdict is
journalled before it is stored; a sample that waits is one whose verdict is `infra`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from evaluators.projects.ground_truth import from_json as truth_from_json
from evaluators.projects.ground_truth import to_json as truth_to_json
from evaluators.spec_json import spec_from_json, spec_to_json
from loop.cycle.answers import Answer
from loop.cycle.grading import oracle_seed
from loop.cycle.records import Cycle
from loop.cycle.stream import Stream, Writer
from loop.cycle.wanted import Purpose, Wanted
from loop.inference.chat import TURN_END, TURN_START
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.stage_names import STAGES
from loop.store import ask
from loop.tasks.task import Task

if TYPE_CHECKING:
    import duckdb

    from loop.cycle.context import Context
    from loop.stage_names import StageName

PAGE = 5000  # samples held at a time
_WAITING = f"""
SELECT s.id, s.stage, s.task_id, s.question, s.item, s.label, s.positive, s.dropped, s.cycle_id, s.audit_id, s.idx,
       s.temperature, s.seed, a.oracle_seed, c.seed AS cycle_seed, c.number, c.champion, c.settings_sha256,
       CASE WHEN s.stage <> 'implementation' THEN p.text END AS rendered
FROM (SELECT r.sample_id FROM verdicts_recalled r JOIN verdicts v ON v.sample_id = r.sample_id
      WHERE r.taint = $taint AND v.kind = 'infra' AND r.sample_id > $after ORDER BY r.sample_id LIMIT {PAGE}) w
JOIN samples s ON s.id = w.sample_id
LEFT JOIN audits a ON a.id = s.audit_id LEFT JOIN cycles c ON c.id = s.cycle_id
LEFT JOIN prompts p ON p.sha256 = s.prompt_sha256 ORDER BY s.id
"""
_UNBOUNDED = Room(1 << 40, len)  # what is right does not depend on what fits into a prompt

Group = tuple["StageName", int]
"""A stage, and the seed that its hidden cases were drawn with."""


def regrade(ctx: Context, taint: str) -> None:
    """Grades every sample of the taint that waits. Call it under `hold(home)`. Raises ToolError, StoreError."""
    after, tasks = "", _Tasks(ctx)
    while True:
        with ctx.store.read() as connection:
            page = ask.rows(connection, _WAITING, {"taint": taint, "after": after})
        if not page:
            return
        after = page[-1]["id"]
        groups: dict[Group, dict[str, Wanted]] = defaultdict(dict)
        for row in page:
            groups[row["stage"], _seed(ctx, row)][row["id"]] = _wanted(row, tasks.find(row["task_id"]))
        for (stage, seed), wanted in sorted(groups.items()):
            stream = Stream(ctx, stage, wanted, {}, Purpose("practice", taint, None), Writer("", _nobody), seed)
            ctx.reporter.start(f"{stage}: grading again", len(wanted))
            try:
                stream.regrade(list(wanted), fresh=False)
            finally:
                stream.flush()
            ctx.reporter.done(stream.tally())


def mended(ctx: Context, connection: duckdb.DuckDBPyConnection, task_id: str) -> dict[str, Any] | None:
    """The stored task's `spec` and `truth` where the pack has the same task with others, whose verdicts are to count
    from now on: training rewards by what the store has, too. They, and the labels of its judgments, are replaced. None:
    they are the same, or the pack does not have it."""
    now = ctx.tasks.get(task_id)
    stored = ask.one(connection, "SELECT spec, truth FROM tasks WHERE id = ?", [task_id])
    if now is None or stored is None:
        return None
    was = {name: ask.stored_json(value) for name, value in stored.items()}
    fresh = {
        "spec": json.loads(json.dumps(spec_to_json(now.spec))),
        "truth": None if now.truth is None else json.loads(json.dumps(truth_to_json(now.truth))),
    }
    if was == fresh:
        return None
    connection.execute(
        "UPDATE tasks SET spec = ?, truth = ? WHERE id = ?",
        [json.dumps(fresh["spec"], sort_keys=True),
         None if fresh["truth"] is None else json.dumps(fresh["truth"], sort_keys=True), task_id],
    )  # fmt: skip
    if was["truth"] != fresh["truth"]:
        _relabel(connection, now)
    return was


def _relabel(connection: duckdb.DuckDBPyConnection, task: Task) -> None:
    """Gives the judgments about a task the labels that are right now; none to what is not asked any more."""
    right = labels(task)
    asked = connection.execute(
        "SELECT DISTINCT stage, question, item, label FROM samples WHERE task_id = ? AND stage <> 'implementation'",
        [task.id],
    ).fetchall()
    for stage, question, item, label in asked:
        if right.get((stage, question, item)) != label:
            connection.execute(
                "UPDATE samples SET label = ? WHERE task_id = ? AND stage = ? AND question = ? AND item = ?",
                [right.get((stage, question, item)), task.id, stage, question, item],
            )


def labels(task: Task) -> dict[tuple[str, str, str], str | None]:
    """(stage, question, item) -> the right answer, of all that the judging stages ask about the task."""
    if task.truth is None:
        return {}
    known = reference_findings(task)
    out: dict[tuple[str, str, str], str | None] = {}
    for name in STAGES:
        asking = stage_of(name)
        for turn in range(asking.rounds if name != "implementation" else 0):
            for call in asking.calls(task, known, turn, _UNBOUNDED):
                out[name, call.kind, call.item] = call.label
    return out


class _Tasks:
    """Tasks as they are now: of the pack, or, where it does not have them, of the store."""

    def __init__(self, ctx: Context) -> None:
        self.ctx, self._stored = ctx, dict[str, Task]()

    def find(self, task_id: str) -> Task:
        if task_id in self.ctx.tasks:
            return self.ctx.tasks[task_id]
        if task_id not in self._stored:
            with self.ctx.store.read() as connection:
                row = ask.rows(connection, "SELECT * FROM tasks WHERE id = ?", [task_id])[0]
            truth = truth_from_json(json.loads(row["truth"])) if row["truth"] else None
            spec = spec_from_json(json.loads(row["spec"]))
            composition = tuple(row["composition"])
            self._stored[task_id] = Task(
                row["pack"], row["family"], row["split"], composition, row["prompt"], spec, row["type"], truth
            )
        return self._stored[task_id]


def _seed(ctx: Context, row: Mapping[str, Any]) -> int:
    """Of the hidden cases that the sample was graded with."""
    if row["oracle_seed"] is not None:
        return int(row["oracle_seed"])
    if row["number"] is None:  # brought in: of no cycle
        return oracle_seed(ctx.settings.run.seed, None)
    cycle = Cycle(
        row["cycle_id"], row["number"], row["stage"], row["cycle_seed"], row["settings_sha256"], row["champion"]
    )
    return oracle_seed(cycle.seed, cycle)


def _wanted(row: Mapping[str, Any], task: Task) -> Wanted:
    said = row["rendered"] or ""  # an implementation is judged without its question's words
    if TURN_START in said:
        said = said.split(f"{TURN_START}user\n", 1)[1].split(TURN_END, 1)[0]
    call = Call(
        task.id, row["stage"], row["item"], said, kind=row["question"], label=row["label"], positive=row["positive"],
        dropped=tuple(row["dropped"] or ()),
    )  # fmt: skip
    return Wanted(task, call, row["idx"], row["temperature"], row["seed"])


def _nobody(missing: Mapping[str, Wanted]) -> Generator[Answer, None, None]:
    """Nothing is asked of anybody."""
    yield from ()
