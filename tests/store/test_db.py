"""Opening the store: locks, damage, other versions, and what happens to a transaction that fails."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path

import duckdb
import pytest

from loop.errors import StoreError
from loop.store import schema
from loop.store.db import Store
from loop.store.write import insert


def hold_open(path: str, ready: multiprocessing.synchronize.Event, seconds: float) -> None:
    connection = duckdb.connect(path)
    ready.set()
    time.sleep(seconds)
    connection.close()


def other_process(path: Path, seconds: float) -> multiprocessing.process.BaseProcess:
    """A process that holds the file; it has it when this returns."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=hold_open, args=(str(path), ready, seconds))
    process.start()
    assert ready.wait(20)
    return process


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "loop.duckdb")
    store.migrate()
    return store


def test_a_store_that_is_not_there_reads_as_an_empty_one_and_is_not_made(tmp_path: Path) -> None:
    store = Store(tmp_path / "loop.duckdb")
    with store.read() as connection:
        assert connection.execute("SELECT count(*) FROM v_cycle_summary").fetchall() == [(0,)]
    assert not store.path.exists()


def test_reads_share_a_connection_that_is_kept_open_until_something_is_written(store: Store) -> None:
    with store.kept_open():
        with store.read() as one, store.read() as other:
            assert one is other
        with store.write() as connection:
            connection.execute("INSERT INTO audit_sets VALUES ('a', 'b')")
        with store.read() as connection:
            assert connection.execute("SELECT * FROM audit_sets").fetchall() == [("a", "b")]
    with store.write() as connection:
        connection.execute("DELETE FROM audit_sets")


def test_a_failed_write_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(RuntimeError, match="half way"), store.write() as connection:
        insert(
            connection, "step_times", [{"cycle_id": "c1", "step": "train", "kind": "other", "seconds": 1.0}], "append"
        )
        raise RuntimeError("half way")
    with store.read() as connection:
        assert connection.execute("SELECT count(*) FROM step_times").fetchall() == [(0,)]


def test_a_held_lock_is_waited_for(store: Store) -> None:
    process = other_process(store.path, 0.5)
    with store.write() as connection:
        insert(
            connection, "step_times", [{"cycle_id": "c1", "step": "train", "kind": "other", "seconds": 1.0}], "append"
        )
    process.join()
    with store.read() as connection:
        assert connection.execute("SELECT count(*) FROM step_times").fetchall() == [(1,)]


def test_a_lock_held_for_too_long_is_an_error_that_names_the_holder(store: Store) -> None:
    store.patience = 0.3
    process = other_process(store.path, 3.0)
    try:
        with pytest.raises(StoreError, match=f"process {process.pid}"), store.read():
            pass
    finally:
        process.kill()
        process.join()


def test_threads_of_one_process_take_turns(store: Store) -> None:
    def add(number: int) -> None:
        row = {"cycle_id": f"c{number}", "step": "train", "kind": "other", "seconds": 1.0}
        with store.write() as connection:
            insert(connection, "step_times", [row], "append")
        with Store(store.path).read() as connection:
            connection.execute("SELECT 1")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert connection.execute("SELECT count(*) FROM step_times").fetchall() == [(6,)]


def test_a_file_that_is_no_store_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "loop.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="damaged") as caught, Store(path).read():
        pass
    assert "starts a new one" in caught.value.fix


def test_a_damaged_block_is_an_error_that_offers_the_backup(store: Store) -> None:
    store.path.with_name("loop.duckdb.schema-1.bak").write_bytes(store.path.read_bytes())
    data = store.path.read_bytes()
    store.path.write_bytes(data[:5000] + b"\xff" * 3000 + data[8000:])
    with pytest.raises(StoreError, match="damaged") as caught, Store(store.path).read() as connection:
        connection.execute("SELECT * FROM cycles").fetchall()
    assert "loop.duckdb.schema-1.bak" in caught.value.fix


def test_a_store_of_a_newer_program_is_refused(store: Store) -> None:
    with store.write() as connection:
        insert(connection, "schema_migrations", [{"version": schema.VERSION + 1}])
    with pytest.raises(StoreError, match="newer than this program"), Store(store.path).read():
        pass


def test_an_older_store_is_backed_up_then_upgraded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.write() as connection:
        insert(
            connection, "step_times", [{"cycle_id": "c1", "step": "train", "kind": "other", "seconds": 1.0}], "append"
        )
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE extra (x INTEGER)"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)

    backup = Store(store.path).migrate()

    with Store(store.path).read() as connection:
        assert connection.execute("SELECT count(*) FROM extra").fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM step_times").fetchall() == [(1,)]
    assert backup is not None
    old = duckdb.connect(str(backup), read_only=True)
    assert old.execute("SELECT count(*) FROM step_times").fetchall() == [(1,)]
    assert schema.applied(old) == schema.VERSION - 1
    old.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = "CREATE TABLE extra (x INTEGER); SELECT * FROM no_such_table"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(duckdb.Error, match="no_such_table"):
        Store(store.path).migrate()
    monkeypatch.undo()
    with Store(store.path).read() as connection:
        assert schema.applied(connection) == schema.VERSION
        names = [row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()]
    assert "extra" not in names


def test_no_extension_is_fetched_or_loaded_by_itself(store: Store) -> None:
    with store.read() as connection:
        for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
            assert connection.execute(f"SELECT current_setting('{setting}')").fetchall() == [(False,)]
