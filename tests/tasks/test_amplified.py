"""Amplified inputs: they belong to their task, change no id, and kill what they were made for under every seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.gate.amplify import fixed_cases
from evaluators.gate.cheats import thoughtless
from evaluators.gate.kill_matrix import build_versions, kill_matrix
from evaluators.gate.mutate import Mutant, mutants
from evaluators.inputs import draw_cases, in_domain
from evaluators.oracles.session import Oracles
from loop.tasks.kata.amplified import amplified, read, write
from loop.tasks.kata.amplify import misconceptions
from loop.tasks.kata.generate import SOLVED_BY_NOTHING, asked, generate_pack, mark, split_compositions
from loop.tasks.task import Task

PACK = generate_pack()
FUNCTIONS = [task for task in PACK.tasks if task.truth is None]
STRONGER = [task for task in FUNCTIONS if task.spec.edge_cases]
RARE = "d8de66e1aec1eedf"
"""The first zero right after a space: random strings hardly ever hold one."""
CASES = 24


@pytest.fixture(scope="module")
def oracle(oracle_cache: Path) -> Iterator[Oracles]:
    with Oracles(cache_dir=oracle_cache, cases=CASES) as opened:
        yield opened


def test_every_task_was_amplified_and_nothing_else() -> None:
    marks = [mark(composition) for _, composition in asked()]
    assert len(set(marks)) == len(marks) == len(FUNCTIONS)
    assert set(amplified()) == set(marks)
    assert len(STRONGER) > 0.8 * len(FUNCTIONS)


def test_amplified_inputs_come_from_the_tasks_own_domains_and_leave_room_for_random_ones() -> None:
    for task in STRONGER:
        assert all(in_domain(task.spec, case) for case in task.spec.edge_cases)
        assert draw_cases(task.spec, 8, CASES)[: len(task.spec.edge_cases)] == list(task.spec.edge_cases)
        assert len(fixed_cases(task.spec)) <= CASES - 3


def test_amplified_inputs_leave_a_tasks_id_as_it_is() -> None:
    for task in STRONGER[::100]:
        assert replace(task, spec=replace(task.spec, edge_cases=())).id == task.id


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = {"0a": ((b"a b", 3), ((1, -2), 2)), "0b": ()}
    write(tmp_path / "found.json", found)
    assert read(tmp_path / "found.json") == found


def sample() -> list[Task]:
    return [*STRONGER[:: len(STRONGER) // 14], next(task for task in FUNCTIONS if task.id == RARE)]


@pytest.mark.parametrize("task", sample(), ids=lambda task: f"{task.family}-{task.id}")
def test_cases_that_no_seed_changes_kill_the_mutants_and_the_constants(oracle: Oracles, task: Task) -> None:
    made = mutants(task.spec.reference)
    answers = [*(m.source for m in made), *thoughtless(task.spec).values()]
    alive = survivors(oracle, task, answers, fixed_cases(task.spec))
    noticed = survivors(oracle, task, [answers[i] for i in alive], draw_cases(task.spec, 99, 400))
    missed: list[Mutant] = [made[i] for i in set(alive) - {alive[i] for i in noticed} if i < len(made)]
    assert missed == []
    assert all(i < len(made) for i in alive), "a constant passes"


def survivors(oracle: Oracles, task: Task, sources: list[str], cases: list[object]) -> list[int]:
    """Numbers of the sources that no case kills, plain or sanitized."""
    alive = list(range(len(sources)))
    for build in ("plain", "sanitized"):
        left = {i: sources[i] for i in alive}

        def work(workshop, left=left, build=build):  # type: ignore[no-untyped-def]
            built = build_versions(workshop, task.spec, {i + 1: text for i, text in left.items()}, build)
            return built.broken, kill_matrix(workshop, built, cases, first=True).kills

        _, kills = oracle.call(work).result()
        alive = [i for i in alive if kills.get(i + 1) == ()]
    return alive


def test_misconceptions_of_a_part_are_written_one_at_a_time() -> None:
    composition = next(c for _, c in asked() if sum(len(part.wrong) for part in c.parts.values()) >= 2)
    wrong = misconceptions(composition)
    assert len(wrong) == sum(len(part.wrong) for part in composition.parts.values())
    assert len({*wrong, FUNCTIONS[0].spec.reference}) == len(wrong) + 1


def test_no_task_is_asked_that_an_answer_which_looks_at_nothing_solves() -> None:
    """What is left out is really in the families: a name that no composition has would hide nothing."""
    names = {composition.name for found in split_compositions().values() for composition in found}
    assert names >= SOLVED_BY_NOTHING
    assert not {composition.name for _, composition in asked()} & SOLVED_BY_NOTHING
