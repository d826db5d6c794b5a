"""Facts come from rows of the store: what is counted, what is paired, what is another pack's or was not graded."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from loop.diagnosis.judge import diagnose
from loop.diagnosis.measure import curve_of, measured, paired
from loop.diagnosis.read import read, stages_with_facts
from loop.gate.estimate import pass_at_k
from loop.store import schema, write
from tests.support.graded_answers import answer, function

TASKS = [function(n, family=f"f{n % 3}") for n in range(6)]
HELD = [function(n, family=f"f{n % 3}", split="audit") for n in range(10, 16)]
VAULT = [function(n, family=f"f{n % 3}", split="vault") for n in range(20, 26)]


@pytest.fixture(scope="module")
def empty() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    schema.migrate(connection)
    write.insert_tasks(connection, [*TASKS, *HELD, *VAULT])
    return connection


@pytest.fixture
def store(empty: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    empty.execute("BEGIN")
    yield empty
    empty.execute("ROLLBACK")


def answers(
    tasks: list[Any], passes: list[int], samples: int = 4, infra: int = 0, **where: Any
) -> list[dict[str, Any]]:
    """`samples` answers to each task, the first `passes` of them right; of the last task `infra` have no verdict."""
    made = []
    name = where.get("audit_id") or where["cycle_id"]
    for task, right in zip(tasks, passes, strict=True):
        for i in range(samples):
            kind = "pass" if i < right else "wrong_answer"
            if task is tasks[-1] and i >= samples - infra:
                kind = "infra"
            made.append(answer(f"{name}-{task.id}-{i}", task, kind=kind, idx=i, **where))
    return made


def practised(connection: Any, number: int, passes: list[int], *, champion: str = "base", **changes: Any) -> str:
    cycle = f"c{number}"
    row = {
        "id": cycle, "number": number, "seed": 1, "settings_sha256": "s", "state": "finished", "step": "promote",
        "champion": champion, "dataset": f"d{number}", "stage": "implementation",
    }  # fmt: skip
    write.insert(connection, "cycles", [{**row, **{k: v for k, v in changes.items() if k != "infra"}}])
    rows = answers(TASKS, passes, infra=changes.get("infra", 0), cycle_id=cycle, adapter=champion)
    write.insert_graded(connection, rows)
    return cycle


def audited(connection: Any, audit_id: str, passes: list[int], *, adapter: str = "base", **changes: Any) -> str:
    split = changes.get("split", "audit")
    row = {
        "id": audit_id, "protocol": "p", "adapter": adapter, "base_sha256": "0" * 64, "split": split, "k": 4,
        "temperature": 0.8, "seed": 1, "pack": "made", "pack_sha256": "p1", "oracle_seed": 1, "cases": 4,
        "n_tasks": len(passes), "state": "finished", "stage": "implementation",
        "finished": changes.pop("at", "2026-01-01"),
    }  # fmt: skip
    infra = changes.pop("infra", 0)
    write.insert(connection, "audits", [{**row, **changes}])
    tasks = VAULT if split == "vault" else HELD
    rows = answers(tasks, passes, infra=infra, purpose="audit", audit_id=audit_id, cycle_id=None, adapter=adapter)
    write.insert_graded(connection, rows)
    return audit_id


def decided(
    connection: Any, cycle: str, outcome: str, champion_audit: str, challenger_audit: str, holes: int = 0
) -> None:
    row = {
        "id": f"{cycle}-{outcome}", "cycle_id": cycle, "champion": "base", "challenger": "x", "stage": "implementation",
        "champion_audit": champion_audit, "challenger_audit": challenger_audit, "outcome": outcome, "delta": 0.1,
        "p_value": 0.5, "ci_low": -0.1, "ci_high": 0.2, "minimum_detectable_effect": 0.05, "reasons": ["Because."],
        "policy": json.dumps({"eta": 0.02}), "details": json.dumps({"holes": holes}),
    }  # fmt: skip
    write.insert(connection, "decisions", [row])


def test_the_curve_is_the_unbiased_estimate_at_powers_of_two_and_at_k() -> None:
    counts = [(6, 0), (6, 2), (6, 6)]
    curve = curve_of(counts)
    assert [k for k, _ in curve] == [1, 2, 4, 6]
    for k, value in curve:
        assert value == pytest.approx(sum(pass_at_k(n, c, k) for n, c in counts) / 3)
    assert curve_of([]) == ()


def test_the_learning_zone_is_what_is_solved_now_and_then_and_an_ungraded_answer_is_no_attempt(store: Any) -> None:
    practised(store, 1, [0, 1, 3, 4, 4, 3], infra=1)  # three of the last task's three graded answers pass
    practice = read(store, "implementation").practice
    assert practice is not None
    assert (practice.always, practice.learning, practice.never) == (3, 2, 1)
    assert (practice.answers, practice.ungraded, practice.samples) == (24, 1, 4)
    assert practice.pass_at_1 == pytest.approx((0 + 0.25 + 0.75 + 1 + 1 + 1) / 6)


def test_a_cycle_in_which_nothing_could_be_graded_measured_nothing() -> None:
    row = {"unit": "a", "family": "f", "samples": 0, "passes": 0, "answers": 4, "ungraded": 4}
    assert measured("c1", "base", [row]) is None


def test_the_gap_between_practice_and_audit_is_of_who_practised_with_both_errors(store: Any) -> None:
    practised(store, 1, [4, 4, 2, 2, 4, 4])
    audited(store, "a1", [2, 2, 2, 2, 4, 0])
    facts = read(store, "implementation")
    assert facts.practice is not None and facts.audit is not None and facts.practice_gap is not None
    assert facts.practice_gap.value == pytest.approx(5 / 6 - 0.5)
    assert facts.practice_gap.se == pytest.approx(math.hypot(facts.practice.se, facts.audit.se))
    assert facts.practice_gap.se > 0


def test_the_vaults_gap_is_one_row_an_adapter_with_both_oldest_first(store: Any) -> None:
    for at, adapter, audit, vault in (("2026-01-03", "x", [4] * 6, [2] * 6), ("2026-01-01", "base", [2] * 6, [2] * 6)):
        audited(store, f"a-{adapter}", audit, adapter=adapter, at=at)
        audited(store, f"v-{adapter}", vault, adapter=adapter, at=at, split="vault")
    audited(store, "a-only", [4] * 6, adapter="y")
    audited(store, "v-other", [0] * 6, adapter="y", split="vault", pack_sha256="p2")
    gaps = read(store, "implementation").gaps
    assert [(one.adapter, one.gap) for one in gaps] == [("base", 0.0), ("x", 0.5)]


def test_decisions_are_the_newest_of_each_cycle_under_the_pack_of_the_newest(store: Any) -> None:
    for number, pack in ((1, "p0"), (2, "p1"), (3, "p1")):
        cycle = practised(store, number, [4] * 6)
        audit_id = audited(store, f"a{number}", [4] * 6, pack_sha256=pack)
        decided(store, cycle, "reject", audit_id, audit_id, holes=2 if number == 2 else 0)
    facts = read(store, "implementation")
    assert [(one.cycle, one.holes, one.eta) for one in facts.decided] == [(3, 0, 0.02), (2, 2, 0.02)]
    assert facts.audit is not None and facts.audit.of in ("a2", "a3")


def test_practice_is_compared_apart_and_audits_question_by_question(store: Any) -> None:
    for number, practice, audit in ((1, [0, 0, 2, 2, 0, 0], [2, 2, 2, 2, 2, 2]), (2, [4] * 6, [2, 2, 2, 2, 2, 3])):
        cycle = practised(store, number, practice)
        audited(store, f"a{number}", audit, cycle_id=cycle)
    rise = read(store, "implementation").rise
    assert rise is not None
    assert (rise.first, rise.last) == (1, 2)
    assert rise.practice.value == pytest.approx(5 / 6)
    assert rise.audit.value == pytest.approx(0.25 / 6)


def test_what_two_audits_did_not_both_ask_is_not_compared() -> None:
    one = [{"unit": "a", "family": "f", "samples": 4, "passes": 1}]
    other = [{"unit": "b", "family": "f", "samples": 4, "passes": 4}]
    assert paired(one, other) is None


def test_an_audit_given_up_for_want_of_grades_is_an_outage_until_one_finishes(store: Any) -> None:
    practised(store, 1, [4] * 6)
    audited(store, "a1", [4] * 6)
    audited(store, "a2", [4] * 6, state="running", infra=4, started="2030-01-01", at=None)
    facts = read(store, "implementation")
    assert facts.outage is not None
    assert (facts.outage.audit_id, facts.outage.ungraded) == ("a2", 4)
    assert diagnose(facts).verdict == "unmeasured"
    store.execute("UPDATE audits SET state = 'finished' WHERE id = 'a2'")
    assert read(store, "implementation").outage is None


def test_the_harvest_is_held_against_what_training_wanted(store: Any) -> None:
    practised(store, 1, [4] * 6, state="failed", reason="only 3 practice tasks were solved")
    audited(store, "a1", [4] * 6)
    run = {
        "id": "s", "settings_sha256": "s", "profile": "p", "base": "b", "base_sha256": "b", "pack": "p",
        "pack_sha256": "p", "seed": 1, "settings": json.dumps({"train": {"min_tasks": 20}}),
    }  # fmt: skip
    dataset = {
        "manifest": "d1", "base_sha256": "b", "n_rows": 5, "n_tasks": 3, "candidates": 9, "counters": "{}",
        "source_cycles": ["c1"],
    }  # fmt: skip
    write.insert(store, "runs", [run])
    write.insert(store, "datasets", [dataset])
    facts = read(store, "implementation")
    assert facts.last is not None
    assert (facts.last.harvested, facts.last.wanted) == (3, 20)
    assert diagnose(facts).verdict == "starved"


def test_stages_without_rows_are_not_diagnosed(store: Any) -> None:
    assert stages_with_facts(store) == ()
    assert read(store, "scope").empty
    practised(store, 1, [4] * 6)
    assert stages_with_facts(store) == ("implementation",)
