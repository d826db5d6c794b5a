"""Graded answers in a store in memory, and what a policy chooses of them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from evaluators.spec import FunctionSpec, Param
from loop.dataset.policy import Policy
from loop.dataset.selection import Selection, select
from loop.dataset.tokens import code_sha256
from loop.inference.chat import render_prompt
from loop.store import schema, write
from loop.tasks.task import Split, Task

BASE = "0" * 64
ALL = Policy(
    per_task=0, per_family=0, per_cycle=0, near_duplicate=1.0, replay=1.0, floor=0
)  # only equal answers are left out


def function(n: int, *, split: Split = "practice", family: str = "fold", body: str = "") -> Task:
    """The `n`-th of any number of tasks; its solution is like none of the others'."""
    body = body or "".join(f"    x {'+-*^&|'[(n >> 3 * i) % 6]}= {n + i} {'+-%'[n % 3]} x;\n" for i in range(6))
    spec = FunctionSpec("f", "int", (Param("x", "int", "scalar"),), f"int f(int x) {{\n{body}    return x;\n}}\n")
    return Task("made", family, split, (family, str(n)), f"Write f number {n}.", spec)


def answer(key: str, task: Task, text: str | None = None, kind: str = "pass", **changes: Any) -> dict[str, Any]:
    """A graded answer to a task, right if nothing else is said; any column of samples and verdicts can be set."""
    code = str(task.spec.reference) if text is None else text  # type: ignore[attr-defined]
    prompt = render_prompt(task.prompt)
    sample: dict[str, Any] = {
        "id": key, "purpose": "practice", "cycle_id": "c0001", "audit_id": None, "task_id": task.id, "idx": 0,
        "adapter": "base", "base_sha256": BASE, "prompt_sha256": hashlib.sha256(prompt.encode()).hexdigest(),
        "temperature": 0.8, "seed": 1, "completion": f"```c\n{code}```", "code": code,
        "code_sha256": code_sha256(code), "prompt_tokens": 9, "completion_tokens": len(code), "finish": "stop",
        "stage": "implementation", "call_id": f"q{task.id}", "question": "", "item": "", "label": None, "positive": "",
        "dropped": [], "think_tokens": 0, "source": "own", "source_name": "",
    }  # fmt: skip
    verdict: dict[str, Any] = {
        "sample_id": key, "kind": kind, "evidence": "", "tier": "strong", "oracle": "o", "seconds": 0.1,
        "cases_passed": 1, "cases_total": 1,
    }  # fmt: skip
    for name, value in changes.items():
        (verdict if name in verdict else sample)[name] = value
    return {"sample": sample, "verdict": verdict, "prompt": prompt}


def fail(key: str, task: Task, text: str = "int f(int x) { return 0; }", **changes: Any) -> dict[str, Any]:
    return answer(key, task, text, **{"kind": "wrong_answer", **changes})


@functools.cache
def _store() -> duckdb.DuckDBPyConnection:
    """One for all tests: to make its tables and views takes longer than most of them."""
    connection = duckdb.connect(":memory:")
    schema.migrate(connection)
    return connection


@contextmanager
def stored(tasks: Sequence[Task], answers: Sequence[dict[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A store with these alone."""
    connection = _store().cursor()
    for table in ("tasks", "samples", "verdicts", "prompts", "sketches", "cycles"):
        connection.execute(f"DELETE FROM {table}")
    write.insert_tasks(connection, tasks)
    write.insert_graded(connection, answers)
    yield connection
    connection.close()


def chosen(
    tasks: Sequence[Task], answers: Sequence[dict[str, Any]], policy: Policy = ALL, *, stage: str = "implementation",
) -> Selection:  # fmt: skip
    """What the policy chooses; the counters sum to the candidates, whatever it is."""
    with stored(tasks, answers) as connection:
        held = {t.id: str(t.spec.reference) for t in tasks if t.split != "practice"}  # type: ignore[attr-defined]
        found = select(connection, stage, BASE, policy, references=held, held=list(held), trusted=("strong",))
    assert sum(found.counters.values()) == found.candidates
    assert min(found.counters.values()) >= 0
    return found


def kept(found: Selection) -> list[str]:
    """Ids of the samples behind the rows, in their order."""
    return [sample for _, sample in found.lineage]


def counted(found: Selection) -> dict[str, int]:
    """The counters that are not zero."""
    return {reason: n for reason, n in found.counters.items() if n}
