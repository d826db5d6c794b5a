"""What an answer's score has to be."""

from __future__ import annotations

import pytest

from loop.pipeline.stage import Call
from loop.pipeline.threshold import decided

YES_NO = Call("t", "scope", "a.c", "?", options=("yes", "no"), positive="yes", careful="no")
PART = Call("t", "precision", "f", "?", options=("primary", "supporting", "excluded"), careful="excluded")


@pytest.mark.parametrize(
    ("yes", "threshold", "answer"),
    [(0.6, 0.5, "yes"), (0.4, 0.5, "no"), (0.5, 0.5, "yes"), (0.4, 0.3, "yes"), (0.8, 0.9, "no"), (1.0, 1.0, "yes")],
)
def test_yes_only_from_its_score_on(yes: float, threshold: float, answer: str) -> None:
    assert decided(YES_NO, (yes, 1 - yes), threshold) == answer


def test_of_several_the_likeliest_stands_if_it_is_sure_enough_and_the_careful_one_else() -> None:
    assert decided(PART, (0.5, 0.3, 0.2), 0.4) == "primary"
    assert decided(PART, (0.5, 0.3, 0.2), 0.6) == "excluded"
    assert decided(PART, (0.1, 0.3, 0.6), 0.2) == "supporting"
