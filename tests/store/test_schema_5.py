"""Schema 5: what an older store holds is kept, and rows go in once although their tables have no keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from loop.store import schema
from loop.store.db import Store
from loop.store.write import insert, insert_graded
from tests.support.graded_answers import answer, fail, function

TASK = function(1)
LATER = ("source", "source_name")  # columns that schema 4 did not have


def older(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in LATER}


@pytest.fixture
def old(tmp_path: Path) -> Store:
    """A store of schema 4 with two answers and a dataset of one of them."""
    connection = duckdb.connect(str(tmp_path / "loop.duckdb"))
    connection.execute(
        "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied TIMESTAMPTZ DEFAULT now())"
    )
    for version, text in enumerate(schema.MIGRATIONS[:4], start=1):
        connection.execute(text)
        connection.execute("INSERT INTO schema_migrations (version) VALUES (?)", [version])
    for row in (answer("a", TASK), fail("b", TASK)):
        for table, values in (("samples", older(row["sample"])), ("verdicts", row["verdict"])):
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
    connection.execute("INSERT INTO prompts VALUES ('p', 'asked')")
    insert(connection, "datasets", [
        {"manifest": "m", "base_sha256": "b", "n_rows": 1, "n_tasks": 1, "candidates": 2, "counters": "{}",
         "source_cycles": ["c0001"]},
    ])  # fmt: skip
    insert(connection, "dataset_rows", [{"manifest": "m", "position": 0, "sample_id": "a"}])
    connection.close()
    return Store(tmp_path / "loop.duckdb")


def test_answers_of_schema_4_are_kept_and_are_the_loops_own(old: Store) -> None:
    with old.read() as connection:
        found = connection.execute(
            "SELECT id, kind, source, label, created IS NOT NULL, dropped FROM samples s JOIN verdicts v"
            " ON v.sample_id = s.id ORDER BY id"
        ).fetchall()
        assert connection.execute("SELECT * FROM prompts").fetchall() == [("p", "asked")]
    assert found == [("a", "pass", "own", None, True, []), ("b", "wrong_answer", "own", None, True, [])]


def test_datasets_of_schema_4_are_examples_for_sft(old: Store) -> None:
    with old.read() as connection:
        assert connection.execute("SELECT method, policy FROM datasets").fetchall() == [("sft", None)]
        assert connection.execute("SELECT role FROM dataset_rows").fetchall() == [("example",)]


def test_new_answers_go_into_an_upgraded_store_with_their_defaults(old: Store) -> None:
    with old.write() as connection:
        insert_graded(connection, [answer("c", TASK)])
        found = connection.execute("SELECT source, seconds, created IS NOT NULL FROM samples WHERE id = 'c'").fetchall()
    assert found == [("own", 0.0, True)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "loop.duckdb")


def kinds(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        return connection.execute(
            "SELECT s.id, v.kind FROM samples s JOIN verdicts v ON v.sample_id = s.id ORDER BY s.id, v.kind"
        ).fetchall()


@pytest.mark.parametrize("changes", [
    {}, {"cycle_id": None}, {"purpose": "audit", "audit_id": "a1"}, {"source": "teacher", "cycle_id": None},
])  # fmt: skip
def test_an_answer_goes_in_once_and_its_later_verdict_replaces_the_earlier(
    store: Store, changes: dict[str, Any]
) -> None:
    with store.write() as connection:
        insert_graded(connection, [answer("a", TASK, kind="infra", **changes), answer("b", TASK, **changes)])
    with store.write() as connection:
        insert_graded(connection, [answer("a", TASK, **changes), fail("c", TASK, **changes)])
    assert kinds(store) == [("a", "pass"), ("b", "pass"), ("c", "wrong_answer")]


def test_answers_of_practice_and_of_an_audit_go_in_once_in_one_batch_too(store: Store) -> None:
    rows = [answer("a", TASK), answer("b", TASK, purpose="audit", audit_id="a1", cycle_id="c0001")]
    for _ in range(2):
        with store.write() as connection:
            insert_graded(connection, rows)
    assert kinds(store) == [("a", "pass"), ("b", "pass")]


def test_a_prompt_and_a_sketch_are_kept_once(store: Store) -> None:
    sketch = {"code_sha256": "c", "version": 1, "tree_sha256": None, "bands": [1, 2]}
    for _ in range(2):
        with store.write() as connection:
            insert_graded(connection, [answer("a", TASK)])
            insert(connection, "sketches", [sketch])
    with store.read() as connection:
        assert connection.execute("SELECT count(*) FROM prompts").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM sketches").fetchall() == [(1,)]
