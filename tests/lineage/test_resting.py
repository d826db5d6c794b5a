"""Which rows of a training set are wrong depends on what they were learned as; judgments rest on their labels."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from loop.cycle.begin import begin_or_resume
from loop.cycle.practice import practice
from loop.cycle.recall import recall
from loop.home import Home
from loop.lineage import resting
from loop.store import schema
from loop.store.write import insert, insert_graded, insert_tasks
from tests.support.graded_answers import answer, fail, function
from tests.support.staged_world import staged_context

TASK, OTHER = function(1), function(2)
ROLES = ("example", "rejected", "prompt")


@pytest.fixture(scope="module")
def store() -> duckdb.DuckDBPyConnection:
    """Three rows of the oracle `o`: an answer learned as right, one learned as wrong, and a prompt."""
    connection = duckdb.connect(":memory:")
    schema.migrate(connection)
    insert_tasks(connection, [TASK, OTHER])
    insert_graded(
        connection,
        [answer("right", TASK), fail("wrong", TASK), answer("asked", OTHER), answer("tried", OTHER, "int g;")],
    )
    rows = [
        {"manifest": "m", "position": i, "sample_id": key, "role": role}
        for i, (key, role) in enumerate(zip(("right", "wrong", "asked"), ROLES, strict=True))
    ]
    insert(connection, "dataset_rows", rows)
    return connection


def judged(store: duckdb.DuckDBPyConnection, excluded: bool = False, **kinds: str) -> dict[str, tuple[bool, bool]]:
    """Role -> (wrong, ungraded), after the oracle's answers were recalled and judged as given."""
    store.execute("DELETE FROM verdicts_recalled")
    store.execute("DELETE FROM taints")
    taint = {"id": "t", "kind": "oracle", "subject": "o", "reason": "", "excluded": excluded, "counts": "{}"}
    insert(store, "taints", [taint])
    store.execute(
        "UPDATE verdicts SET oracle = 'o', kind = CASE sample_id WHEN 'wrong' THEN 'wrong_answer' ELSE 'pass' END"
    )
    store.execute("INSERT INTO verdicts_recalled BY NAME SELECT 't' AS taint, * FROM verdicts")
    for key, kind in kinds.items():
        store.execute("UPDATE verdicts SET kind = ?, oracle = 'p' WHERE sample_id = ?", [kind, key])
    resting.prepare(store, "oracle", "o", taint="t", excluded=excluded)
    return {role: (wrong, open_) for role, wrong, open_ in store.execute(
        "SELECT role, wrong, ungraded FROM resting").fetchall()}  # fmt: skip


def test_nothing_is_wrong_while_the_verdicts_stay(store: duckdb.DuckDBPyConnection) -> None:
    assert judged(store) == dict.fromkeys(ROLES, (False, False))


def test_an_example_is_wrong_when_it_fails_and_a_rejected_half_when_it_passes(
    store: duckdb.DuckDBPyConnection,
) -> None:
    found = judged(store, right="wrong_answer", wrong="pass")
    assert found == {"example": (True, False), "rejected": (True, False), "prompt": (False, False)}


def test_a_prompt_is_wrong_when_any_answer_to_it_was_judged_otherwise(store: duckdb.DuckDBPyConnection) -> None:
    assert judged(store, tried="wrong_answer")["prompt"] == (True, False)


def test_what_waits_to_be_graded_is_neither_right_nor_wrong(store: duckdb.DuckDBPyConnection) -> None:
    assert judged(store, right="infra", tried="infra") == {
        "example": (False, True), "rejected": (False, False), "prompt": (False, True),
    }  # fmt: skip


def test_only_what_serves_is_named_tainted_whether_the_store_knows_the_adapter_or_not(
    store: duckdb.DuckDBPyConnection,
) -> None:
    judged(store, right="wrong_answer")
    serving = {"implementation": {"version": "v1", "sha256": "a", "dataset": "m"}}
    named = {"stage": "implementation", "version": "v1", "adapter": "a", "wrong_rows": 1, "taint": "t"}
    assert resting.tainted(store, serving) == [named]
    assert resting.tainted(store, {"implementation": {**serving["implementation"], "dataset": "n"}}) == []


def test_a_judgment_is_judged_by_the_label_that_is_right_now(home: Home) -> None:
    with staged_context(home, skill=1.0, stages="scope") as ctx:
        cycle = begin_or_resume(ctx, "scope")
        assert cycle is not None
        practice(ctx, cycle)
        with ctx.store.read() as connection:
            task_id, item, label = connection.execute(
                "SELECT task_id, item, label FROM samples WHERE label = 'yes' ORDER BY id LIMIT 1"
            ).fetchall()[0]
        task = ctx.tasks[task_id]
        assert task.truth is not None
        files = tuple(path for path in task.truth.files if path != item)
        ctx.tasks[task_id] = replace(task, truth=replace(task.truth, files=files))
        assert ctx.tasks[task_id].id == task_id
        found = recall(ctx, "task", task_id, "its label was wrong")
        with ctx.store.read() as connection:
            now = connection.execute(
                "SELECT DISTINCT s.label, v.kind, r.kind, r.label FROM samples s JOIN verdicts v ON v.sample_id = s.id"
                " JOIN verdicts_recalled r ON r.sample_id = s.id WHERE s.task_id = ? AND s.item = ?",
                [task_id, item],
            ).fetchall()
    assert now == [("no", "wrong_answer", "pass", label)]
    assert found.verdicts.keys() == {"pass -> wrong_answer"}
