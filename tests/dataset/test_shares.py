"""Shares of the rows: mastered questions, answers without a thought, labels. All of them hold at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loop.dataset.policy import Policy
from loop.dataset.shares import Row, fair, replayed
from tests.support.graded_answers import ALL, answer, chosen, counted, fail, function, kept

TASKS = [function(n) for n in range(12)]


def practice(mastered: int, learning: int, **changes: Any) -> list[dict[str, Any]]:
    """One right answer to each question, and a wrong one to those of the learning zone."""
    rows = [answer(f"s{n:02}", task, **changes) for n, task in enumerate(TASKS[: mastered + learning])]
    return rows + [fail(f"f{n:02}", TASKS[n], **changes) for n in range(mastered, mastered + learning)]


def test_mastered_questions_are_at_most_their_share_of_the_rows() -> None:
    found = chosen(TASKS, practice(6, 6), replace(ALL, replay=0.25))
    assert counted(found) == {"kept": 8, "mastered": 4, "failed": 6}


@pytest.mark.parametrize(("replay", "rows"), [(0.0, 6), (1.0, 12)])
def test_replay_can_be_switched_off_and_left_without_limit(replay: float, rows: int) -> None:
    assert chosen(TASKS, practice(6, 6), replace(ALL, replay=replay)).counters["kept"] == rows


def test_where_everything_is_mastered_that_share_is_rehearsed_and_one_row_at_least() -> None:
    assert counted(chosen(TASKS, practice(10, 0), replace(ALL, replay=0.15))) == {"kept": 2, "mastered": 8}
    assert counted(chosen(TASKS, practice(2, 0), replace(ALL, replay=0.15))) == {"kept": 1, "mastered": 1}
    assert counted(chosen(TASKS, practice(2, 0), replace(ALL, replay=0.0))) == {"mastered": 2}


def test_a_small_learning_zone_is_not_filled_up_with_what_is_mastered() -> None:
    assert counted(chosen(TASKS, practice(9, 3), replace(ALL, replay=0.15))) == {"kept": 3, "mastered": 9, "failed": 3}


def test_replay_fills_up_to_as_many_tasks_as_training_wants_and_without_replay_nothing_does() -> None:
    few = replace(ALL, replay=0.15, floor=5)
    assert counted(chosen(TASKS, practice(9, 3), few)) == {"kept": 5, "mastered": 7, "failed": 3}
    assert counted(chosen(TASKS, practice(12, 0), few)) == {"kept": 5, "mastered": 7}
    assert counted(chosen(TASKS, practice(6, 6), few)) == {"kept": 7, "mastered": 5, "failed": 6}
    assert counted(chosen(TASKS, practice(9, 3), replace(few, replay=0.0))) == {"kept": 3, "mastered": 9, "failed": 3}


def test_what_is_rehearsed_is_of_many_tasks_before_it_is_much_of_one() -> None:
    rows = [
        answer(f"{task.id}{i}", task, f"f{i}", label="yes", tier="", stage="scope", call_id=f"{i}{task.id}")
        for task in TASKS[:4] for i in range(5)
    ]  # fmt: skip
    found = chosen(TASKS, rows, replace(ALL, replay=0.01, floor=4), stage="scope")
    assert len({row.task_id for row in found.rows}) == len(found.rows) == 4


def test_whether_a_question_is_mastered_is_what_its_latest_practice_says() -> None:
    task = TASKS[0]
    once = [answer("a", task, cycle_id="c0001"), fail("b", task, cycle_id="c0001")]
    later = [answer("c", task, cycle_id="c0002")]
    assert counted(chosen([task], once, replace(ALL, replay=0.0))) == {"kept": 1, "failed": 1}
    assert counted(chosen([task], once + later, replace(ALL, replay=0.0))) == {
        "mastered": 1,
        "duplicate": 1,
        "failed": 1,
    }


def test_an_attempt_that_could_not_be_graded_says_nothing_of_mastery() -> None:
    task = TASKS[0]
    rows = [answer("a", task), fail("b", task, kind="infra")]
    assert counted(chosen([task], rows, replace(ALL, replay=0.0))) == {"mastered": 1, "infra": 1}


def test_where_a_stage_thinks_answers_without_a_thought_are_at_most_a_quarter() -> None:
    thinking = replace(ALL, thinking=True, reasoning=0.75)
    rows = [answer(f"s{n:02}", t, think_tokens=30 if n < 6 else 0) for n, t in enumerate(TASKS)]
    assert counted(chosen(TASKS, rows, thinking)) == {"kept": 8, "reasoning": 4}
    assert counted(chosen(TASKS, rows, replace(thinking, reasoning=0.0))) == {"kept": 12}
    assert counted(chosen(TASKS, rows, ALL)) == {"kept": 12}  # it does not think


def test_many_thoughts_harm_nothing_and_without_any_there_is_nothing_to_keep() -> None:
    thinking = replace(ALL, thinking=True, reasoning=0.75)
    assert counted(chosen(TASKS, [answer(f"s{n}", t, think_tokens=9) for n, t in enumerate(TASKS)], thinking)) == {
        "kept": 12
    }
    assert counted(chosen(TASKS, [answer(f"s{n}", t) for n, t in enumerate(TASKS)], thinking)) == {"reasoning": 12}


def test_of_equal_answers_of_a_stage_that_thinks_the_one_with_a_thought_is_kept() -> None:
    both = [answer("a", TASKS[0]), answer("b", TASKS[0], think_tokens=50, completion_tokens=400)]
    assert kept(chosen(TASKS, both, replace(ALL, thinking=True))) == ["b"]


def judgments(yes: int, no: int) -> list[dict[str, Any]]:
    labels = ["yes"] * yes + ["no"] * no
    return [
        answer(f"s{n:02}", TASKS[0], label, label=label, tier="", stage="scope", call_id=f"q{n}", item=f"f{n}.c")
        for n, label in enumerate(labels)
    ]


def test_no_label_has_more_than_twice_the_rows_of_the_rarest() -> None:
    found = chosen(TASKS, judgments(7, 2), ALL, stage="scope")
    assert counted(found) == {"kept": 6, "class_balance": 3}
    assert counted(chosen(TASKS, judgments(7, 2), replace(ALL, balance=3.0), stage="scope")) == {
        "kept": 8,
        "class_balance": 1,
    }
    assert counted(chosen(TASKS, judgments(7, 2), replace(ALL, balance=0.0), stage="scope")) == {"kept": 9}


def test_taking_one_share_leaves_no_other_broken() -> None:
    rows = [
        Row(f"s{i:03}", f"t{i}", mastered=i % 3 == 0, thought=i % 2 == 0, label="yes" if i % 5 else "no")
        for i in range(200)
    ]
    policy = Policy(thinking=True, reasoning=0.75, replay=0.15, balance=2.0, floor=0)
    left, out = fair(rows, policy)
    assert len(left) + sum(out.values()) == len(rows)
    assert left and all(out[reason] for reason in ("mastered", "reasoning", "class_balance"))
    assert sum(row.mastered for row in left) <= 0.15 * len(left)
    assert sum(not row.thought for row in left) <= 0.25 * len(left)
    assert sum(row.label == "yes" for row in left) <= 2 * sum(row.label == "no" for row in left)


@pytest.mark.parametrize("others", range(1, 60))
def test_a_replayed_share_is_never_more_than_was_allowed_and_never_less_than_it_could_be(others: int) -> None:
    n = replayed(others, 1000, 0.15)
    assert n <= 0.15 * (n + others) < n + 1
