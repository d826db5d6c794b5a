"""A store that an older program wrote keeps its rows, and the new columns have their defaults."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from loop.gate.estimate import summarise
from loop.store import ask, ask_approvals, ask_audits, schema
from loop.store.db import Store
from loop.store.write import insert

# As the program of schema 1 saw a graded completion.
OLD_VIEW = "CREATE VIEW v_samples AS SELECT s.*, v.kind, v.tier FROM samples s JOIN verdicts v ON v.sample_id = s.id"


@pytest.fixture
def old(tmp_path: Path) -> Store:
    """A store of schema 1 with one finished audit of one task: two samples and the greedy answer."""
    connection = duckdb.connect(str(tmp_path / "loop.duckdb"))
    connection.execute(
        "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied TIMESTAMPTZ DEFAULT now())"
    )
    connection.execute(schema.MIGRATIONS[0])
    connection.execute("INSERT INTO schema_migrations (version) VALUES (1)")
    connection.execute(OLD_VIEW)
    insert(connection, "tasks", [
        {"id": "t1", "pack": "kata", "family": "fold", "split": "audit", "type": "function", "composition": ["fold"],
         "prompt": "p", "spec": "{}"},
    ])  # fmt: skip
    insert(connection, "audits", [
        {"id": "a1", "protocol": "p1", "adapter": "base", "base_sha256": "b", "split": "audit", "k": 2,
         "temperature": 0.8, "seed": 1, "pack": "kata", "pack_sha256": "k", "oracle_seed": 1, "cases": 4, "n_tasks": 1,
         "state": "finished", "tier": "standard", "pass_at_1": 0.5},
    ])  # fmt: skip
    for index, kind in ((-1, "pass"), (0, "pass"), (1, "wrong_answer")):
        insert(connection, "samples", [
            {"id": f"s{index}", "purpose": "audit", "audit_id": "a1", "task_id": "t1", "idx": index, "adapter": "base",
             "base_sha256": "b", "prompt_sha256": "p", "temperature": 0.8, "seed": 1, "completion": "c", "code": "c",
             "code_sha256": "c", "prompt_tokens": 1, "completion_tokens": 1, "finish": "stop"},
        ])  # fmt: skip
        insert(connection, "verdicts", [
            {"sample_id": f"s{index}", "kind": kind, "evidence": "", "tier": "standard", "oracle": "o", "seconds": 0.1,
             "cases_passed": 1, "cases_total": 1},
        ])  # fmt: skip
    connection.close()
    return Store(tmp_path / "loop.duckdb")


def test_rows_of_schema_1_are_kept_and_are_of_class_a(old: Store) -> None:
    with old.read() as connection:
        assert schema.applied(connection) == schema.VERSION
        found = ask.rows(connection, "SELECT id, kind, oracle_class FROM v_samples ORDER BY id")
    assert found == [
        {"id": "s-1", "kind": "pass", "oracle_class": "A"},
        {"id": "s0", "kind": "pass", "oracle_class": "A"},
        {"id": "s1", "kind": "wrong_answer", "oracle_class": "A"},
    ]
    assert (old.path.with_name("loop.duckdb.schema-1.bak")).exists()


def test_an_audit_of_schema_1_scores_as_it_did_and_had_no_honeypots(old: Store) -> None:
    with old.read() as connection:
        scores = ask_audits.audit_scores(connection, "a1")
    assert summarise(scores).pass_at_1 == 0.5
    assert (scores.honeypots, scores.honeypot_passes, scores.class_b) == (0, 0, 0)


def test_samples_of_schema_1_have_no_scores(old: Store) -> None:
    with old.read() as connection:
        found = ask.rows(connection, "SELECT DISTINCT score, entropy, mass FROM v_samples")
    assert found == [{"score": None, "entropy": None, "mass": None}]


def test_nothing_is_frozen_in_a_store_of_schema_1(old: Store) -> None:
    with old.read() as connection:
        assert ask.frozen(connection) is None
        assert ask.status(connection, {"implementation": "base"})["audit"]["implementation"]["id"] == "a1"


def test_nothing_waits_for_a_person_in_a_store_of_schema_1(old: Store) -> None:
    with old.read() as connection:
        assert ask_approvals.waiting(connection, old.path.with_name("approvals.jsonl")) == []
        assert ask_approvals.approvals(connection) == []
