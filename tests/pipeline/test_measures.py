"""The measures are those of the literature, on answers as the stages give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.pipeline.measures import Measures, measures
from loop.pipeline.stage import EACH_LINE

YES = "yes"


def binary(*rows: tuple[str, str | None]) -> Measures:
    return measures((label, value, YES) for label, value in rows)


def test_without_rows_nothing_is_defined() -> None:
    assert measures([]) == Measures(0, None, None, None, None, 0)


def test_precision_and_recall_count_the_positive_option() -> None:
    found = binary(("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no"), ("no", "no"))
    assert found == Measures(5, 3 / 5, 1 / 2, 1 / 2, 1 / 2, 0)


def test_who_says_yes_to_everything_is_caught_by_precision() -> None:
    found = binary(("yes", "yes"), ("no", "yes"), ("no", "yes"), ("no", "yes"))
    assert (found.recall, found.precision, found.f1) == (1.0, 1 / 4, 2 / 5)


def test_who_never_says_yes_has_no_precision() -> None:
    assert binary(("yes", "no"), ("no", "no")) == Measures(2, 1 / 2, None, 0.0, 0.0, 0)
    assert binary(("no", "no")) == Measures(1, 1.0, None, None, None, 0)


def test_what_cannot_be_read_is_wrong_and_counts_for_no_option() -> None:
    assert binary(("yes", None), ("yes", "yes"), ("no", None)) == Measures(3, 1 / 3, 1.0, 1 / 2, 2 / 3, 2)


def test_a_choice_is_averaged_over_the_labels() -> None:
    rows = [("a", "a"), ("a", "b"), ("b", "b"), ("c", "a")]
    found = measures((label, value, "") for label, value in rows)
    assert found.accuracy == 1 / 2
    assert found.precision == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert found.recall == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found.f1 == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)


def test_who_answers_one_word_always_is_as_imprecise_as_it_is() -> None:
    found = measures((label, "a", "") for label in ("a", "b", "c", "d"))
    assert found.precision == pytest.approx(1 / 16)
    assert found.recall == pytest.approx(1 / 4)


def test_lists_count_line_by_line() -> None:
    rows = [("a.c: f\na.c: g", "a.c: f"), ("b.c: h", "a.c: f\nb.c: h"), ("README.md", None)]
    found = measures((label, value, EACH_LINE) for label, value in rows)
    assert found == Measures(3, 0.0, 2 / 3, 2 / 4, 4 / 7, 1)


def test_a_list_of_one_line_is_a_list() -> None:
    assert measures([("a.c: f", "a.c: g", EACH_LINE)]).precision == 0.0
    assert measures([("a.c: f", "a.c: f", EACH_LINE)]) == Measures(1, 1.0, 1.0, 1.0, 1.0, 0)


def test_kinds_are_pooled_each_for_itself_and_then_averaged() -> None:
    lists = [("f", "f", EACH_LINE)]
    pairs = [("yes", "yes", YES), ("no", "yes", YES), ("no", "yes", YES), ("no", "yes", YES)]
    found = measures([*lists, *pairs])
    assert (found.n, found.accuracy) == (5, 2 / 5)
    assert (found.precision, found.recall) == ((1 + 1 / 4) / 2, 1.0)
    assert measures([*lists, ("no", "no", YES)]).precision == 1.0  # of the kind for which it is defined


ROWS = st.lists(
    st.tuples(st.sampled_from(["yes", "no", "x\ny"]), st.sampled_from(["yes", "no", "x", None]),
              st.sampled_from([YES, "", EACH_LINE]))
)  # fmt: skip


@given(ROWS)
def test_every_measure_is_a_share(rows: list[tuple[str, str | None, str]]) -> None:
    found = measures(rows)
    shares = (found.accuracy, found.precision, found.recall, found.f1)
    assert all(share is None or 0 <= share <= 1 for share in shares)
    assert measures(reversed(rows)) == found


@given(ROWS)
def test_who_is_right_everywhere_has_no_share_below_one(rows: list[tuple[str, str | None, str]]) -> None:
    found = measures((label, label, positive) for label, _, positive in rows)
    assert all(share in (None, 1.0) for share in (found.accuracy, found.precision, found.recall, found.f1))
