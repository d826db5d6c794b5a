"""The kata pack: wide enough, the same everywhere, and its splits share nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import combinations, islice

import pytest

from evaluators.inputs import draw_cases
from loop.errors import PackError
from loop.models.micro_corpus import Row, rows
from loop.tasks.kata.behaviour import fingerprints
from loop.tasks.kata.generate import FAMILIES, generate_pack, shape, split_compositions
from loop.tasks.kata.projects.naming import DOMAINS, function_name
from loop.tasks.pack import load_pack

PACK = generate_pack()
FUNCTIONS = [task for task in PACK.tasks if task.truth is None]
SPLITS = ("practice", "audit", "vault")


def test_there_are_at_least_three_thousand_distinct_tasks_in_many_families() -> None:
    assert len({task.id for task in PACK.tasks}) == len(PACK.tasks)
    assert len(FUNCTIONS) >= 3000
    assert len({task.family for task in FUNCTIONS}) == len(FAMILIES) >= 6
    for split in ("audit", "vault"):
        assert sum(task.split == split for task in FUNCTIONS) >= 128


def test_the_splits_share_no_composition() -> None:
    found = {split: {task.composition for task in PACK.split(split)} for split in SPLITS}
    for left, right in combinations(SPLITS, 2):
        assert not found[left] & found[right]


def test_the_splits_share_no_near_duplicate_up_to_names_and_constants() -> None:
    found = {split: {shape(task.spec.reference) for task in FUNCTIONS if task.split == split} for split in SPLITS}
    for left, right in combinations(SPLITS, 2):
        assert not found[left] & found[right]


def test_the_shape_of_a_function_ignores_names_and_constants_but_not_operators() -> None:
    one = "int f(int a) { return a > 3; }"
    assert shape(one) == shape("int g(int b) { return b > 77; }")
    assert shape(one) != shape("int f(int a) { return a >= 3; }")


@pytest.mark.parametrize("family", [family.name for family in FAMILIES])
def test_no_two_tasks_of_different_splits_behave_alike(family: str) -> None:
    tasks = [task for task in FUNCTIONS if task.family == family]
    seen: dict[str, set[str]] = defaultdict(set)
    for task, mark in zip(tasks, fingerprints([task.spec for task in tasks]), strict=True):
        seen[mark].add(task.split)
    assert all(len(splits) == 1 for splits in seen.values())
    assert len(seen) > 1


def test_each_part_that_is_audited_is_also_practised() -> None:
    splits = split_compositions()
    practised = {(c.family.name, slot, part.key) for c in splits["practice"] for slot, part in c.parts.items()}
    asked = {
        (c.family.name, slot, part.key) for s in ("audit", "vault") for c in splits[s] for slot, part in c.parts.items()
    }
    assert asked <= practised


def test_the_pack_is_the_same_in_another_process() -> None:
    code = "from loop.tasks.pack import load_pack; print(load_pack('kata').sha256)"
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert out.stdout.strip() == PACK.sha256


def test_edge_cases_are_always_among_the_inputs() -> None:
    task = next(task for task in FUNCTIONS if task.family == "fold")
    cases = draw_cases(task.spec, seed=3, count=24)
    lengths = [case[1] for case in cases]
    assert 0 in lengths and 1 in lengths and 12 in lengths
    assert any(set(case[0]) == {-20} for case in cases if isinstance(case[0], tuple) and case[0])


def test_the_same_seed_draws_the_same_inputs_and_another_seed_others() -> None:
    spec = FUNCTIONS[-1].spec
    assert draw_cases(spec, 1, 30) == draw_cases(spec, 1, 30) != draw_cases(spec, 2, 30)
    assert draw_cases(replace(spec, reference="x"), 1, 30) != draw_cases(spec, 1, 30)


def test_the_request_says_what_the_function_looks_like() -> None:
    for task in FUNCTIONS:
        assert task.spec.signature in task.prompt
        assert "{" not in task.prompt.replace(task.spec.prelude, "")


@pytest.fixture(scope="module")
def corpus() -> list[Row]:
    return list(islice(rows(5), 4000))


def test_the_corpus_is_written_from_the_practice_side_alone(corpus: list[Row]) -> None:
    held = [task for task in PACK.tasks if task.split != "practice"]
    shapes = {shape(task.spec.reference) for task in held if task.truth is None}
    requests = {task.prompt.split("\n")[0] for task in held}
    for row in corpus:
        assert not any(request in row.prompt for request in requests)
        if row.stage == "kata" and not row.flawed and "```c\n" in row.completion:
            assert shape(row.completion.split("```c\n")[1].split("\n```")[0]) not in shapes


def test_no_function_in_the_corpus_is_called_like_one_that_is_held_out(corpus: list[Row]) -> None:
    """A function is called after its parts: a name stands for a composition."""
    known = split_compositions()
    held = {function_name(c) for split in ("audit", "vault") for c in known[split] if c.family.name in DOMAINS} - {
        function_name(c) for c in known["practice"] if c.family.name in DOMAINS
    }
    assert len(held) > 150
    for row in corpus:
        assert not held & set(re.findall(r"[a-z_]+", row.prompt + row.completion))


def test_an_unknown_pack_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(PackError, match="katta") as caught:
        load_pack("katta")
    assert "kata" in caught.value.fix
