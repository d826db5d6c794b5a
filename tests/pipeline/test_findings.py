"""What the reference shows is what every stage would find if it were right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loop.errors import PackError
from loop.pipeline.findings import (
    depends_label,
    points_label,
    precision_label,
    reference_findings,
    repository_of,
    scope_label,
    shown_symbols,
    symbols_in_scope,
)  # fmt: skip
from loop.pipeline.stage import Findings
from tests.support.project_tasks import CROSS, FIX, FUNCTION, project_task
from tests.support.repositories import BUG_FIX, RING


def test_the_reference_shows_everything() -> None:
    known, truth = reference_findings(CROSS), CROSS.truth
    assert truth is not None
    assert known == Findings(
        truth.route, truth.files, truth.parts, truth.points, truth.dependencies, CROSS.spec.reference  # type: ignore[attr-defined]
    )  # fmt: skip


def test_a_function_has_nothing_to_look_for() -> None:
    assert reference_findings(FUNCTION) == Findings()
    assert scope_label(FUNCTION, "a.c") is precision_label(FUNCTION, "a.c:f") is points_label(FUNCTION) is None
    assert depends_label(FUNCTION, "a", "b") is None


def test_labels_without_a_repository_are_a_broken_pack() -> None:
    with pytest.raises(PackError, match="has no repository"):
        repository_of(replace(FUNCTION, truth=FIX.truth))
    assert repository_of(FIX).texts.keys() == RING.texts.keys()


def test_symbols_in_scope_are_those_that_the_files_define() -> None:
    found = symbols_in_scope(FIX, Findings(files=("include/ring.h", "README.md")))
    assert [symbol.id for symbol in found] == ["include/ring.h:RING_MAX", "include/ring.h:ring"]
    assert symbols_in_scope(FIX, Findings()) == ()


def test_symbols_that_nobody_judged_are_not_shown() -> None:
    assert shown_symbols(FIX, Findings()) == ()
    assert [(s.id, part) for s, part in shown_symbols(FIX, reference_findings(FIX))] == [
        ("include/ring.h:ring", "type_context"),
        ("src/ring.c:ring_push", "primary"),
    ]


def test_labels_follow_the_reference_and_spare_what_is_useful() -> None:
    task = project_task("?", BUG_FIX, useful_files=("README.md",), useful_symbols=("src/ring.c:ring_pop",))
    assert [scope_label(task, path) for path in ("src/ring.c", "Makefile", "README.md")] == ["yes", "no", None]
    assert precision_label(task, "src/ring.c:ring_pop") is None
    assert precision_label(task, "src/ring.c:ring_push") == "primary"
    assert precision_label(task, "src/ring.c:unheard_of") is None
