"""Routing sees the request and what there is, and answers with one of the routes."""

from __future__ import annotations

from evaluators.projects.ground_truth import ROUTES
from loop.pipeline.budget import Room
from loop.pipeline.stage import Findings, Reading
from loop.pipeline.stages import stage_of
from tests.support.project_tasks import CROSS, FIX, FUNCTION, TASKS, calls


def test_a_project_is_asked_about_once_with_its_files_and_their_symbols() -> None:
    (call,) = calls(FIX, "routing")
    assert FIX.prompt in call.prompt
    assert "\nsrc/ring.c: ring_init, ring_push, ring_pop, ring_count\n" in call.prompt
    assert "\nREADME.md\n" in call.prompt
    assert call.prompt.endswith("Answer implementation, scope, precision or planning.")
    assert (call.options, call.label, call.positive) == (ROUTES, "precision", "")


def test_the_label_is_the_route_of_the_reference() -> None:
    assert {task.truth.route: calls(task, "routing")[0].label for task in TASKS if task.truth} == {
        "precision": "precision",
        "planning": "planning",
    }


def test_a_function_is_asked_nothing() -> None:
    assert calls(FUNCTION, "routing") == []


def test_names_of_symbols_go_before_names_of_files() -> None:
    (whole,) = calls(CROSS, "routing")
    (call,) = calls(CROSS, "routing", room=Room(len(whole.prompt) - 1, len))
    assert call.dropped == ("symbols of tests/test_ini.c",)
    assert "tests/test_ini.c\n" in call.prompt
    (call,) = calls(CROSS, "routing", room=Room(420, len))
    assert "symbols of src/ini.c" in call.dropped
    assert CROSS.prompt in call.prompt


def test_what_cannot_be_read_skips_no_stage() -> None:
    (call,) = calls(FIX, "routing")
    stage = stage_of("routing")
    assert stage.conclude(FIX, Findings(), {call: stage.read(call, "both")}).route == "planning"
    assert stage.conclude(FIX, Findings(), {call: Reading("scope")}).route == "scope"
