"""Every reference task is what it has to be: a sound little project, labels that its author agrees with, an oracle."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluators.oracles.session import Oracles
from evaluators.projects.code_map import code_map
from evaluators.projects.edit_diff import edits_between
from evaluators.projects.edits import apply_edits, parse_edits, render_edits, with_texts
from evaluators.reference.read import ROOT, TYPES, ReferenceTask, names, reference_task

STRICT = "gcc -std=c11 -Wall -Wextra -Werror"
ASKED_BY_NAME = ("refactoring", "tests", "documentation")
"""Types whose request has to say where it wants something; in the others that would give the answer away."""

LONG_TO_GRADE = ("tests", "performance")
"""Types whose answers are run against many versions, or on inputs that take their time."""

every_task = pytest.mark.parametrize("name", names())


@pytest.fixture(scope="module")
def oracles(oracle_cache: Path) -> Iterator[Oracles]:
    with Oracles(cache_dir=oracle_cache, cases=24) as opened:
        yield opened


def spec_of(task: ReferenceTask) -> Any:
    return task.spec


def texts(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_there_are_two_tasks_of_each_type() -> None:
    assert Counter(reference_task(name).type for name in names()) == dict.fromkeys(TYPES, 2)


@every_task
def test_a_project_has_a_makefile_a_readme_tests_and_a_readable_size(name: str) -> None:
    project = texts(ROOT / name / "project")
    lines = sum(text.count("\n") for path, text in project.items() if path.endswith((".c", ".h")))
    assert {"Makefile", "README.md"} <= project.keys()
    assert any(path.startswith("tests/") and path.endswith(".c") for path in project)
    assert 6 <= len(project) <= 15
    assert 400 <= lines <= 1500
    assert 2 <= len(spec_of(reference_task(name)).repository.units) <= 8


def solved(name: str) -> dict[str, str]:
    """The project's files after the reference."""
    spec = spec_of(reference_task(name))
    after = apply_edits(spec.repository, parse_edits(spec.reference), getattr(spec, "editable", ()))
    return dict(after.texts)


@every_task
def test_a_solution_is_the_fewest_edits_that_come_to_it(name: str) -> None:
    spec = spec_of(reference_task(name))
    after = with_texts(spec.repository, solved(name))
    assert after.texts != spec.repository.texts
    assert spec.reference == render_edits(edits_between(spec.repository, after))


@every_task
def test_a_request_that_describes_a_symptom_does_not_name_the_file_that_changes(name: str) -> None:
    task = reference_task(name)
    assert len(task.request.split()) >= 40, "a colleague says more than that"
    if task.type not in ASKED_BY_NAME:
        old = spec_of(task).repository.texts
        changed = {file for file in (point.split(":")[0] for point in task.truth.points) if file.endswith(".c")}
        named = [file for file in changed & old.keys() if re.search(rf"\b{Path(file).stem}\.c\b", task.request)]
        assert not named


@every_task
def test_labels_that_follow_from_the_solution_are_those_that_its_author_expects(name: str) -> None:
    task = reference_task(name)
    needed = {*task.truth.files, *(symbol for symbol, part in task.truth.parts.items() if part != "excluded")}
    assert set(task.must) <= needed
    assert not set(task.must_not) & needed
    known = {*spec_of(task).repository.texts, *task.truth.parts}
    assert {*task.must, *task.must_not, *task.truth.useful_files, *task.truth.useful_symbols} <= known
    assert not set(task.must_not) & {*task.truth.useful_files, *task.truth.useful_symbols}


@every_task
def test_every_kind_of_judgment_has_both_answers(name: str) -> None:
    task = reference_task(name)
    files = set(spec_of(task).repository.texts) - set(task.truth.useful_files)
    assert files & set(task.truth.files) and files - set(task.truth.files)
    parts = {part for symbol, part in task.truth.parts.items() if symbol not in task.truth.useful_symbols}
    assert "excluded" in parts and len(parts) > 1
    assert any(":" in entry for entry in task.must) and any(":" not in entry for entry in task.must)
    assert any(":" in entry for entry in task.must_not) and any(":" not in entry for entry in task.must_not)
    assert len(task.truth.parts) == len(code_map(spec_of(task).repository).symbols)


@every_task
@pytest.mark.parametrize("state", ["as given", "with the solution"])
def test_make_check_passes_without_a_warning_and_clean_takes_all_away(name: str, state: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(ROOT / name / "project", work)
    if state == "with the solution":
        for path, text in solved(name).items():
            (work / path).parent.mkdir(exist_ok=True)
            (work / path).write_text(text)
    before = texts(work)
    assert "$(CC)" in before["Makefile"]
    built = subprocess.run(["make", "-j2", "-C", work, f"CC={STRICT}", "all", "check"], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
    subprocess.run(["make", "-C", work, "clean"], capture_output=True, check=True)
    assert texts(work) == before


def graded(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.slow if reference_task(name).type in LONG_TO_GRADE else ())


@pytest.mark.parametrize("name", [graded(name) for name in names()])
def test_the_reference_passes_and_an_empty_answer_does_not(name: str, oracles: Oracles) -> None:
    spec = spec_of(reference_task(name))
    verdict = oracles.grade(spec, spec.reference)
    assert verdict.passed, verdict
    assert not oracles.grade(spec, "").passed
