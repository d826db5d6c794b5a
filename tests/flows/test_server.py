"""The private server: a process of its own, seen from a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys
import flows
from flows import server
from prefect import flow
from prefect.client.orchestration import get_client

@flow
def one():
    return 1

ready = server.ensure()
ready()
assert server.ensure() is not None  # again: the same one
assert one() == 1
print(server._private.url, server._private._process.pid, len(get_client(sync_client=True).read_flow_runs()), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT")}
    return kept | {"LOOP_HOME": str(tmp_path / "state"), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}


def test_a_run_without_a_server_is_kept_in_loop_home_and_a_killed_run_leaves_no_server(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        _, pid, runs = run.stdout.readline().split()
        assert runs == "1"
        assert (tmp_path / "state" / "prefect" / "prefect.db").exists()
        assert alive(int(pid))
        run.kill()
    deadline = time.monotonic() + 20
    while alive(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(int(pid))


def test_a_server_that_cannot_start_is_one_clear_error(tmp_path: Path, environment: dict[str, str]) -> None:
    broken = environment | {"PREFECT_SERVER_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:////no/such/place/prefect.db"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=broken, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-2:]
    assert last[0].startswith("loop.errors.ToolError: Prefect's private server did not start: ")
    assert "unable to open database file" in last[0]
    assert "server.log" in last[1]


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
