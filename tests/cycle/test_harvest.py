"""What is learned from: every candidate is counted under one reason, and only sound answers are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from loop.cycle.begin import begin_or_resume
from loop.cycle.harvest import harvest
from loop.cycle.practice import practice
from loop.dataset.selection import REASONS
from loop.dataset.tokens import code_sha256
from loop.home import Home
from loop.store import write
from loop.tasks.task import Task
from loop.training.examples import read_set
from tests.support.scripted_world import SETTINGS, answer, make_pack, scripted_context

PACK = make_pack()
TASK = PACK.split("practice")[0]
BASE = "0" * 64


def row(key: str, task: Task, code: str, **changes: Any) -> dict[str, Any]:
    sample = {
        "id": key, "purpose": "practice", "cycle_id": "c0001", "audit_id": None, "task_id": task.id, "idx": 0,
        "adapter": "base", "base_sha256": BASE, "prompt_sha256": "p", "temperature": 0.8, "seed": 1,
        "completion": answer(code), "code": code, "code_sha256": code_sha256(code), "prompt_tokens": 9,
        "completion_tokens": len(code), "finish": "stop",
    }  # fmt: skip
    verdict = {
        "sample_id": key, "kind": "pass", "evidence": "", "tier": "strong", "oracle": "o", "seconds": 0.1,
        "cases_passed": 1, "cases_total": 1,
    }  # fmt: skip
    for name, value in changes.items():
        (verdict if name in verdict else sample)[name] = value
    return {"sample": sample, "verdict": verdict}


def harvested(
    home: Home, rows: list[dict[str, Any]], tasks: list[Task] | None = None
) -> tuple[dict[str, int], list[str]]:
    """The counters that are not zero, and the kept samples in order."""
    with scripted_context(home) as ctx:
        with ctx.store.write() as connection:
            write.insert_tasks(connection, tasks or [TASK])
            write.insert_graded(connection, rows)
        made = harvest(ctx)
        assert sum(made.counters.values()) == made.candidates == len(rows)
        with ctx.store.read() as connection:
            kept = connection.execute("SELECT sample_id FROM dataset_rows ORDER BY position").fetchall()
    return {reason: count for reason, count in made.counters.items() if count}, [key for (key,) in kept]


def code(extra: str = "") -> str:
    """A right answer to TASK; `extra` statements make it distinct and longer."""
    return TASK.spec.reference.replace("return", f"{extra}return")


def test_the_same_code_in_another_layout_is_a_duplicate(home: Home) -> None:
    same = [row("s1", TASK, code()), row("s2", TASK, code().replace("    ", "\t") + "/* done */\n")]
    assert harvested(home, same) == ({"kept": 1, "duplicate": 1}, ["s1"])


def test_of_many_solutions_the_shortest_few_are_kept(home: Home) -> None:
    many = [row(f"s{i}", TASK, code(f"if (x == {i} * x) " * i)) for i in (4, 3, 2, 1)]
    many.append(row("s0", TASK, "", kind="wrong_answer"))  # so that it is not mastered
    assert harvested(home, many) == ({"kept": 2, "over_cap": 2, "failed": 1}, ["s1", "s2"])


def test_a_pass_in_a_weak_sandbox_is_not_learned_from(home: Home) -> None:
    assert harvested(home, [row("s1", TASK, code(), tier="weak")]) == ({"untrusted_sandbox": 1}, [])


def test_a_pass_for_which_nothing_had_to_run_needs_no_sandbox(home: Home) -> None:
    """A judgment that equals its label was never executed."""
    assert harvested(home, [row("s1", TASK, code(), tier="")]) == ({"kept": 1}, ["s1"])


def test_an_answer_that_ran_out_of_tokens_is_not_learned_from(home: Home) -> None:
    assert harvested(home, [row("s1", TASK, code(), finish="length")]) == ({"cut_off": 1}, [])


def test_failures_are_counted_by_what_they_are(home: Home) -> None:
    kinds = ["wrong_answer", "sanitizer", "tamper", "format_error", "infra"]
    rows = [row(f"s{i}", TASK, code("x = x; " * i), kind=kind) for i, kind in enumerate(kinds)]
    assert harvested(home, rows) == ({"failed": 3, "format_error": 1, "infra": 1}, [])


def test_a_task_of_the_audit_is_never_learned_from(home: Home) -> None:
    held_out = PACK.split("audit")[0]
    rows = [row("s1", held_out, held_out.spec.reference)]
    assert harvested(home, rows, [held_out]) == ({"held_out_task": 1}, [])


def test_the_solution_of_a_vault_task_is_not_learned_from_whatever_it_answers(home: Home) -> None:
    stolen = PACK.split("vault")[0].spec.reference.replace(" x", " value").replace("(x", "(value")
    assert harvested(home, [row("s1", TASK, stolen)]) == ({"contaminated": 1}, [])


def test_samples_of_another_base_are_no_candidates(home: Home) -> None:
    foreign = row("s1", TASK, code(), base_sha256="1" * 64)
    with scripted_context(home) as ctx:
        with ctx.store.write() as connection:
            write.insert_tasks(connection, [TASK])
            write.insert_graded(connection, [foreign])
        assert harvest(ctx).candidates == 0


def test_a_dry_run_counts_the_same_and_writes_nothing(home: Home) -> None:
    with scripted_context(home) as ctx:
        practice(ctx, begin_or_resume(ctx))
        planned = harvest(ctx, dry_run=True)
        assert not planned.path.exists()
        with ctx.store.read() as connection:
            assert connection.execute("SELECT count(*) FROM datasets").fetchall() == [(0,)]
        made = harvest(ctx)
        assert made == planned
        assert made.path.exists()
    assert set(made.counters) == {"kept", *REASONS}
    assert made.candidates == SETTINGS.practice.tasks * SETTINGS.practice.k


def test_what_was_removed_is_listed_with_the_held_out_task_and_kept(home: Home) -> None:
    vault = PACK.split("vault")[0]
    with scripted_context(home) as ctx:
        with ctx.store.write() as connection:
            write.insert_tasks(connection, [TASK])
            write.insert_graded(connection, [row("s1", TASK, vault.spec.reference), row("s2", TASK, code())])
        made = harvest(ctx)
        assert harvest(ctx) == made  # once more: nothing is listed twice
        with ctx.store.read() as connection:
            listed = connection.execute("SELECT sample_id, held_out_task, found_by FROM dataset_removed").fetchall()
            sketched = connection.execute("SELECT count(*) FROM sketches").fetchall()
    assert [(one["sample_id"], one["held_out_task"], one["overlap"]) for one in made.removed] == [("s1", vault.id, 1.0)]
    assert listed == [("s1", vault.id, "ngrams")]
    assert sketched == [(2,)]


def test_a_dataset_knows_its_method_its_policy_and_the_part_of_each_sample(home: Home) -> None:
    settings = replace(SETTINGS, train=replace(SETTINGS.train, method="sft+dpo"))
    rows = [row("s1", TASK, code()), row("s2", TASK, code("x = 1; "), kind="wrong_answer")]
    with scripted_context(home, settings=settings) as ctx:
        with ctx.store.write() as connection:
            write.insert_tasks(connection, [TASK])
            write.insert_graded(connection, rows)
        made = harvest(ctx)
        adapter = {
            "sha256": "a", "base": "b", "base_sha256": BASE, "dataset": made.manifest, "cycle_id": "c", "seconds": 1.0,
            "hyperparameters": "{}", "metrics": "{}", "parity": "{}",
        }  # fmt: skip
        with ctx.store.write() as connection:
            write.insert(connection, "adapters", [adapter])
        with ctx.store.read() as connection:
            stored = connection.execute("SELECT method, policy->>'per_task' FROM datasets").fetchall()
            lineage = connection.execute("SELECT role, sample_id, kind FROM v_lineage ORDER BY position").fetchall()
    assert stored == [("sft+dpo", str(settings.harvest.per_task))]
    assert lineage == [("example", "s1", "pass"), ("chosen", "s1", "pass"), ("rejected", "s2", "wrong_answer")]
    found = read_set(made.path)
    assert (len(found.examples), len(found.pairs), made.rows) == (1, 1, 2)
