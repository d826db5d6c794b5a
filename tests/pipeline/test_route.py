"""A route says which stages are asked; what the others would have found follows from what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.projects.ground_truth import ROUTES, Route
from loop.pipeline.findings import reference_findings
from loop.pipeline.route import is_asked, right_findings, without
from loop.pipeline.stage import Findings
from loop.stage_names import STAGES
from loop.tasks.task import Task
from tests.support.project_tasks import FIX, FUNCTION, PROJECTS, TIDY, project_task
from tests.support.repositories import BUG_FIX


def on_route(task: Task, route: Route) -> Task:
    assert task.truth is not None
    return replace(task, truth=replace(task.truth, route=route))


def test_a_route_names_the_last_stage_that_is_asked_before_the_change_is_written() -> None:
    assert {route: [stage for stage in STAGES if is_asked(route, stage)] for route in ROUTES} == {
        "implementation": ["routing", "implementation"],
        "scope": ["routing", "scope", "implementation"],
        "precision": ["routing", "scope", "precision", "implementation"],
        "planning": list(STAGES),
    }
    assert all(is_asked(None, stage) for stage in STAGES)


@pytest.mark.parametrize(
    ("request_text", "files", "symbols"),
    [
        ("ring_pop gives the wrong value", {"src/ring.c"}, {"src/ring.c:ring_pop"}),
        ("ring_pop() in ring.c is wrong, see RING_MAX.", {"src/ring.c", "include/ring.h"},
         {"src/ring.c:ring_pop", "include/ring.h:RING_MAX"}),
        ("the README.md of tests/test_ring.c", {"README.md", "tests/test_ring.c"}, {"tests/test_ring.c:main"}),
        ("popping is wrong", set(), set()),
        ("my_ring_pop, ring_pops and xring.c are none of ours", set(), set()),
    ],
)  # fmt: skip
def test_without_scope_what_the_request_names_is_what_changes(
    request_text: str, files: set[str], symbols: set[str]
) -> None:
    task = project_task(request_text, BUG_FIX)
    known = without(task, Findings("implementation"), "scope")
    assert set(known.files or ()) == files
    assert dict(known.parts or {}) == dict.fromkeys(symbols, "primary")
    assert without(task, known, "precision") == known


def test_without_precision_every_symbol_in_scope_is_what_changes() -> None:
    known = without(FIX, Findings("scope", files=("src/window.c",)), "precision")
    assert known.parts == dict.fromkeys(
        ["src/window.c:window_add", "src/window.c:window_largest", "src/window.c:window_smallest"], "primary"
    )


def test_without_planning_nothing_more_is_known() -> None:
    known = Findings("precision", ("README.md",), {})
    assert without(FIX, known, "planning") == known


def test_a_chain_without_mistakes_knows_what_its_route_asks_for() -> None:
    known, right = reference_findings(TIDY), right_findings(TIDY)
    assert right == replace(known, answer=None)
    precision = right_findings(on_route(TIDY, "precision"))
    assert (precision.files, precision.parts, precision.points) == (known.files, known.parts, None)
    scope = right_findings(on_route(TIDY, "scope"))
    assert scope.files == known.files
    assert set((scope.parts or {}).values()) == {"primary"}
    assert right_findings(on_route(TIDY, "implementation")).files == ("src/window.c",)
    assert right_findings(FUNCTION) == Findings()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("task", PROJECTS, ids=lambda task: task.prompt[:12])
def test_right_findings_are_those_of_a_right_chain(task: Task, route: Route) -> None:
    from loop.pipeline.chain import run_chain
    from loop.pipeline.scripted import answered_by, perfect
    from tests.support.project_tasks import PLENTY

    task = on_route(task, route)
    (attempt,) = run_chain([task], answered_by(perfect([task])), lambda stage: PLENTY)
    if attempt.broke_at:
        assert (route, attempt.findings.files) == ("implementation", ())  # the request names nothing
        return
    right = right_findings(task)
    scope = {file for file in attempt.findings.files or ()}
    assert (attempt.findings.route, scope, attempt.findings.points and set(attempt.findings.points)) == (
        right.route, set(right.files or ()), right.points and set(right.points),
    )  # fmt: skip
    shown = [{s: p for s, p in (f.parts or {}).items() if p != "excluded"} for f in (attempt.findings, right)]
    assert shown[0] == shown[1]
    assert set(attempt.findings.dependencies or ()) == set(right.dependencies or ())
