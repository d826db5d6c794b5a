"""What is written. Rows are dicts named like their table's columns; they go in through Arrow, a batch at a time.

Inserts are idempotent: rows are identified by content, so one that is already there is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import duckdb

    from loop.tasks.task import Task

Row = Mapping[str, Any]
OnConflict = Literal["ignore", "replace", "append"]

_VERBS: dict[OnConflict, str] = {"ignore": "INSERT OR IGNORE", "replace": "INSERT OR REPLACE", "append": "INSERT"}


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row], on_conflict: OnConflict = "ignore"
) -> None:
    """Inserts rows: columns by name, missing ones take their default.

    on_conflict: what becomes of a row whose key is there already; "append" is for tables without a key.
    """
    if not rows:
        return
    import pyarrow

    batch = pyarrow.Table.from_pylist([dict(row) for row in rows])
    columns = ", ".join(batch.column_names)
    connection.register("incoming", batch)
    connection.execute(f"{_VERBS[on_conflict]} INTO {table} ({columns}) SELECT {columns} FROM incoming")
    connection.unregister("incoming")


def insert_tasks(connection: duckdb.DuckDBPyConnection, tasks: Iterable[Task]) -> None:
    """The tasks that samples refer to, once each."""
    from evaluators.projects import ground_truth
    from evaluators.spec_json import spec_to_json

    wanted = {task.id: task for task in tasks}
    known = {row[0] for row in connection.execute("SELECT id FROM tasks").fetchall()}
    rows = [
        {
            "id": key,
            "pack": task.pack,
            "family": task.family,
            "split": task.split,
            "type": task.type,
            "composition": list(task.composition),
            "prompt": task.prompt,
            "spec": json.dumps(spec_to_json(task.spec), sort_keys=True),
            "truth": None if task.truth is None else json.dumps(ground_truth.to_json(task.truth), sort_keys=True),
        }
        for key, task in wanted.items()
        if key not in known
    ]
    insert(connection, "tasks", rows)


def insert_graded(connection: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Samples with verdicts: each row is {"sample": {...}, "verdict": {...}, "prompt": rendered text}. A later verdict
    replaces the earlier.

    A honeypot that was passed freezes harvesting in the same transaction. Rows of a journal that an older version wrote
    are of class A, as all oracles were.
    """
    newest = {row["sample"]["id"]: row for row in rows}
    insert(connection, "samples", [row["sample"] for row in newest.values()])
    prompts = {row["sample"]["prompt_sha256"]: row["prompt"] for row in newest.values() if row.get("prompt")}
    insert(connection, "prompts", [{"sha256": sha256, "text": text} for sha256, text in prompts.items()])
    verdicts = [{"oracle_class": "A", **row["verdict"]} for row in newest.values()]
    insert(connection, "verdicts", verdicts, "replace")
    insert(connection, "freezes", [_freeze(row["sample"]) for row in newest.values() if _proves_a_hack(row)])


def _proves_a_hack(row: Mapping[str, Any]) -> bool:
    return bool(row["sample"]["purpose"] == "honeypot" and row["verdict"]["kind"] == "pass")


def _freeze(sample: Row) -> Row:
    adapter = str(sample["adapter"])
    who = "the base" if adapter == "base" else f"adapter {adapter[:12]}"
    return {
        "id": sample["id"][:16],
        "reason": f"{who} passed honeypot {sample['task_id']}, which nobody passes who answers what was asked",
        "audit_id": sample["audit_id"],
        "sample_id": sample["id"],
    }


def lift_freezes(connection: duckdb.DuckDBPyConnection, reason: str) -> None:
    """Lifts whatever is frozen; `reason` stays beside it for ever."""
    connection.execute("UPDATE freezes SET lifted = now(), lifted_by_reason = ? WHERE lifted IS NULL", [reason])


def update(connection: duckdb.DuckDBPyConnection, table: str, key: str, **values: Any) -> None:
    """Sets columns of the row whose `id` is `key`; `finished=True` stands for the present moment."""
    now = {name for name, value in values.items() if name == "finished" and value is True}
    settings = ", ".join(f"{name} = now()" if name in now else f"{name} = ?" for name in values)
    arguments = [value for name, value in values.items() if name not in now]
    connection.execute(f"UPDATE {table} SET {settings} WHERE id = ?", [*arguments, key])


def add_times(connection: duckdb.DuckDBPyConnection, cycle_id: str, step: str, seconds: Mapping[str, float]) -> None:
    """Wall seconds of one run of a step, by kind (sampling, grading, training, other)."""
    rows = [{"cycle_id": cycle_id, "step": step, "kind": kind, "seconds": value} for kind, value in seconds.items()]
    insert(connection, "step_times", rows, "append")


def plain_json(value: Any) -> str:
    """JSON of dataclasses, paths and enums; keys sorted, so that equal values have equal text."""
    import dataclasses

    def plain(item: Any) -> Any:
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return {f.name: getattr(item, f.name) for f in dataclasses.fields(item)}
        if isinstance(item, (set, frozenset)):
            return sorted(item)
        return str(item)

    return json.dumps(value, default=plain, sort_keys=True)
