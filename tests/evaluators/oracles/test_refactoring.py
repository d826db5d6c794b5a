"""Refactorings: the same behaviour and the structure that was asked for, or no pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.oracles.session import Oracles
from evaluators.projects.edits import Edit, render_edits
from evaluators.text.structure_rules import FunctionExists
from evaluators.verdict import Kind
from tests.support.repositories import REFACTORED_WINDOW_C, REFACTORING, WINDOW_C


def answer(text: str, old: str = WINDOW_C) -> str:
    return render_edits([Edit("src/window.c", old, text)])


ITEM = """static int item_at(const struct ring *ring, int place)
{
    return ring->items[(ring->head + place) % ring->capacity];
}

"""
WITH_ITEM = WINDOW_C.replace('#include "window.h"\n\n', f'#include "window.h"\n\n{ITEM}').replace(
    "sum += ring->items[(ring->head + i) % ring->capacity]", "sum += item_at(ring, i)"
)
PLAIN = "    for (int i = 0; i < ring->count; i++)\n        sum += item_at(ring, i);\n"
OTHER = "    for (int i = 0; i < ring->count; i++)\n        sum += ring->items[(ring->head + i) % ring->capacity];\n"


def test_another_way_to_the_same_structure_passes(oracle: Oracles) -> None:
    text = REFACTORED_WINDOW_C.replace("extreme", "best_item").replace(
        "        if (sign * item_at(ring, i) > best)\n            best = sign * item_at(ring, i);\n",
        "    {\n        int item = sign * item_at(ring, i);\n        best = item > best ? item : best;\n    }\n",
    )
    verdict = oracle.grade(REFACTORING, answer(text))
    assert verdict.passed, verdict.evidence


def test_behaviour_comes_first(oracle: Oracles) -> None:
    wrong = oracle.grade(REFACTORING, answer(REFACTORED_WINDOW_C.replace("return -extreme", "return extreme")))
    assert wrong.kind is Kind.WRONG_ANSWER and "gives" in wrong.evidence
    neither = oracle.grade(REFACTORING, answer(WINDOW_C.replace("item > best", "item >= best + 2")))
    assert neither.kind is Kind.WRONG_ANSWER and "gives" in neither.evidence


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (WINDOW_C + "/* refactored */\n", "no functions are called item_at"),
        (WITH_ITEM, "24 tokens stand twice, in window_largest and window_smallest"),
        (REFACTORED_WINDOW_C.replace("static int item_at", "int item_at"), "item_at is not static"),
        (REFACTORED_WINDOW_C.replace(PLAIN, OTHER), "window_add calls item_at at 0 places"),
        (
            REFACTORED_WINDOW_C.replace(PLAIN, OTHER + "    (void)item_at;\n"),
            "window_add calls item_at at 0 places",
        ),
        (
            "#if 0\n" + ITEM + "#endif\n" + WINDOW_C,
            "src/window.c has a new conditional block",
        ),
        (
            '#include "window.h"\n#define item_at(r, i) (r)->items[((r)->head + (i)) % (r)->capacity]\n'
            + REFACTORED_WINDOW_C.replace(ITEM, ""),
            "no functions are called item_at",
        ),
    ],
)
def test_right_behaviour_without_the_structure_fails_and_says_why(oracle: Oracles, text: str, reason: str) -> None:
    verdict = oracle.grade(REFACTORING, answer(text))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert reason in verdict.evidence
    assert verdict.cases_passed == verdict.cases_total


def test_a_call_on_which_nothing_depends_is_no_call(oracle: Oracles) -> None:
    """The function is there, is called and is static; the work is done elsewhere."""
    extreme = REFACTORED_WINDOW_C.replace("item_at(", "value_of(")
    idle = extreme.replace("/* The largest", ITEM + "/* The largest").replace(
        "    int sum = 0;\n", "    int sum = 0;\n    int seen = item_at(ring, 0);\n\n    (void)seen;\n"
    )
    verdict = oracle.grade(REFACTORING, answer(idle))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert verdict.evidence == "item_at is called, but nothing depends on what it does"


def test_a_changed_header_is_a_changed_interface(oracle: Oracles) -> None:
    open_to_headers = replace(REFACTORING, editable=("src/*.c", "include/*.h"))
    more = render_edits([Edit("include/window.h", "#endif", "int item(const struct ring *ring);\n\n#endif")])
    verdict = oracle.grade(open_to_headers, REFACTORING.reference + more)
    assert verdict.kind is Kind.WRONG_ANSWER and "include/window.h changes what it declares" in verdict.evidence


def test_a_structure_that_is_there_already_is_no_task(oracle: Oracles) -> None:
    done = replace(REFACTORING, rules=(FunctionExists("window_add"),))
    verdict = oracle.grade(done, done.reference)
    assert verdict.kind is Kind.INFRA and "already" in verdict.evidence


def test_a_reference_without_the_structure_is_no_task(oracle: Oracles) -> None:
    lacking = replace(REFACTORING, rules=(*REFACTORING.rules, FunctionExists("nobody")))
    verdict = oracle.grade(lacking, lacking.reference)
    assert verdict.kind is Kind.INFRA and "lacks the structure" in verdict.evidence


def test_the_rules_are_part_of_the_question() -> None:
    assert replace(REFACTORING, rules=REFACTORING.rules[:1]).sha256 != REFACTORING.sha256
