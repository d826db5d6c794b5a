"""Graded completions survive a kill between grading and the store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loop.errors import StoreError
from loop.store import ask
from loop.store.db import Store
from loop.store.journal import Journal


def graded(key: str, kind: str = "pass") -> dict[str, Any]:
    sample = {
        "id": key, "purpose": "practice", "cycle_id": "c0001", "audit_id": None, "task_id": "t1", "idx": 0,
        "adapter": "base", "base_sha256": "b", "prompt_sha256": "p", "temperature": 0.8, "seed": 1,
        "completion": "text", "code": "int f;", "code_sha256": "c", "prompt_tokens": 1, "completion_tokens": 2,
        "finish": "stop",
    }  # fmt: skip
    verdict = {
        "sample_id": key, "kind": kind, "evidence": "", "tier": "strong", "oracle": "o", "seconds": 0.1,
        "cases_passed": 1, "cases_total": 1,
    }  # fmt: skip
    return {"sample": sample, "verdict": verdict}


def kinds(store: Store) -> dict[str, str]:
    with store.read() as connection:
        return dict(connection.execute("SELECT sample_id, kind FROM verdicts").fetchall())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "loop.duckdb")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "loop.duckdb.journal")


def test_what_a_killed_process_graded_is_there_after_the_replay(journal: Journal, store: Store) -> None:
    script = (
        "import json, os, signal, sys, pathlib\n"
        "from loop.store.journal import Journal\n"
        "journal = Journal(pathlib.Path(sys.argv[1]))\n"
        "for row in json.loads(sys.argv[2]):\n    journal.append(row)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    rows = [graded(f"s{i}") for i in range(5)]
    killed = subprocess.run([sys.executable, "-c", script, str(journal.path), json.dumps(rows)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert journal.replay(store) == 5
    assert sorted(kinds(store)) == [f"s{i}" for i in range(5)]
    assert not journal.path.exists()


def test_a_replay_that_was_interrupted_after_its_commit_adds_nothing_twice(journal: Journal, store: Store) -> None:
    journal.append(graded("s1"))
    saved = journal.path.read_bytes()
    journal.replay(store)
    journal.path.write_bytes(saved)
    journal.replay(store)
    assert kinds(store) == {"s1": "pass"}


def test_a_torn_last_line_is_dropped_and_the_rest_kept(journal: Journal, store: Store) -> None:
    journal.append(graded("s1"))
    journal.append(graded("s2"))
    journal.close()
    os.truncate(journal.path, journal.path.stat().st_size - 20)
    assert journal.replay(store) == 1
    assert kinds(store) == {"s1": "pass"}


def test_damage_within_the_journal_is_an_error_not_a_silent_loss(journal: Journal, store: Store) -> None:
    journal.append(graded("s1"))
    journal.append(graded("s2"))
    journal.close()
    journal.path.write_bytes(b"#" + journal.path.read_bytes())
    with pytest.raises(StoreError, match="line 1"):
        journal.replay(store)
    assert journal.path.exists()


def test_a_later_verdict_replaces_the_graders_own_failure(journal: Journal, store: Store) -> None:
    journal.append(graded("s1", "infra"))
    journal.append(graded("s1", "wrong_answer"))
    journal.replay(store)
    assert kinds(store) == {"s1": "wrong_answer"}


def test_rows_of_an_older_program_are_of_class_a_beside_newer_ones_of_class_b(journal: Journal, store: Store) -> None:
    newer = graded("s2")
    newer["verdict"]["oracle_class"] = "B"
    journal.append(graded("s1"))
    journal.append(newer)
    journal.replay(store)
    with store.read() as connection:
        found = connection.execute("SELECT sample_id, oracle_class FROM verdicts ORDER BY ALL").fetchall()
    assert found == [("s1", "A"), ("s2", "B")]


def test_a_honeypots_pass_freezes_with_its_verdict_and_its_failure_does_not(journal: Journal, store: Store) -> None:
    rows = [graded("s1"), graded("s2", "wrong_answer"), graded("s3")]
    for row in rows[1:]:
        row["sample"] |= {"purpose": "honeypot", "audit_id": "a1"}
    for row in rows:
        journal.append(row)
    journal.replay(store)
    with store.read() as connection:
        freeze = ask.frozen(connection)
    assert freeze is not None
    assert (freeze["sample_id"], freeze["audit_id"], freeze["proofs"]) == ("s3", "a1", 1)


def test_a_full_disk_is_an_error_that_says_so(store: Store) -> None:
    with pytest.raises(StoreError, match="No space left"):
        Journal(Path("/dev/full")).append(graded("s1"))
