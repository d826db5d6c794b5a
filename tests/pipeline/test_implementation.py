"""Implementation shows what is needed as it stands in the files, and hands the oracle what can be read."""

from __future__ import annotations

import pytest

from evaluators.projects.edits import parse_edits
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.route import right_findings
from loop.pipeline.stage import Call, Findings, Reading
from loop.pipeline.stages import stage_of
from loop.tasks.reference import reference_pack
from loop.tasks.task import Task
from tests.support.project_tasks import (
    CROSS,
    FIX,
    FUNCTION,
    MODULE,
    PEEK,
    PLENTY,
    PROJECTS,
    TESTS,
    TIDY,
    calls,
    with_readme_fix,
)  # fmt: skip

STAGE = stage_of("implementation")


def prompt_of(task: Task, known: Findings | None = None, room: Room = PLENTY) -> Call:
    (call,) = calls(task, "implementation", known=known, room=room)
    return call


def test_a_function_is_asked_as_it_is_and_answered_with_code() -> None:
    call = prompt_of(FUNCTION)
    assert call.prompt == FUNCTION.prompt
    assert (
        STAGE.read(call, "```c\nint twice(int x) { return 2 * x; }\n```").value
        == "int twice(int x) { return 2 * x; }\n"
    )
    assert STAGE.read(call, "int twice").value is None


def test_what_changes_stands_with_its_prototype_and_the_top_of_its_file() -> None:
    prompt = prompt_of(FIX).prompt
    assert 'File src/ring.c:\n#include "ring.h"\n\nint ring_push(struct ring *ring, int value)\n{' in prompt
    assert "/* Puts a value behind the others. Returns 1, or 0 when the ring is full. */\nint ring_push(" in prompt
    assert "ring_pop" not in prompt
    assert "\nOnly these files may change: src/*.c, include/*.h\n" in prompt
    assert prompt.endswith("</edit>")


def test_the_plan_names_parts_in_an_order_in_which_nothing_is_used_too_early() -> None:
    assert "Plan:\n1. src/span.c: span_copy\n1. src/ini.c: ini_parse\n\n" in prompt_of(CROSS).prompt
    plan = prompt_of(TIDY).prompt.partition("Plan:\n")[2].partition("\n\n")[0].split("\n")
    assert plan[:2] == ["1. src/window.c: item_at (new)", "1. src/window.c: extreme (new)"]
    assert len(plan) == 5


def test_without_a_plan_nothing_is_said_of_one() -> None:
    known = Findings("precision", ("src/ring.c",), {"src/ring.c:ring_push": "primary"})
    assert "Plan:" not in prompt_of(FIX, known).prompt


def test_something_new_is_shown_what_it_may_stand_beside() -> None:
    """The last function of the file, and the last prototype in the header that declares such functions."""
    prompt = prompt_of(PEEK).prompt
    assert "1. src/ring.c: ring_peek (new)\n" in prompt
    assert "/* How many values are in it. */\nint ring_count(const struct ring *ring);" in prompt
    assert "int ring_count(const struct ring *ring)\n{" in prompt
    assert "ring_pop" not in prompt


def test_without_points_and_primary_symbols_any_file_in_scope_may_take_it_up() -> None:
    call = prompt_of(PEEK, right_findings(PEEK))
    assert right_findings(PEEK).points is None
    assert "int ring_count(const struct ring *ring)\n{" in call.prompt
    assert "struct ring {\n" in call.prompt


def test_a_file_that_is_no_c_is_shown_whole_when_it_changes() -> None:
    task = with_readme_fix()
    assert task.spec.repository.texts["README.md"] in prompt_of(task).prompt  # type: ignore[attr-defined]
    assert "1. README.md\n" in prompt_of(task).prompt


def test_types_go_last_supporting_symbols_first_and_what_changes_stays() -> None:
    whole = prompt_of(CROSS).prompt
    assert prompt_of(CROSS, room=Room(len(whole) - 1, len)).dropped == ("src/span.c:span_find",)
    least = prompt_of(CROSS, room=Room(1, len))
    assert "src/span.h:span" in least.dropped
    assert "top of src/ini.c" in least.dropped
    assert "src/ini.c:ini_parse" not in least.dropped
    assert "int ini_parse(const char *text, ini_seen seen, void *context)\n{" in least.prompt
    some = prompt_of(CROSS, room=Room(len(least.prompt) + 500, len))
    assert "src/span.c:span_trim" in some.dropped
    assert "src/span.h:span" not in some.dropped


def test_tests_that_are_one_file_are_asked_for_and_read_as_c() -> None:
    call = prompt_of(TESTS)
    assert call.prompt.endswith("Answer with the whole of tests/new.c in one ```c block.")
    assert STAGE.read(call, "```c\nint run_tests(void);\n```") == Reading("int run_tests(void);\n")
    assert "int ring_count(const struct ring *ring)\n{" in call.prompt


@pytest.mark.parametrize("task", [task for task in PROJECTS if task is not TESTS], ids=lambda task: task.prompt[:12])
def test_the_oracle_is_given_edits_that_could_be_read(task: Task) -> None:
    call, reference = prompt_of(task), task.spec.reference  # type: ignore[attr-defined]
    reading = STAGE.read(call, f"<think>\nhm\n</think>\n\n{reference}")
    assert reading.value is not None
    assert parse_edits(reading.value) == parse_edits(reference)
    assert STAGE.read(call, "I would change ring.c").value is None


@pytest.mark.parametrize(
    "task", [*(t for t in PROJECTS if t is not TESTS), *reference_pack().tasks], ids=lambda t: t.composition[0][:12]
)
def test_texts_are_shown_as_they_stand_in_their_files(task: Task) -> None:
    """Of each file there are parts whose lines follow each other in it: a search copied from the prompt is found."""
    texts = task.spec.repository.texts  # type: ignore[attr-defined]
    for known in (reference_findings(task), right_findings(task)):
        shown = prompt_of(task, known).prompt.partition("File ")[2].rpartition("\n\n")[0]
        for section in shown.split("\nFile "):
            path, _, text = section.partition(":\n")
            if path in texts:
                assert all(part in texts[path] for part in text.split("\n\n")), path


@pytest.mark.parametrize("task", reference_pack().tasks, ids=lambda task: task.composition[0])
def test_what_the_reference_rewrites_is_in_the_prompt(task: Task) -> None:
    """Every line that the reference takes out can be read there."""
    from difflib import ndiff

    call = prompt_of(task, right_findings(task))
    if call.kind != "edits":
        return
    for edit in parse_edits(task.spec.reference):  # type: ignore[attr-defined]
        gone = [
            line[2:] for line in ndiff(edit.search.split("\n"), edit.replacement.split("\n")) if line.startswith("- ")
        ]
        assert all(line in call.prompt for line in gone), edit.file


def test_a_new_module_is_planned_in_its_new_file() -> None:
    assert "1. src/stats.c: stats_range (new)\n" in prompt_of(MODULE).prompt


def test_an_answer_that_cannot_be_read_is_none() -> None:
    call = prompt_of(FIX)
    assert STAGE.conclude(FIX, Findings(), {call: Reading(None, "?")}).answer is None
    assert STAGE.conclude(FIX, Findings(), {call: Reading("edits")}).answer == "edits"
