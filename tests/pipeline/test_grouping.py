"""Change points that depend on each other are one part, written in an order in which nothing is used too early."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loop.pipeline.grouping import parts_of

POINTS = st.lists(st.sampled_from("abcdefgh"), unique=True)
PAIRS = st.lists(st.tuples(st.sampled_from("abcdefghx"), st.sampled_from("abcdefghx")))


def reachable(start: str, points: list[str], pairs: list[tuple[str, str]]) -> set[str]:
    """Over pairs in either direction, by growing until nothing is new."""
    seen = {start}
    while True:
        more = {y for b, a in pairs for x, y in ((b, a), (a, b)) if x in seen and y in points} - seen
        if not more:
            return seen
        seen |= more


def test_points_that_nothing_connects_stay_apart_in_their_order() -> None:
    assert parts_of(["c", "a", "b"], []) == (("c",), ("a",), ("b",))


def test_what_is_depended_on_comes_first() -> None:
    assert parts_of(["a", "b", "c"], [("a", "b"), ("b", "c")]) == (("c", "b", "a"),)


def test_a_cycle_is_broken_at_its_first_point() -> None:
    assert parts_of(["a", "b", "c"], [("a", "b"), ("b", "a"), ("a", "c")]) == (("c", "a", "b"),)


def test_pairs_with_others_and_with_itself_connect_nothing() -> None:
    assert parts_of(["a", "b"], [("a", "x"), ("b", "x"), ("a", "a")]) == (("a",), ("b",))


@given(POINTS, PAIRS)
def test_parts_are_what_is_connected(points: list[str], pairs: list[tuple[str, str]]) -> None:
    parts = parts_of(points, pairs)
    assert sorted(point for part in parts for point in part) == sorted(points)
    inner = [(b, a) for b, a in pairs if b in points and a in points]
    for part in parts:
        assert reachable(part[0], points, inner) == set(part)


@given(POINTS, PAIRS)
def test_without_cycles_every_point_follows_what_it_depends_on(points: list[str], pairs: list[tuple[str, str]]) -> None:
    downwards = [(b, a) for b, a in pairs if b > a]
    for part in parts_of(points, downwards):
        for b, a in downwards:
            if b in part and a in part:
                assert part.index(a) < part.index(b)
