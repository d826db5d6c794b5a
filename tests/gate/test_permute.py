from __future__ import annotations

import itertools

import numpy as np
import pytest

from loop.gate import permute
from loop.gate.permute import mcnemar, sign_flip


def test_the_exact_p_value_is_the_share_of_all_swaps() -> None:
    rng = np.random.default_rng(0)
    family = np.repeat(np.arange(7), 5)
    differences = rng.choice([-0.5, -0.25, 0.0, 0.25, 0.5, 0.75], size=35)
    sums = np.bincount(family, weights=differences)
    swaps = [np.dot(signs, sums) >= sums.sum() - 1e-9 for signs in itertools.product([1, -1], repeat=7)]
    result = sign_flip(differences, family, 10_000, seed=0)
    assert result.exact and result.swaps == 128
    assert result.p_value == pytest.approx(np.mean(swaps))


def test_random_swaps_agree_with_all_swaps(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    family = np.repeat(np.arange(14), 8)
    differences = rng.normal(0.05, 0.3, len(family))
    exact = sign_flip(differences, family, 20_000, seed=0)
    monkeypatch.setattr(permute, "ALWAYS_EXACT", 0)
    drawn = sign_flip(differences, family, 10_000, seed=0)
    assert exact.exact and not drawn.exact
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.015)
    assert drawn == sign_flip(differences, family, 10_000, seed=0)


def test_a_random_p_value_is_never_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permute, "ALWAYS_EXACT", 0)
    result = sign_flip(np.ones(40), np.arange(40), 500, seed=0)
    assert result.p_value == pytest.approx(1 / 501)


def test_no_difference_at_all_has_p_one() -> None:
    assert sign_flip(np.zeros(20), np.repeat(np.arange(4), 5), 1000, seed=0).p_value == 1.0


def test_a_gain_in_every_family_has_the_smallest_p_there_is() -> None:
    result = sign_flip(np.full(24, 0.25), np.repeat(np.arange(12), 2), 10_000, seed=0)
    assert result.p_value == result.smallest_p == 1 / 4096


def test_a_gain_that_sits_in_one_family_is_no_evidence() -> None:
    family = np.repeat(np.arange(10), 10)
    differences = np.where(family == 0, 1.0, 0.0)
    assert sign_flip(differences, family, 10_000, seed=0).p_value == pytest.approx(0.5)


def test_mcnemar_is_the_binomial_tail_of_the_tasks_that_changed() -> None:
    champion = np.array([True] * 5 + [False] * 15)
    challenger = np.array([False] * 2 + [True] * 3 + [True] * 8 + [False] * 7)
    result = mcnemar(champion, challenger)
    assert (result.won, result.lost) == (8, 2)
    assert result.p_value == pytest.approx((45 + 10 + 1) / 1024)
    assert mcnemar(champion, champion).p_value == 1.0
