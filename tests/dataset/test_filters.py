"""Each filter by itself: what it takes out, what it leaves, and under which name it is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loop.dataset.selection import REASONS
from tests.support.graded_answers import ALL, answer, chosen, counted, fail, function, kept

TASK = function(1)
OTHER = function(2)
HELD_OUT = function(3, split="vault")
CODE = str(TASK.spec.reference)  # type: ignore[attr-defined]


def other_code(n: int) -> str:
    """A right answer, if the store says so, that shares little with the others; a larger n is longer."""
    steps = "".join(f"    if (x {'<>'[n % 2]} {7 * n + i}) x = (x {'+-*'[n % 3]} {n}) >> {i};\n" for i in range(4 + n))
    return f"int f(int x) {{\n{steps}    return x;\n}}\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "wrong_answer"}, "failed"),
        ({"kind": "tamper"}, "failed"),
        ({"kind": "format_error", "code": None, "code_sha256": None, "tier": ""}, "format_error"),
        ({"kind": "infra"}, "infra"),
        ({"kind": "unlabelled"}, "unlabelled"),
        ({"tier": "weak"}, "untrusted_sandbox"),
        ({"finish": "length"}, "cut_off"),
    ],
)
def test_what_is_not_sound_is_counted_by_what_it_is(changes: dict[str, Any], reason: str) -> None:
    assert counted(chosen([TASK], [answer("a", TASK, **changes), answer("b", TASK)])) == {"kept": 1, reason: 1}


def test_every_reason_is_counted_even_if_it_is_zero() -> None:
    assert set(chosen([TASK], []).counters) == {"kept", *REASONS}


def test_held_out_tasks_are_never_learned_from() -> None:
    assert counted(chosen([HELD_OUT], [answer("a", HELD_OUT)])) == {"held_out_task": 1}


@pytest.mark.parametrize("changes", [{"purpose": "audit", "audit_id": "a1"}, {"base_sha256": "1" * 64},
                                     {"stage": "scope"}])  # fmt: skip
def test_what_is_of_another_purpose_base_or_stage_is_no_candidate(changes: dict[str, Any]) -> None:
    assert chosen([TASK], [answer("a", TASK, **changes)]).candidates == 0


def test_imported_answers_are_learned_from_on_any_base_and_say_nothing_of_what_is_mastered() -> None:
    imported = answer("a", TASK, base_sha256="", source="teacher", cycle_id=None)
    own = [fail("b", TASK), fail("c", TASK, "int f(int x) { return 1; }")]
    assert kept(chosen([TASK], [imported, *own], replace(ALL, replay=0.0))) == ["a"]


def test_equal_code_to_one_question_is_one_answer_the_shortest_completion_and_then_the_first_id() -> None:
    same = [answer("c", TASK, completion_tokens=9), answer("b", TASK, completion_tokens=9), answer("a", TASK)]
    assert counted(found := chosen([TASK], same)) == {"kept": 1, "duplicate": 2}
    assert kept(found) == ["b"]


def test_the_same_code_answers_another_question_as_well() -> None:
    assert kept(chosen([TASK, OTHER], [answer("a", TASK), answer("b", OTHER, CODE)])) in (["a", "b"], ["b", "a"])


def test_without_a_threshold_equal_answers_are_kept_too() -> None:
    same = [answer("a", TASK), answer("b", TASK)]
    assert counted(chosen([TASK], same, replace(ALL, near_duplicate=0.0))) == {"kept": 2}


def test_another_name_or_another_pair_of_braces_is_a_near_duplicate_unless_only_equal_ones_are() -> None:
    renamed = answer("b", TASK, CODE.replace("x", "value"))
    braced = answer("c", TASK, CODE.replace("return x;", "{ return (x); }"))
    far = answer("d", TASK, other_code(9))
    all_of_them = [answer("a", TASK), renamed, braced, far]
    near = chosen([TASK], all_of_them, replace(ALL, near_duplicate=0.9))
    assert counted(near) == {"kept": 2, "near_duplicate": 2}
    assert kept(near) == ["a", "d"]
    assert counted(chosen([TASK], all_of_them, ALL)) == {"kept": 4}


def test_only_so_many_answers_of_a_question_are_kept_the_shortest_ones() -> None:
    many = [answer(f"s{i}", TASK, other_code(i)) for i in (4, 1, 3, 2)]
    assert counted(found := chosen([TASK], many, replace(ALL, per_task=2))) == {"kept": 2, "over_cap": 2}
    assert kept(found) == ["s1", "s2"]


def test_beyond_eight_answers_for_one_that_may_be_kept_none_is_looked_at() -> None:
    near = [answer(f"s{i:02}", TASK, CODE.replace("x", f"x{i}"), completion_tokens=i) for i in range(12)]
    near.append(answer("zz", TASK, other_code(9), completion_tokens=99))
    found = chosen([TASK], near, replace(ALL, per_task=1, near_duplicate=0.9))
    assert counted(found) == {"kept": 1, "over_cap": 12}
    found = chosen([TASK], near, replace(ALL, per_task=2, near_duplicate=0.9))
    assert counted(found) == {"kept": 2, "near_duplicate": 11}


def test_a_family_and_a_cycle_have_their_caps() -> None:
    tasks = [function(n, family="fold" if n < 4 else "scan") for n in range(6)]
    rows = [answer(f"s{n}", task, cycle_id=f"c{n % 2}") for n, task in enumerate(tasks)]
    family = chosen(tasks, rows, replace(ALL, per_family=1))
    assert counted(family) == {"kept": 2, "over_family_cap": 4}
    assert family.families == {"fold": 1, "scan": 1}
    assert counted(chosen(tasks, rows, replace(ALL, per_cycle=2))) == {"kept": 4, "over_cycle_cap": 2}


def test_many_questions_come_before_many_answers_to_one() -> None:
    tasks = [TASK, OTHER]
    rows = [answer(f"{task.id}{i}", task, other_code(i)) for task in tasks for i in range(3)]
    found = chosen(tasks, rows, replace(ALL, per_family=2))
    assert {row.task_id for row in found.rows} == {TASK.id, OTHER.id}


def test_a_held_out_solution_is_removed_and_listed_whatever_it_answers() -> None:
    stolen = str(HELD_OUT.spec.reference).replace("x", "value")  # type: ignore[attr-defined]
    found = chosen([TASK, HELD_OUT], [answer("a", TASK, stolen), answer("b", TASK)])
    assert counted(found) == {"kept": 1, "contaminated": 1}
    (removed,) = found.removed
    assert (removed.sample_id, removed.task_id, removed.with_.task_id) == ("a", TASK.id, HELD_OUT.id)
    assert (removed.with_.overlap, removed.with_.found_by) == (1.0, "ngrams")


def test_a_held_out_solution_in_other_braces_and_brackets_is_found_by_its_tree() -> None:
    held_out = function(
        0, split="audit", body="    if (x > 3)\n        x = x - 1;\n    while (x > 9)\n        x /= 2;\n"
    )
    text = str(held_out.spec.reference)  # type: ignore[attr-defined]
    stolen = (
        text.replace("x = x - 1;", "{ x = (x - 1); }")
        .replace("x /= 2;", "{ x /= 2; }")
        .replace("return x", "return (x)")
    )
    (removed,) = chosen([TASK, held_out], [answer("a", TASK, stolen)]).removed
    assert removed.with_.found_by == "tree"
    assert removed.with_.overlap < 0.9


def test_the_threshold_of_contamination_is_a_setting() -> None:
    text = str(HELD_OUT.spec.reference)  # type: ignore[attr-defined]
    like = text.replace("return x", "return 1 + x")
    assert not chosen([TASK, HELD_OUT], [answer("a", TASK, like)]).removed
    (removed,) = chosen([TASK, HELD_OUT], [answer("a", TASK, like)], replace(ALL, contamination=0.7)).removed
    assert 0.7 <= removed.with_.overlap < 0.9
