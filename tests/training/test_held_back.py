"""What is watched instead of trained on: whole tasks, a share of them, never many rows and never too few."""

from __future__ import annotations

from loop.training.held_back import LEAST, MOST, split

ROWS = [(f"task{number // 2}", number) for number in range(100)]  # two rows a task


def task(row: tuple[str, int]) -> str:
    return row[0]


def test_a_share_of_the_tasks_is_held_back_whole() -> None:
    trained, watched = split(ROWS, task, 0.1, seed=1)
    assert len(watched) == 10 and sorted(trained + watched) == sorted(ROWS)
    assert not {task(row) for row in trained} & {task(row) for row in watched}


def test_the_same_seed_holds_back_the_same_whatever_the_order() -> None:
    assert sorted(split(ROWS[::-1], task, 0.1, seed=1)[1]) == sorted(split(ROWS, task, 0.1, seed=1)[1])
    assert sorted(split(ROWS, task, 0.1, seed=2)[1]) != sorted(split(ROWS, task, 0.1, seed=1)[1])


def test_no_more_rows_than_a_look_may_cost() -> None:
    rows = [(f"task{number // 3}", number) for number in range(3000)]
    _, watched = split(rows, task, 0.5, seed=1)
    assert MOST - 3 < len(watched) <= MOST


def test_of_few_rows_none_is_held_back() -> None:
    few = ROWS[: 2 * LEAST]
    assert split(few, task, 0.1, seed=1) == (few, [])
    assert split(ROWS, task, 0.0, seed=1) == (ROWS, [])
    one_task = [("t", number) for number in range(10)]
    assert split(one_task, task, 0.5, seed=1) == (one_task, [])
