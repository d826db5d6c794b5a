"""Search/replace edits: read, written, applied, and made out of two repositories."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.projects.edit_diff import edits_between
from evaluators.projects.edits import (
    MAX_ANSWER,
    MAX_EDIT_BYTES,
    MAX_EDITS,
    Edit,
    EditError,
    apply_edits,
    changed_files,
    parse_edits,
    render_edits,
)
from evaluators.projects.repository import Repository

FILES = (("src/a.c", "int a;\nint b;\nint a;\n"), ("src/b.c", "int c;\r\n\tint d;\r\n"), ("empty.h", ""))
PROJECT = Repository(FILES, ("src/a.c", "src/b.c"))


def edit(search: str, replacement: str, file: str = "src/a.c") -> str:
    return f'<edit file="{file}">\n<search>{search}</search>\n<replacement>{replacement}</replacement>\n</edit>\n'


def applied(*edits: Edit, editable: tuple[str, ...] = ()) -> dict[str, str]:
    return apply_edits(PROJECT, edits, editable).texts


def test_what_stands_between_edits_is_ignored() -> None:
    text = f"First an <edit> of b.\n{edit('b', 'x')}Then </edit> c & <search>:\n{edit('c', 'y', 'src/b.c')}Done."
    assert parse_edits(text) == (Edit("src/a.c", "b", "x"), Edit("src/b.c", "c", "y"))


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("a", "a"),
        ("\na\n", "a"),
        ("\n  a\n\n", "  a\n"),
        ("\n\na\n", "\na"),
        ("\n", ""),
        ("", ""),
        ("\r\na\r\nb\r\n", "a\nb"),
        (" \na", " \na"),
        ("<replacement>a</edit>", "<replacement>a</edit>"),
    ],
)
def test_one_newline_at_each_end_is_layout(inside: str, text: str) -> None:
    assert parse_edits(edit("x", inside)) == (Edit("src/a.c", "x", text),)
    if "search" not in inside:
        assert parse_edits(edit(inside, "x")) == (Edit("src/a.c", text, "x"),)


def test_the_first_closing_tag_ends_a_text_even_in_a_string() -> None:
    with pytest.raises(EditError, match="</edit> is missing"):
        parse_edits(edit("x", 'puts("</replacement>");'))
    assert parse_edits(edit("x", 'puts("</search>");'))[0].replacement == 'puts("</search>");'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no edits"),
        ("I would change a.c", "no edits"),
        ("<think>" + edit("b", "x"), "thinking does not end"),
        ("<edit path='a.c'>", 'edit 1: file=" is missing'),
        ('<edit file="a.c', "name does not end"),
        ('<edit file="a.c" mode="x">', "> is missing"),
        ('<edit file="a.c"><replacement>', "<search> is missing"),
        ('<edit file="a.c"><search>b', "</search> is missing"),
        ('<edit file="a.c"><search>b</search>then<replacement>', "<replacement> is missing before 'then"),
        ('<edit file="a.c"><search>b</search><replacement>', "</replacement> is missing"),
        (edit("b", "x").replace("</edit>", ""), "</edit> is missing"),
        (edit("b", "x") + '<edit file="a.c">', "edit 2"),
        (edit("b", "x", "../a.c"), "not a plain relative path"),
        (edit("b", "x", "/a.c"), "not a plain relative path"),
        (edit("b", "x", ""), "not a plain relative path"),
        (edit("b", "x", "a b.c"), "not a plain relative path"),
        (edit("b", "x", "a\nb.c"), "not a plain relative path"),
        (edit("b", "x", ".git/hooks/x"), "not a file that can be edited"),
        (edit("b", "\0"), "NUL"),
        (edit("b", "x") * (MAX_EDITS + 1), "more than"),
        (edit("b", "x" * MAX_EDIT_BYTES), "more than"),
        ("x" * (MAX_ANSWER + 1), "more than"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(EditError) as caught:
        parse_edits(text)
    assert reason in caught.value.reason
    assert caught.value.reason.isprintable() and len(caught.value.reason) < 300


def test_edits_are_applied_in_order_each_on_what_the_last_one_left() -> None:
    texts = applied(Edit("src/a.c", "int b;\n", "int e;\n"), Edit("src/a.c", "e;\nint a", "f;\nint g"))
    assert texts["src/a.c"] == "int a;\nint f;\nint g;\n"
    assert texts["src/b.c"] == PROJECT.texts["src/b.c"]


def test_an_empty_replacement_removes() -> None:
    assert applied(Edit("src/a.c", "int b;\n", ""))["src/a.c"] == "int a;\nint a;\n"


def test_an_empty_search_makes_a_file_and_a_c_file_beside_units_is_a_unit() -> None:
    after = apply_edits(
        PROJECT, [Edit("src/new.c", "", "int n;"), Edit("top.c", "", "int t;\n"), Edit("empty.h", "", "x")]
    )
    assert after.texts["src/new.c"] == "int n;\n" and after.texts["empty.h"] == "x\n"
    assert after.units == ("src/a.c", "src/b.c", "src/new.c")
    assert changed_files(PROJECT, after) == ("empty.h", "src/new.c", "top.c")


def test_line_ends_become_those_of_unix_in_changed_files_only() -> None:
    texts = applied(Edit("src/b.c", "int c;\n\tint", "int x;\n\tint"))
    assert texts["src/b.c"] == "int x;\n\tint d;\n"
    assert applied(Edit("src/a.c", "int b;", ""))["src/b.c"] == PROJECT.texts["src/b.c"]


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([Edit("src/a.c", "int a;", "")], "more than once in src/a.c (lines 1 and 3)"),
        ([Edit("src/a.c", "int z;", "")], "edit 1: the search text is not in src/a.c"),
        ([Edit("src/b.c", "    int  d;", "")], "line 2 differs only in white space: 'int d;'"),
        ([Edit("src/c.c", "int", "")], "there is no file src/c.c"),
        ([Edit("src/a.c", "", "int x;")], "src/a.c is there already"),
        ([Edit("lib/x.c", "", "int x;")], "there is no folder lib"),
        ([Edit("src/a.c/x.c", "", "int x;")], "there is no folder src/a.c"),
        ([Edit("src", "", "int x;")], "src is a folder"),
        ([Edit("src/a.c", "int b;", ""), Edit("src/a.c", "int b;", "")], "edit 2"),
    ],
)
def test_edits_that_do_not_fit_say_why(edits: list[Edit], reason: str) -> None:
    with pytest.raises(EditError) as caught:
        apply_edits(PROJECT, edits)
    assert reason in caught.value.reason


def test_matches_that_overlap_are_two() -> None:
    project = Repository((("a.c", "xxx\n"),), ("a.c",))
    with pytest.raises(EditError, match="more than once"):
        apply_edits(project, [Edit("a.c", "xx", "y")])


@pytest.mark.parametrize(
    ("patterns", "path", "allowed"),
    [
        (("src/*.c",), "src/a.c", True),
        (("src/*",), "src/deep/a.c", False),
        (("src/**/*.c",), "src/deep/a.c", True),
        (("src/**/*.c",), "src/a.c", True),
        (("**/*.h",), "empty.h", True),
        (("src/?.c",), "src/ab.c", False),
        (("src/[a].c",), "src/a.c", False),
        (("*.c", "src/b.c"), "src/b.c", True),
        (("*.c",), "src/b.c", False),
    ],
)
def test_globs_say_which_files_are_open(patterns: tuple[str, ...], path: str, allowed: bool) -> None:
    project = Repository((("src/deep/a.c", "y"), ("src/ab.c", "y"), *((p, "y") for p, _ in FILES)), ())
    if allowed:
        assert apply_edits(project, [Edit(path, "y", "z")], patterns).texts[path] == "z"
    else:
        with pytest.raises(EditError, match="not to be changed"):
            apply_edits(project, [Edit(path, "y", "z")], patterns)


paths = st.sampled_from(["src/a.c", "src/b.c", "empty.h", "src/new.c", "new.h"])
texts = st.text(alphabet="ab;{} \n\t<>/\"'é", max_size=30)
edits = st.lists(st.builds(Edit, paths, texts, texts), min_size=1, max_size=5)
tags = ["<search>", "</search>", "<replacement>", "</replacement>", "</edit>", "<think>", "</think>", "<edit>"]
other = ["\n", "\r\n", "int b;", "\0", '"', ">", "/", "..", "\ud800", "a" * 50, "<edit ", '<edit file="src/a.c">']
pieces = st.sampled_from([*tags, *other])
hostile = st.one_of(st.text(max_size=200), st.lists(pieces, max_size=40).map("".join), st.lists(pieces).map("\n".join))


@given(edits)
@settings(deadline=None)
def test_edits_that_are_written_down_are_read_back(written: list[Edit]) -> None:
    assert parse_edits(render_edits(written)) == tuple(written)


@given(hostile)
@settings(deadline=None)
def test_whatever_is_read_is_edits_or_an_edit_error(text: str) -> None:
    try:
        found = parse_edits(text)
    except EditError:
        return
    assert parse_edits(render_edits(found)) == found
    try:
        apply_edits(PROJECT, found)
    except EditError:
        return


@given(edits)
@settings(deadline=None)
def test_all_edits_are_applied_or_none(wanted: list[Edit]) -> None:
    before = PROJECT.sha256
    try:
        after = apply_edits(PROJECT, wanted)
    except EditError:
        after = PROJECT
    else:
        step = PROJECT
        for one in wanted:
            step = apply_edits(step, [one])
        assert after == step
    assert PROJECT.sha256 == before
    assert set(after.texts) >= set(PROJECT.texts)


lines = st.lists(st.sampled_from(["int a;\n", "int b;\n", "\n", "}\n", "  x = 1;\n"]), max_size=12).map("".join)
ends = st.sampled_from(["", "int z;"])


@given(lines, ends, lines, ends, lines, st.none() | lines)
@settings(max_examples=300, deadline=None)
def test_the_difference_of_two_repositories_makes_one_of_the_other(
    old: str, old_end: str, new: str, new_end: str, other: str, made: str | None
) -> None:
    if not old + old_end:
        new_end = ""  # what is made of nothing ends with a newline
    before = Repository((("src/a.c", old + old_end), ("src/b.c", other)), ("src/a.c", "src/b.c"))
    files = [("src/a.c", new + new_end), ("src/b.c", other)]
    files += [] if made is None else [("src/c.c", made)]
    after = Repository(tuple(files), tuple(path for path, _ in files))
    found = edits_between(before, after)
    assert apply_edits(before, found) == after
    if found:
        assert apply_edits(before, parse_edits(render_edits(found))) == after


def test_a_difference_that_edits_cannot_say_is_an_error() -> None:
    fewer = Repository(FILES[:1], ("src/a.c",))
    with pytest.raises(ValueError, match="a file is gone"):
        edits_between(PROJECT, fewer)
    unended = Repository((*FILES, ("src/c.h", "int c;")), PROJECT.units)
    with pytest.raises(ValueError, match="lines do not end"):
        edits_between(PROJECT, unended)


@pytest.mark.parametrize("text", ["a </replacement> b", "a\rb", "a\0b"])
def test_what_the_format_cannot_hold_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be written down"):
        render_edits([Edit("a.c", "x", text)])


@pytest.mark.parametrize(
    "text",
    [
        "<edit " * 150_000,
        '<edit file="' * 80_000,
        '<edit file="a"><search>' * 40_000,
        '<edit file="a"><search></search>' + " " * 900_000,
        "<" * 1_000_000,
        "<think>" * 140_000,
        '<edit file="' + "/" * 900_000,
        edit("a", "b") * 10_000,
        edit(" " * 60_000, "b") + "\n" * 800_000,
    ],
)
def test_hostile_text_is_read_in_one_pass(text: str) -> None:
    """Anything quadratic would not end here."""
    with pytest.raises(EditError):
        apply_edits(PROJECT, parse_edits(text))
