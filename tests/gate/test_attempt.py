from __future__ import annotations

import numpy as np
import pytest

from loop.gate.attempt import Attempt, Past, left, looks, share
from loop.gate.decision import Policy

POLICY = Policy()


def test_failed_attempts_get_equal_shares_until_the_set_is_spent() -> None:
    history: list[Past] = []
    for _ in range(POLICY.attempts):
        alpha = share(history, POLICY)
        assert alpha == pytest.approx(POLICY.alpha / POLICY.attempts)
        history.append(Past(alpha, promoted=False))
    assert share(history, POLICY) == 0.0 and left(history, POLICY) == 0
    assert sum(past.alpha for past in history) == pytest.approx(POLICY.alpha)


def test_a_promotion_hands_its_share_on_up_to_the_cap() -> None:
    history = [Past(0.0025, True)]
    assert share(history, POLICY) == pytest.approx(0.005)
    history.append(Past(0.005, True))
    assert share(history, POLICY) == pytest.approx(0.0075)
    history += [Past(0.0075, True), Past(0.01, True)]
    assert share(history, POLICY) == POLICY.attempt_alpha
    assert share([*history, Past(0.01, False)], POLICY) == pytest.approx(0.0025)


def test_a_spent_set_still_lets_through_who_follows_on_a_promotion() -> None:
    history = [Past(0.0025, False)] * 19 + [Past(0.0025, True)]
    assert share(history, POLICY) == pytest.approx(0.0025) and left(history, POLICY) == 1


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_the_shares_of_attempts_that_fail_never_sum_to_more_than_alpha(seed: int) -> None:
    """The union bound that the error of a whole history rests on."""
    rng, history = np.random.default_rng(seed), []
    while (alpha := share(history, POLICY)) > 0 and len(history) < 200:
        history.append(Past(alpha, bool(rng.random() < 0.6)))
    assert sum(past.alpha for past in history if not past.promoted) <= POLICY.alpha + 1e-12


def test_looks_begin_where_asked_and_end_with_the_budget() -> None:
    assert looks(4, 2) == (2, 3, 4)
    assert looks(16, 2) == (2, 3, 4, 6, 8, 12, 16)
    assert looks(8, 1) == (1, 2, 3, 4, 6, 8)
    assert looks(4, 9) == looks(4, 4) == (4,)
    assert looks(1, 2) == (1,)


def test_an_attempt_spends_its_share_by_completions_seen() -> None:
    attempt = Attempt(3, 0.004, (2, 3, 4))
    assert [attempt.level(k) for k in (2, 3, 4)] == pytest.approx([0.002, 0.003, 0.004])
    assert [attempt.after(k) for k in (0, 2, 3, 4)] == [2, 3, 4, None]
