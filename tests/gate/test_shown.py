from __future__ import annotations

import pytest

from loop.gate.shown import shown, told


@pytest.mark.parametrize(
    ("score", "text"), [(0.58131, "0.58"), (0.585, "0.58"), (0.5851, "0.59"), (1.0, "1.00"), (0.0, "0.00")]
)
def test_a_held_out_score_is_told_to_a_point(score: float, text: str) -> None:
    assert told(score) == text and shown(score) == float(text)


def test_scores_that_noise_could_tell_apart_are_shown_as_one() -> None:
    assert shown(0.5812) == shown(0.5788)
