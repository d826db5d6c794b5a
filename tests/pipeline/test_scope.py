"""Scope asks about every file, from the outline that the parser gives."""

from __future__ import annotations

from loop.pipeline.budget import Room
from loop.pipeline.stage import Findings, Reading
from loop.pipeline.stages import stage_of
from tests.support.project_tasks import FIX, FUNCTION, about, calls, project_task, repository_of_files
from tests.support.repositories import BUG_FIX


def test_every_file_is_asked_about_and_labelled() -> None:
    labels = {call.item: call.label for call in calls(FIX, "scope")}
    assert labels == dict.fromkeys(BUG_FIX.repository.texts, "no") | {"src/ring.c": "yes", "include/ring.h": "yes"}
    assert {call.positive for call in calls(FIX, "scope")} == {"yes"}


def test_a_file_of_c_shows_what_it_includes_and_a_line_a_symbol() -> None:
    assert about(FIX, "scope", "src/window.c").prompt == (
        "Task:\nWhat is pushed after a few pops overwrites memory behind the ring.\n\n"
        "File src/window.c:\n"
        "includes include/window.h\n"
        "int window_add(struct ring *ring, int value)\n"
        "int window_largest(const struct ring *ring)\n"
        "int window_smallest(const struct ring *ring)\n"
        "\nIs this file needed for the task? Answer yes or no."
    )


def test_a_header_shows_the_functions_that_it_declares() -> None:
    assert "\nint ring_pop(struct ring *ring, int *value)\n" in about(FIX, "scope", "include/ring.h").prompt


def test_another_file_shows_its_first_lines() -> None:
    assert "File README.md:\n# ring\n\nA ring buffer" in about(FIX, "scope", "README.md").prompt


def test_a_long_type_is_told_by_its_name() -> None:
    members = "".join(f"    int member_{i};\n" for i in range(20))
    files = repository_of_files(a_h=f"struct wide {{\n{members}}};\n", a_c='#include "a.h"\n')
    task = project_task("?", BUG_FIX.__class__(files, BUG_FIX.probe, _edit("a.c", "\nint x;\n")))
    assert "\nstruct wide { ... }\n" in about(task, "scope", "a.h").prompt


def _edit(path: str, text: str) -> str:
    body = f"<search>\n#include</search><replacement>{text}#include</replacement>"
    return f'<edit file="{path}">{body}</edit>'


def test_lines_that_do_not_fit_are_named() -> None:
    whole = about(FIX, "scope", "src/window.c").prompt
    call = about(FIX, "scope", "src/window.c", room=Room(len(whole) - 1, len))
    assert call.dropped == ("outline of src/window.c:window_smallest",)
    assert "window_smallest" not in call.prompt
    assert call.prompt.endswith("Answer yes or no.")


def test_a_useful_file_has_no_label() -> None:
    task = project_task("?", BUG_FIX, useful_files=("include/window.h",))
    assert about(task, "scope", "include/window.h").label is None


def test_a_file_is_in_scope_only_when_the_answer_is_a_plain_yes() -> None:
    stage, asked = stage_of("scope"), calls(FIX, "scope")
    texts = dict.fromkeys(asked, "no") | {asked[0]: "yes", asked[1]: "yes!", asked[2]: ""}
    readings = {call: stage.read(call, text) for call, text in texts.items()}
    assert stage.conclude(FIX, Findings(), readings).files == (asked[0].item,)
    assert [reading.value for reading in readings.values()][:3] == ["yes", None, None]


def test_a_function_has_no_files() -> None:
    assert calls(FUNCTION, "scope") == []
    assert stage_of("scope").conclude(FIX, Findings(), {calls(FIX, "scope")[0]: Reading("no")}).files == ()
