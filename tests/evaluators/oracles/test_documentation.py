"""Comments change, code does not, and each public symbol says something."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluators.oracles.documentation import DocumentationSpec, from_json, to_json
from evaluators.oracles.session import Oracles
from evaluators.projects.edits import Edit, render_edits
from evaluators.projects.repository import Repository
from evaluators.verdict import Kind, Verdict

HEADER = """#ifndef STACK_H
#define STACK_H

#define STACK_ROOM 8

typedef struct stack { int values[STACK_ROOM]; int count; } stack;

int stack_push(stack *s, int value);

void stack_clear(stack *s);

#endif
"""
UNIT = """#include <assert.h>
#include "stack.h"

int stack_push(stack *s, int value) {
    assert(s);
    if (s->count == STACK_ROOM) return 0;
    s->values[s->count++] = value;
    return 1;
}

void stack_clear(stack *s) { s->count = 0; }
"""
FILES = (("README", "a stack\n"), ("include/stack.h", HEADER), ("src/stack.c", UNIT))
PROJECT = Repository(FILES, ("src/stack.c",), ("include",))

ROOM = "/* How many values fit into one stack. */"
TYPE = "/** Integers, last in and first out.\n *  Zero-initialised it is empty.\n */"
PUSH = "// Puts `value` on top of s.\n// Returns whether there was room for it."
CLEAR = "/* Empties s; its former values are lost. */"


def documented(room: str = ROOM, type_: str = TYPE, push: str = PUSH, clear: str = CLEAR) -> str:
    """Edits that put these comments before the header's declarations."""
    lines = ["#define STACK_ROOM 8", "typedef struct stack {", "int stack_push(", "void stack_clear("]
    pairs = zip(lines, (room, type_, push, clear), strict=True)
    return render_edits(
        Edit("include/stack.h", line, f"{comment}\n{line}" if comment else line) for line, comment in pairs
    )


def with_edit(file: str, search: str, replacement: str) -> str:
    return documented() + render_edits([Edit(file, search, replacement)])


SPEC = DocumentationSpec(PROJECT, ("include/stack.h",), documented())
Grade = Callable[[str], Verdict]


@pytest.fixture
def grade(oracle: Oracles) -> Grade:
    return lambda answer: oracle.grade(SPEC, answer)


def test_comments_before_every_public_symbol_pass(grade: Grade, oracle: Oracles) -> None:
    verdict = grade(documented())
    assert verdict.passed, verdict.evidence
    assert verdict.tier == oracle.tier


def test_comments_may_go_anywhere_and_move_lines(grade: Grade) -> None:
    text = '/* A stack.\n * It\'s small; "so what". */\n#include <assert.h>'
    assert grade(with_edit("src/stack.c", "#include <assert.h>", text)).passed
    assert grade(with_edit("src/stack.c", "    assert(s);", "    assert(s); // not NULL")).passed
    assert grade(
        with_edit("src/stack.c", "(stack *s, int value) {", "(stack *s /* not NULL */,\n int value)\n{")
    ).passed
    assert grade(with_edit("README", "a stack", "a documented stack")).passed


@pytest.mark.parametrize(
    ("file", "search", "replacement", "evidence"),
    [
        ("src/stack.c", "return 1;", "return 2;", "return 1 ; } void stack_clear' becomes 'value ; return 2"),
        ("include/stack.h", "STACK_ROOM 8", "STACK_ROOM 9", "STACK_ROOM 8"),
        (
            "src/stack.c",
            "    if (s->count",
            "    // is there room? \\\n    if (s->count",
            "the code of src/stack.c changes",
        ),
        (
            "src/stack.c",
            "    if (s->count",
            "    // is there room? \\  \n    if (s->count",
            "the code of src/stack.c changes",
        ),
        ("src/stack.c", "    if (s->count", "    // is there room???/\n    if (s->count", "trigraph"),
        ("src/stack.c", "assert(s);", "/* assert(s); */", "the code of src/stack.c changes"),
        ("src/stack.c", "return 1;\n}", 'return 1;\n}\nstatic const char *unused = "/* why */";', "the code of"),
        ("src/stack.c", "return 1;\n}", "return 1;\n}\n#define DOCUMENTED 1", "the code of src/stack.c changes"),
        ("src/stack.c", "void stack_clear", "#if 0\n/* doc */\n#endif\nvoid stack_clear", "the code of"),
    ],
)
def test_changed_code_fails_and_the_first_difference_is_named(
    grade: Grade, file: str, search: str, replacement: str, evidence: str
) -> None:
    verdict = grade(with_edit(file, search, replacement))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert evidence in verdict.evidence


def test_code_in_a_new_file_fails(grade: Grade) -> None:
    assert grade(documented() + render_edits([Edit("src/more.c", "", "int more;\n")])).kind is Kind.WRONG_ANSWER


@pytest.mark.parametrize(
    ("comments", "evidence"),
    [
        ({"clear": ""}, "stack_clear: no comment directly before it"),
        ({"clear": "/* Empties the stack s fully. */\n"}, "stack_clear: no comment directly before it"),
        ({"clear": "/* Empties s. */"}, "stack_clear: its comment has 2 words, 4 are asked"),
        ({"clear": "/* stack clear stack_clear s stack clear */"}, "stack_clear: its comment repeats names"),
        ({"clear": "/* TODO: say what s is for here */"}, "stack_clear: its comment says 'TODO'"),
        ({"clear": "/* Lorem ipsum dolor sit amet s */"}, "stack_clear: its comment says 'Lorem'"),
        ({"clear": "/* s->count = 0; s->values[0] = 1; */"}, "stack_clear: its comment is code"),
        ({"clear": "/*\n * for (int i = 0; i < 8; i++) {\n *     s->count = 0;\n * }\n */"}, "its comment is code"),
        ({"clear": "/* Empties it.\n s->count = 0;\n s->values[0] = s->values[1]; */"}, "has 2 words"),
        ({"clear": "/* Empties all of it for good. */"}, "stack_clear: its comment does not name the parameter s"),
        (
            {
                "push": "/* Puts a value on top of s. Returns 1. */",
                "clear": "/* Puts a value on top of s. Returns 1. */",
            },
            "is that of",
        ),
        ({"push": "/* Puts the value on top of s. */"}, "stack_push: its comment does not say what it returns"),
        ({"room": "/* */"}, "STACK_ROOM"),
        ({"type_": "/* How many values fit into one stack. */"}, "is that of"),
    ],
)
def test_a_comment_that_says_nothing_fails(grade: Grade, comments: dict[str, str], evidence: str) -> None:
    verdict = grade(documented(**comments))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert evidence in verdict.evidence


def test_a_comment_behind_the_declaration_before_does_not_count(grade: Grade) -> None:
    text = "int stack_push(stack *s, int value); /* Empties s, and its values are lost. */\nvoid stack_clear(stack *s);"
    answer = documented(clear="") + render_edits(
        [Edit("include/stack.h", "int stack_push(stack *s, int value);\n\nvoid stack_clear(stack *s);", text)]
    )
    assert "stack_clear: no comment" in grade(answer).evidence


def test_only_the_symbols_that_are_asked_for_need_a_comment(oracle: Oracles) -> None:
    spec = DocumentationSpec(PROJECT, ("include/stack.h",), documented(), symbols=("stack_clear",))
    assert oracle.grade(spec, documented(room="", type_="", push="")).passed


def test_files_that_are_not_to_be_touched_are_a_format_error(oracle: Oracles) -> None:
    spec = DocumentationSpec(PROJECT, ("include/stack.h",), documented(), editable=("include/*",))
    verdict = oracle.grade(spec, with_edit("src/stack.c", "assert(s);", "assert(s); // s"))
    assert verdict.kind is Kind.FORMAT_ERROR
    assert verdict.tier == ""


def test_line_numbers_do_not_count_as_code(oracle: Oracles) -> None:
    lined = UNIT.replace("return 1;", "return __LINE__;")
    project = Repository((FILES[1], ("src/stack.c", lined)), ("src/stack.c",), ("include",))
    spec = DocumentationSpec(project, ("include/stack.h",), documented())
    assert oracle.grade(
        spec, with_edit("src/stack.c", "#include <assert.h>", "// two\n// lines\n#include <assert.h>")
    ).passed


def test_a_reference_that_leaves_a_symbol_out_breaks_the_task(oracle: Oracles) -> None:
    spec = DocumentationSpec(PROJECT, ("include/stack.h",), documented(clear=""))
    verdict = oracle.grade(spec, documented())
    assert verdict.kind is Kind.INFRA
    assert "stack_clear" in verdict.evidence


def test_a_spec_survives_json_and_its_reference_is_no_part_of_the_question() -> None:
    assert from_json(to_json(SPEC)) == SPEC
    other = DocumentationSpec(PROJECT, ("include/stack.h",), "")
    assert other.sha256 == SPEC.sha256
    assert other.oracle_sha256 != SPEC.oracle_sha256
