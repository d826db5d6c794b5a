"""`loop db`: a store is exported, laid out for readers, copied and upgraded; and a small one is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loop.cli.bench_store import results
from loop.cli.main import main
from loop.dataset import made_store, store_speed
from loop.home import Home
from loop.store import schema, write
from loop.store.db import Store
from tests.support.graded_answers import answer, function

Capture = pytest.CaptureFixture[str]
TASK = function(1)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("LOOP_HOME", str(tmp_path / "state"))
    home = Home(tmp_path / "state")
    home.root.mkdir()
    with Store(home.store).write() as connection:
        write.insert_tasks(connection, [TASK])
        write.insert_graded(connection, [answer("a", TASK)])
    return home


def said(capsys: Capture, *command: str) -> object:
    assert main([*command, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_snapshot_is_asked_while_somebody_writes(world: Home, capsys: Capture) -> None:
    said(capsys, "db", "snapshot")
    with Store(world.store).write():
        found = said(capsys, "db", "sql", "--snapshot", "SELECT id, kind FROM v_samples")
    assert found == [{"id": "a", "kind": "pass"}]


def test_an_export_replaces_an_export_and_nothing_else(world: Home, capsys: Capture, tmp_path: Path) -> None:
    for _ in range(2):
        said(capsys, "db", "export", "--to", str(tmp_path / "out"))
    assert (tmp_path / "out" / "samples" / "c0001.parquet").exists()
    (tmp_path / "mine").mkdir()
    assert main(["db", "export", "--to", str(tmp_path / "mine")]) == 2


def test_a_backup_is_a_store_and_there_is_none_of_nothing(world: Home, capsys: Capture) -> None:
    made = said(capsys, "db", "backup")
    assert isinstance(made, dict)
    with Store(Path(made["path"])).read() as connection:
        assert connection.execute("SELECT id FROM samples").fetchall() == [("a",)]
    world.store.unlink()
    assert main(["db", "backup"]) == 3


def test_a_store_of_this_schema_needs_no_migration(world: Home, capsys: Capture) -> None:
    assert said(capsys, "db", "migrate") == {"schema": schema.VERSION, "backup": None}


def test_the_bench_of_the_store_measures_what_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a small size, and without processes of their own."""
    tasks = [function(n) for n in range(40)] + [function(90 + n, split="audit") for n in range(3)]
    monkeypatch.setattr(made_store, "tasks", lambda: tuple(tasks))
    for name, size in (("BATCH", 240), ("FILL", 1000), ("ONE_BY_ONE", 20), ("SMALL", 16)):
        monkeypatch.setattr(store_speed, name, size)
    monkeypatch.setattr(store_speed, "_apart", store_speed.harvest_once)
    found = store_speed.measure(tmp_path, 1200, lambda text: None)
    with Store(tmp_path / "loop.duckdb").read() as connection:
        assert connection.execute("SELECT count(*) FROM v_samples").fetchall() == [(found.answers + 16,)]
    assert set(found.inserts) == {"one by one", "first", "tables", "last", "again", "last, by 512"}
    harvest = found.harvests["first"]
    assert sum(harvest.counters.values()) == found.answers
    assert harvest.rows == harvest.counters["kept"] > 0
    assert found.harvests["next"].counters == harvest.counters
    rows = {row["name"]: row for row in results(found)}
    assert rows["store.harvest.pairs.rows"]["value"] == found.harvests["pairs"].rows > 0
    assert rows["store.insert.last"]["ratio"] == found.inserts["last"] / found.inserts["one by one"]
