"""When two pieces of C are the same, and when they are too alike."""

from __future__ import annotations

import re

from loop.dataset.contamination import HeldOut
from loop.dataset.tokens import code_sha256, nameless, tokens

SUM = """int total(const int *a, int n) {
    int r = 0;
    for (int i = 0; i < n; i++)
        r += a[i];
    return r;
}"""
MAX = """int best(const int *a, int n) {
    int r = a[0];
    for (int i = 1; i < n; i++)
        if (a[i] > r) r = a[i];
    return r;
}"""


def test_layout_and_comments_do_not_make_code_distinct() -> None:
    other = "int total(const int*a,int n){int r=0;// sum\nfor(int i=0;i<n;i++)r+=a[i];/* all */ return r;}"
    assert code_sha256(other) == code_sha256(SUM)


def test_a_changed_operator_makes_code_distinct() -> None:
    assert code_sha256(SUM.replace("i < n", "i <= n")) != code_sha256(SUM)


def test_a_space_within_a_string_counts() -> None:
    assert tokens('f("a b")') != tokens('f("ab")')


def test_a_comment_marker_within_a_string_is_text() -> None:
    assert tokens('s = "/* no */"; x') == ("s", "=", '"/* no */"', ";", "x")


RENAMED = re.sub(r"\br\b", "sum", re.sub(r"\ba\b", "values", re.sub(r"\btotal\b", "answer", SUM)))


def test_renaming_is_seen_through() -> None:
    assert code_sha256(RENAMED) != code_sha256(SUM)
    assert nameless(RENAMED) == nameless(SUM)


def test_a_held_out_solution_under_other_names_is_contamination() -> None:
    assert HeldOut({"sum": SUM}).matches(RENAMED.replace("    ", "  "))


def test_another_task_of_the_same_shape_is_not() -> None:
    assert not HeldOut({"sum": SUM}).matches(MAX)


def test_one_operator_that_makes_another_task_is_not() -> None:
    assert not HeldOut({"max": MAX}).matches(MAX.replace("a[i] > r", "a[i] < r"))
