"""A machine or a home that is not as it should be: one message with what to do, exit code 3, nothing lost."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Loop = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def impossible_home(tmp_path: Path) -> str:
    """A LOOP_HOME that cannot be made, for root too: its parent is a file."""
    (tmp_path / "file").write_text("")
    return str(tmp_path / "file" / "home")


@pytest.mark.parametrize("command", [["run"], ["audit"], ["practice"], ["harvest"], ["train"], ["promote"], ["init"]])
def test_a_home_that_cannot_be_written(loop: Loop, impossible_home: str, command: list[str]) -> None:
    done = loop(*command, LOOP_HOME=impossible_home)
    assert done.returncode == 3, done.stderr
    assert "cannot be written" in done.stderr
    assert "LOOP_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_read_only_file_system(loop: Loop) -> None:
    done = loop("audit", LOOP_HOME="/proc/self/loop")
    assert done.returncode == 3
    assert "cannot be written" in done.stderr


HOLD = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1]); connection.execute("CREATE TABLE IF NOT EXISTS t (a INT)")
print("held", flush=True); time.sleep(60)
"""


def test_a_store_held_by_another_process(loop: Loop, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home / "loop.duckdb")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        done = loop("status")
    finally:
        holder.kill()
        holder.wait()
    assert done.returncode == 3
    assert f"process {holder.pid}" in done.stderr
    assert "->" in done.stderr


def test_a_store_that_is_none(loop: Loop, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "loop.duckdb").write_bytes(b"not a database" * 1000)
    done = loop("log")
    assert done.returncode == 3
    assert "damaged or not a DuckDB file" in done.stderr


@pytest.mark.parametrize("command", ["practice", "promote", "audit"])
def test_another_run_at_work_in_the_same_home(loop: Loop, tmp_path: Path, command: str) -> None:
    import fcntl

    home = tmp_path / "home"
    home.mkdir()
    with (home / "run.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = loop(command)
    assert done.returncode == 3, done.stderr
    assert "another run is at work" in done.stderr
    assert "4711" in done.stderr


def test_promote_with_nothing_to_promote_says_so(loop: Loop) -> None:
    done = loop("promote", "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["decision"] is None
    assert "nothing to promote" in done.stderr


def test_rollback_with_nothing_in_service_says_so(loop: Loop) -> None:
    done = loop("rollback")
    assert done.returncode == 1, done.stderr
    assert "->" in done.stderr


def test_an_init_leaves_an_existing_file_alone(loop: Loop, tmp_path: Path) -> None:
    assert loop("init", "--dry-run").returncode == 0
    assert not (tmp_path / "loop.toml").exists()
    assert loop("init").returncode == 0
    assert 'profile = "micro"' in (tmp_path / "loop.toml").read_text()
    (tmp_path / "loop.toml").write_text("[run]\nseed = 9\n")
    assert json.loads(loop("init", "--json").stdout)["existed"] is True
    assert json.loads(loop("config", "--json").stdout)["settings"]["run"]["seed"] == 9
