"""Snapshots: whole, atomic, and no dearer than what is new in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop.errors import StoreError
from loop.store import snapshot
from loop.store.db import Store
from loop.store.write import insert_graded, insert_tasks
from tests.support.graded_answers import answer, fail, function

TASK = function(1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two cycles, a day each."""
    store = Store(tmp_path / "loop.duckdb")
    with store.write() as connection:
        insert_tasks(connection, [TASK])
        for n, day in ((1, "2026-01-01 12:00:00+00"), (2, "2026-01-02 12:00:00+00")):
            row = answer(f"s{n}", TASK, cycle_id=f"c{n}", created=day)
            row["verdict"]["graded"] = day
            insert_graded(connection, [row])
    return store


def take(store: Store, name: str) -> snapshot.Snapshot:
    with store.read() as connection:
        return snapshot.take(connection, store.path.with_name("snapshots"), name)


def answers(path: Path) -> list[tuple[str, str]]:
    with snapshot.opened(path) as connection:
        return connection.execute("SELECT id, kind FROM v_samples ORDER BY id").fetchall()


def test_a_reader_finds_the_tables_and_the_views_of_the_store(store: Store) -> None:
    made = take(store, "one")
    assert answers(made.path.parent / "latest") == [("s1", "pass"), ("s2", "pass")]
    assert made.written > 0 and made.linked == 0


def test_only_what_changed_is_written_again(store: Store) -> None:
    first = take(store, "one")
    with store.write() as connection:
        insert_graded(connection, [answer("s3", TASK, cycle_id="c3", created="2026-01-03 12:00:00+00")])
    second = take(store, "two")
    assert second.linked == 4  # two cycles' answers, two days' verdicts
    assert (second.path / "samples/c1.parquet").samefile(first.path / "samples/c1.parquet")
    assert answers(second.path) == [("s1", "pass"), ("s2", "pass"), ("s3", "pass")]
    assert answers(first.path) == [("s1", "pass"), ("s2", "pass")]


def test_a_verdict_that_was_replaced_is_in_the_next_snapshot(store: Store) -> None:
    take(store, "one")
    with store.write() as connection:
        insert_graded(connection, [fail("s1", TASK, cycle_id="c1")])
    assert answers(take(store, "two").path) == [("s1", "wrong_answer"), ("s2", "pass")]


def test_the_newest_few_are_kept_and_latest_is_the_last_one(store: Store) -> None:
    for name in ("one", "two", "three", "four", "four"):
        made = take(store, name)
    found = {path.name for path in made.path.parent.iterdir()}
    assert found == {"two", "three", "four", "latest"}
    assert (made.path.parent / "latest").resolve() == made.path


def test_one_that_was_cut_short_is_not_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    take(store, "one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_replace", full)
    with pytest.raises(Exception, match="No space left"):
        take(store, "two")
    directory = store.path.with_name("snapshots")
    assert (directory / "latest").resolve().name == "one"
    assert not (directory / "two").exists()


def test_where_there_is_none_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no snapshot") as caught, snapshot.opened(tmp_path / "latest"):
        pass
    assert "loop db snapshot" in caught.value.fix
