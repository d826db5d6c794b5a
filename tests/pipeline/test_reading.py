"""Answers are read as they were asked for, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.projects.edits import parse_edits
from loop.pipeline.reading import line_of, lines_of, points_of, read_code, read_edits, read_option, read_points, spoken
from loop.pipeline.stage import Call, Reading

YES_NO = Call("task", "scope", "a.c", "?", options=("yes", "no"))
EDIT = '<edit file="a.c">\n<search>\nx\n</search>\n<replacement>\ny\n</replacement>\n</edit>\n'


@pytest.mark.parametrize("text", ["yes", "Yes", " YES.\n", "<think>\nno\n</think>\n\nyes", "<think></think>yes."])
def test_one_word_is_an_answer(text: str) -> None:
    assert read_option(YES_NO, text) == Reading("yes")


@pytest.mark.parametrize(
    "text", ["", ".", "yes..", "yes no", "yes, it is", "y", "**yes**", "no </think> yes", "the answer is yes"]
)
def test_anything_else_is_none(text: str) -> None:
    reading = read_option(YES_NO, text)
    assert reading.value is None
    assert "none of: yes, no" in reading.problem


@pytest.mark.parametrize("read", [lambda text: read_option(YES_NO, text), read_points, read_edits, read_code])
def test_a_thought_that_does_not_end_is_no_answer(read) -> None:
    reading = read("<think>\nyes, src/a.c: f, " + EDIT)
    assert reading == Reading(None, "the thought was never closed")


def test_a_thought_is_what_stands_first() -> None:
    assert spoken(" <think>a</think> b ") == "b"
    assert spoken("b <think>a</think>") == "b <think>a</think>"


def test_points_are_read_in_sorted_order() -> None:
    assert read_points("src/b.c: g\nREADME.md\nsrc/a.c: f \n") == Reading("README.md\nsrc/a.c: f\nsrc/b.c: g")


@pytest.mark.parametrize(
    "text",
    [
        "", "- src/a.c: f", "src/a.c:f", "src/a.c: f, g", "1. src/a.c: f", "src/a.c: f()", "src/a.c: f\n\nsrc/b.c: g",
        "These change:\nsrc/a.c: f", "src/a b.c: f", "src/a.c: 9",
        "\n".join(f"file{i}" for i in range(65)),
    ],
)  # fmt: skip
def test_what_is_no_list_of_points_is_refused(text: str) -> None:
    assert read_points(text).value is None


def test_a_point_that_is_named_twice_is_read_is_not_right_and_counts_once() -> None:
    value = read_points("src/a.c: f\nREADME.md\nsrc/a.c: f").value
    assert value is not None
    assert value != lines_of(("README.md", "src/a.c:f"))
    assert points_of(value) == ("README.md", "src/a.c:f")


def test_points_and_lines_are_the_same_thing() -> None:
    points = ("src/b.c:g", "src/a.c:f", "Makefile")
    assert points_of(lines_of(points)) == ("Makefile", "src/a.c:f", "src/b.c:g")
    assert points_of("") == ()
    assert line_of("src/a.c:f") == "src/a.c: f"


def test_edits_are_read_without_what_stands_around_them() -> None:
    reading = read_edits("<think>hm</think>\nHere:\n" + EDIT + "Done.")
    assert reading == Reading(EDIT)


def test_edits_that_cannot_be_read_say_why() -> None:
    assert "</replacement> is missing" in read_edits(EDIT.replace("</replacement>", "")).problem
    assert read_edits("no change is needed").value is None


def test_code_is_one_block() -> None:
    assert read_code("```c\nint x;\n```") == Reading("int x;\n")
    assert read_code("int x;").value is None


@given(st.text(st.sampled_from('yesno.<>/think \n:ab"=edit') | st.characters(), max_size=60))
def test_no_text_breaks_a_reader(text: str) -> None:
    for prefix in ("", "<think>", EDIT, '<edit file="'):
        said = prefix + text
        for reading in (read_option(YES_NO, said), read_points(said), read_edits(said), read_code(said)):
            assert (reading.value is None) == bool(reading.problem)


@given(st.text(st.sampled_from("ab<>\n/ search") | st.characters(exclude_categories=("Cs",)), max_size=40))
def test_edits_mean_the_same_after_reading(text: str) -> None:
    said = f'<edit file="a.c"><search>{text}</search><replacement>{text[::-1]}</replacement></edit>'
    reading = read_edits(said)
    if reading.value is not None:
        assert parse_edits(reading.value) == parse_edits(said)


@given(st.lists(st.from_regex(r"[a-z/.]{1,9}(:[a-z_]{1,5})?", fullmatch=True), min_size=1, max_size=9, unique=True))
def test_canonical_lines_read_as_themselves(points: list[str]) -> None:
    lines = lines_of(points)
    assert read_points(lines) == Reading(lines)
    assert sorted(points_of(lines)) == sorted(points)
