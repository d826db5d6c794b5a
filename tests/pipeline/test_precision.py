"""Precision asks about the symbols of the files in scope, and shows their text and who uses them."""

from __future__ import annotations

from evaluators.projects.ground_truth import PARTS
from loop.pipeline.budget import Room
from loop.pipeline.stage import Findings
from loop.pipeline.stages import stage_of
from tests.support.project_tasks import CROSS, FIX, FUNCTION, about, calls, project_task
from tests.support.repositories import BUG_FIX, CROSS_FILE_FIX


def test_only_symbols_of_files_in_scope_are_asked_about() -> None:
    assert [call.item for call in calls(FIX, "precision")] == [
        "include/ring.h:RING_MAX", "include/ring.h:ring",
        "src/ring.c:ring_init", "src/ring.c:ring_push", "src/ring.c:ring_pop", "src/ring.c:ring_count",
    ]  # fmt: skip
    assert [call.item for call in calls(FIX, "precision", known=Findings(files=("tests/test_ring.c",)))] == [
        "tests/test_ring.c:main"
    ]
    assert calls(FIX, "precision", known=Findings(files=())) == calls(FUNCTION, "precision") == []


def test_the_label_is_the_part_in_the_reference() -> None:
    labels = {call.item: call.label for call in calls(CROSS, "precision")}
    assert labels["src/span.c:span_copy"] == "primary"
    assert labels["src/span.c:span_trim"] == "supporting"
    assert labels["src/span.h:span"] == "type_context"
    assert labels["src/span.c:is_blank"] == "excluded"
    assert all(call.options == PARTS and call.positive == "" for call in calls(CROSS, "precision"))


def test_the_text_stands_with_those_who_use_it() -> None:
    prompt = about(CROSS, "precision", "src/span.c:is_blank").prompt
    assert "File src/span.c:\nstatic int is_blank(char c)\n{\n    return c == ' ' || c == '\\t';\n}\n" in prompt
    assert "\nused by span_trim\n" in prompt
    assert prompt.endswith("Answer primary, supporting, type_context or excluded.")


def test_a_long_function_shows_its_head_and_what_is_left_out_is_named() -> None:
    whole = about(CROSS, "precision", "src/ini.c:ini_parse").prompt
    call = about(CROSS, "precision", "src/ini.c:ini_parse", room=Room(len(whole) - 1, len))
    assert call.dropped == ("lines 25 to 32 of src/ini.c:ini_parse",)
    assert "int ini_parse(const char *text, ini_seen seen, void *context)\n{\n" in call.prompt
    assert "\n...\n" in call.prompt
    assert "\nused by main" in call.prompt
    call = about(CROSS, "precision", "src/ini.c:ini_parse", room=Room(1, len))
    assert call.dropped[-1] == "users of src/ini.c:ini_parse"
    assert "line = span_trim(line);" in call.prompt  # the twelfth line


def test_useful_symbols_have_no_label() -> None:
    task = project_task("?", CROSS_FILE_FIX, useful_symbols=("src/span.c:is_blank",))
    assert about(task, "precision", "src/span.c:is_blank").label is None
    task = project_task("?", BUG_FIX, useful_symbols=("src/ring.c:ring_pop",))
    assert about(task, "precision", "src/ring.c:ring_pop").label is None


def test_a_symbol_whose_answer_cannot_be_read_is_excluded() -> None:
    stage, asked = stage_of("precision"), calls(FIX, "precision")
    texts = ["primary", "Supporting.", "type context", "primary or supporting", "", "excluded"]
    readings = {call: stage.read(call, text) for call, text in zip(asked, texts, strict=True)}
    parts = stage.conclude(FIX, Findings(), readings).parts
    assert parts is not None
    assert list(parts.values()) == ["primary", "supporting", "excluded", "excluded", "excluded", "excluded"]
