"""Kata projects: they compile, labels follow from the change, references pass, and nothing held out is practised."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from evaluators.oracles.session import Oracles
from evaluators.projects.edits import Edit, apply_edits, parse_edits, render_edits
from evaluators.projects.ground_truth import ROUTES, ground_truth
from evaluators.projects.probe import in_c_library
from evaluators.spec_json import spec_from_json, spec_to_json
from evaluators.text.syntax import functions, parse
from loop.tasks.kata.generate import generate_pack, split_compositions
from loop.tasks.kata.projects.generate import drawn, unsound
from loop.tasks.task import Task

PACK = generate_pack()
PROJECTS = [task for task in PACK.tasks if task.truth is not None]
HELD_OUT = ("audit", "vault")


@pytest.fixture(scope="module")
def oracle(oracle_cache: Path) -> Iterator[Oracles]:
    with Oracles(cache_dir=oracle_cache, cases=12) as opened:
        yield opened


def test_there_are_projects_of_many_families_in_every_split() -> None:
    count = Counter(task.split for task in PROJECTS)
    assert count["practice"] >= 400
    assert all(48 <= count[split] <= 64 for split in HELD_OUT)
    for split in count:
        families = {task.family for task in PROJECTS if task.split == split}
        assert len(families) >= 8
        assert {family.partition("-")[0] for family in families} == {"bugfix", "feature", "tests", "performance"}


def test_every_route_is_asked_for_in_every_split() -> None:
    for split in ("practice", *HELD_OUT):
        routes = Counter(task.truth.route for task in PROJECTS if task.split == split and task.truth)
        assert set(routes) == set(ROUTES)
        assert min(routes.values()) >= 0.08 * routes.total(), routes


def test_what_a_project_is_about_lies_in_the_split_of_its_composition() -> None:
    splits = {c.key: split for split, found in split_compositions().items() for c in found}
    for task in PROJECTS:
        assert splits[task.composition[1:]] == task.split


def test_no_function_that_is_held_out_stands_in_a_project_of_another_split() -> None:
    """By its text: what a change to a held-out project writes is nowhere to be read in practice."""
    written = {split: _functions_of(split) for split in ("practice", *HELD_OUT)}
    for left, right in combinations(written, 2):
        assert not written[left] & written[right]


def _functions_of(split: str) -> set[str]:
    """Texts of the functions that the references of its bug fixes and features write."""
    found = set()
    for task in PROJECTS:
        if task.split == split and task.type in ("bugfix", "bugfix-cross", "feature") and task.truth:
            after = apply_edits(task.spec.repository, parse_edits(task.spec.reference)).texts
            changed = [point.split(":") for point in task.truth.points if point.endswith(".c") or ".c:" in point]
            for path, name in changed:
                node = functions(parse(after[path])).get(name)
                if node is not None and not name.startswith(("is_", *_HELPERS)):
                    found.add((node.text or b"").decode())
    return found


_HELPERS = ("square", "magnitude", "twice", "negated", "halved", "last_digit", "sign_of")


def test_the_labels_are_those_that_the_reference_change_shows() -> None:
    for task in PROJECTS[::40]:
        before = task.spec.repository
        globs = getattr(task.spec, "test_files", ())
        after = apply_edits(before, parse_edits(task.spec.reference), globs)
        assert task.truth == ground_truth(before, after, task.prompt)


def test_a_search_of_a_reference_stands_once_in_its_file() -> None:
    for task in PROJECTS:
        for edit in parse_edits(task.spec.reference):
            assert task.spec.repository.texts[edit.file].count(edit.search) == 1


def test_no_function_of_a_project_is_called_like_one_of_the_c_library() -> None:
    names = {
        symbol.rpartition(":")[2]
        for task in PROJECTS
        for symbol in (*task.truth.parts, *task.truth.points)  # type: ignore[union-attr]
    }
    assert not [name for name in names if in_c_library(name)]


def test_requests_name_no_file_and_are_short() -> None:
    for task in PROJECTS:
        assert not [path for path in task.spec.repository.texts if path in task.prompt]
        assert len(task.prompt) < 420


def test_specs_survive_json() -> None:
    for task in PROJECTS[::60]:
        assert spec_from_json(spec_to_json(task.spec)) == task.spec


def test_projects_are_not_large() -> None:
    for task in PROJECTS:
        assert 2 <= len(task.spec.repository.files) <= 7
        assert sum(len(text) for _, text in task.spec.repository.files) < 4000


def test_what_was_found_unsound_is_left_out() -> None:
    assert not {task.id for task in PROJECTS} & unsound()


def _sample() -> list[Task]:
    """Two of each type, of different domains where there are several."""
    by_type: dict[str, list[Task]] = defaultdict(list)
    for task in PROJECTS:
        if task.split == "audit" and not (by_type[task.type] and by_type[task.type][-1].family == task.family):
            by_type[task.type].append(task)
    return [task for found in by_type.values() for task in found[:2]]


@pytest.mark.parametrize("task", _sample(), ids=lambda task: f"{task.family}-{task.id}")
def test_the_reference_passes_and_the_project_as_it_was_does_not(oracle: Oracles, task: Task) -> None:
    assert oracle.grade(task.spec, task.spec.reference).passed
    verdict = oracle.grade(task.spec, _no_change(task))
    assert not verdict.passed
    assert verdict.kind not in ("infra", "format_error"), verdict.evidence


def _no_change(task: Task) -> str:
    """Edits that only add a space at the end of a line."""
    path = parse_edits(task.spec.reference)[0].file
    line = parse_edits(task.spec.reference)[0].search.split("\n")[0]
    text = parse_edits(task.spec.reference)[0].search
    return render_edits([Edit(path, text, text.replace(line, line + " ", 1))])


def test_more_projects_can_be_drawn_than_the_pack_holds_and_only_of_practice() -> None:
    keys = {c.key for c in split_compositions()["practice"]}
    rng, ids = random.Random(3), set()
    for kind in ("bugfix", "cross", "feature", "wide", "tests", "performance"):
        for found in (drawn(kind, rng) for _ in range(12)):
            if found is not None:
                assert found[1].split == "practice" and found[1].composition[1:] in keys
                ids.add(found[1].id)
    assert len(ids) > 30 and len(ids - {task.id for task in PROJECTS}) > 0.7 * len(ids)
