"""What is written. Rows are dicts named like their table's columns; they go in through Arrow, a batch at a time.

Inserts are idempotent: rows are identified by content, so one that is already there is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import duckdb
    import pyarrow

    from loop.tasks.task import Task

Row = Mapping[str, Any]
OnConflict = Literal["ignore", "replace", "append"]

_VERBS: dict[OnConflict, str] = {"ignore": "INSERT OR IGNORE", "replace": "INSERT OR REPLACE", "append": "INSERT"}
IDENTITY = {"samples": "id", "verdicts": "sample_id", "prompts": "sha256", "sketches": "code_sha256"}
"""The tables without a key (`loop.store.schema`), and what their rows are known by."""


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row], on_conflict: OnConflict = "ignore"
) -> None:
    """Inserts rows: columns by name, those of the first row; missing ones take their default.

    on_conflict: what becomes of a row whose key is there already; "append" looks for none.
    """
    if rows:
        insert_table(connection, table, columns(rows), on_conflict)


def columns(rows: Sequence[Row]) -> pyarrow.Table:
    """Rows as an Arrow table of the first row's columns: a column at a time, five times as fast as a row at a time."""
    import pyarrow

    def column(name: str) -> list[Any]:
        try:
            return list(map(itemgetter(name), rows))
        except KeyError:  # not every row has it
            return [row.get(name) for row in rows]

    return pyarrow.table({name: column(name) for name in rows[0]})


def insert_table(
    connection: duckdb.DuckDBPyConnection, table: str, batch: pyarrow.Table, on_conflict: OnConflict = "ignore"
) -> None:
    """Inserts an Arrow table; see `insert`. In tables without a key, rows that are there are found by their identity,
    which `batch` has once each."""
    names = ", ".join(batch.column_names)
    connection.register("incoming", batch)
    key = IDENTITY.get(table)
    if key is None or on_conflict == "append":
        connection.execute(f"{_VERBS[on_conflict]} INTO {table} ({names}) SELECT {names} FROM incoming")
    elif on_conflict == "replace":
        connection.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM incoming)")
        connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
    else:
        connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming"
            f" WHERE {key} NOT IN (SELECT {key} FROM {table} WHERE {key} IN (SELECT {key} FROM incoming))"
        )
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
    if not newest:
        return
    prompts = {row["sample"]["prompt_sha256"]: row["prompt"] for row in newest.values() if row.get("prompt")}
    insert_graded_tables(
        connection,
        columns([row["sample"] for row in newest.values()]),
        columns([_with_class(row["verdict"]) for row in newest.values()]),
        prompts,
    )
    insert(connection, "freezes", [_freeze(row["sample"]) for row in newest.values() if _proves_a_hack(row)])


def _with_class(verdict: Row) -> Row:
    return verdict if "oracle_class" in verdict else {**verdict, "oracle_class": "A"}


def insert_graded_tables(
    connection: duckdb.DuckDBPyConnection, samples: pyarrow.Table, verdicts: pyarrow.Table, prompts: Mapping[str, str]
) -> None:
    """Samples and their verdicts, row by row of one another, ids once each, as Arrow tables; prompts: sha256 -> text.

    Only what is not there yet costs no search of the whole store: the id of a sample of one's own follows from its
    cycle or audit, whose rows alone are looked at, and verdicts are looked for only where the sample is known.
    """
    import pyarrow.compute

    known = _known(connection, samples)
    if known:
        fresh = pyarrow.array([key not in known for key in samples["id"].to_pylist()])
        again = pyarrow.compute.invert(fresh)
        insert_table(connection, "verdicts", verdicts.filter(again), "replace")
        samples, verdicts = samples.filter(fresh), verdicts.filter(fresh)
    insert_table(connection, "samples", samples, "append")
    insert_table(connection, "verdicts", verdicts, "append")
    insert(connection, "prompts", [{"sha256": sha256, "text": text} for sha256, text in prompts.items()])


def _known(connection: duckdb.DuckDBPyConnection, samples: pyarrow.Table) -> set[str]:
    """Which of these samples are in the store."""
    connection.register("incoming", samples.select(["id"]))
    found: set[str] = set()
    for where in _places(samples):
        rows = connection.execute(f"SELECT id FROM samples WHERE id IN (SELECT id FROM incoming){where}").fetchall()
        found.update(key for (key,) in rows)
    connection.unregister("incoming")
    return found


def _places(samples: pyarrow.Table) -> list[str]:
    """Where these samples are if they are anywhere, as conditions of one column each: by its extremes DuckDB passes
    over the blocks that cannot have it."""
    import pyarrow.compute

    names = set(samples.column_names)
    imported = "source" in names and set(samples["source"].to_pylist()) - {"own", None}
    if imported or not {"cycle_id", "audit_id"} <= names:
        return [""]
    practised = pyarrow.compute.is_null(samples["audit_id"])
    cycles = samples.filter(practised)["cycle_id"].unique().to_pylist()
    audits = samples["audit_id"].drop_null().unique().to_pylist()
    if None in cycles:
        return [""]
    scopes = (("cycle_id", cycles), ("audit_id", audits))
    return [f" AND {name} IN ({', '.join(map(_quoted, keys))})" for name, keys in scopes if keys]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
