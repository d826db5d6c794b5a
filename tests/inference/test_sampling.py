"""The sampler draws from softmax(logits / T), from nothing but seed, step and logits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from loop.inference import sampling


def draw(logits: np.ndarray, temperature: float, seeds: np.ndarray, steps: np.ndarray) -> np.ndarray:
    temperatures = np.full(len(logits), temperature, dtype=np.float32)
    return sampling.sample(logits.astype(np.float32), temperatures, seeds.astype(np.uint64), steps.astype(np.uint64))


def follows_softmax(chosen: np.ndarray, logits: np.ndarray, temperature: float) -> bool:
    """Chi-squared at 1 in 1,000, tokens that are expected fewer than 5 times taken together."""
    n, weights = len(chosen), np.exp(logits / temperature)
    expected = n * weights / weights.sum()
    common = expected >= 5
    observed = np.bincount(chosen, minlength=len(logits))
    observed = np.append(observed[common], observed[~common].sum())
    expected = np.append(expected[common], max(expected[~common].sum(), 1e-9))
    keep = expected > 1
    statistic = ((observed[keep] - expected[keep]) ** 2 / expected[keep]).sum()
    return bool(stats.chi2.sf(statistic, keep.sum() - 1) > 1e-3)


@pytest.mark.parametrize("temperature", [0.5, 1.0])
@pytest.mark.parametrize("vary", ["seed", "step"])
def test_frequencies_follow_the_softmax(temperature: float, vary: str) -> None:
    n, logits = 20_000, np.random.default_rng(0).normal(0, 1.5, 40)
    counter = np.arange(n)
    seeds, steps = (counter, np.full(n, 7)) if vary == "seed" else (np.full(n, 7), counter)
    assert follows_softmax(draw(np.tile(logits, (n, 1)), temperature, seeds, steps), logits, temperature)


@pytest.mark.parametrize(
    ("margin", "crowd"),
    [(-4.55, 1), (-3.0, 1), (5.0, 1), (5.0, 40)],
    ids=["the best against all others", "near and far", "hardly any far", "as on a flat row"],
)
def test_frequencies_of_a_large_vocabulary_follow_it_too(
    margin: float, crowd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far tokens that weigh as much as the near ones: a margin below zero draws the line among the likely tokens."""
    monkeypatch.setattr(sampling, "_SMALL", 0)
    monkeypatch.setattr(sampling, "_MARGIN", np.float32(margin))
    monkeypatch.setattr(sampling, "_CROWD", crowd)
    monkeypatch.setattr(sampling, "_STRETCH", 16)
    n, logits = 20_000, np.random.default_rng(0).normal(0, 1.5, 100)
    near = (logits >= logits.max() - 0.8 * (np.log(100) + margin)).sum()
    assert near == 1 if margin == -4.55 else near > 1
    assert follows_softmax(draw(np.tile(logits, (n, 1)), 0.8, np.arange(n), np.full(n, 7)), logits, 0.8)


def test_the_second_draw_follows_the_softmax_over_what_is_allowed() -> None:
    n, logits = 5_000, np.random.default_rng(0).normal(0, 1.5, 40).astype(np.float32)
    allowed = np.arange(0, 40, 3)
    first = draw(np.tile(logits, (n, 1)), 0.8, np.arange(n), np.full(n, 7))
    scores = [sampling.second_draw(logits, 0.8, seed, 7) for seed in range(n)]
    taken = np.array(
        [one if one % 3 == 0 else allowed[row[allowed].argmax()] for one, row in zip(first, scores, strict=True)]
    )
    assert follows_softmax(taken // 3, logits[allowed], 0.8)
    assert (sampling.second_draw(logits, 0.0, 1, 1) == logits).all()


def test_neighbouring_seeds_and_steps_are_independent() -> None:
    n = 20_000
    flat = np.zeros((n, 4))
    first = draw(flat, 1.0, np.arange(n), np.zeros(n))
    for seeds, steps in [(np.arange(n) + 1, np.zeros(n)), (np.arange(n), np.ones(n))]:
        table = np.histogram2d(first, draw(flat, 1.0, seeds, steps), bins=4)[0]
        assert stats.chi2_contingency(table).pvalue > 1e-3


@pytest.mark.parametrize("small", [0, 1 << 13])
def test_a_row_is_drawn_the_same_alone_and_among_others(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_SMALL", small)
    rng = np.random.default_rng(1)
    logits, seeds, steps = rng.normal(0, 2, (50, 300)), rng.integers(0, 2**63, 50), rng.integers(0, 500, 50)
    together = draw(logits, 0.8, seeds, steps)
    alone = [int(draw(logits[i : i + 1], 0.8, seeds[i : i + 1], steps[i : i + 1])[0]) for i in range(50)]
    assert together.tolist() == alone
    assert len(set(alone)) > 10


def test_a_large_vocabulary_is_drawn_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same noise decides, but for the one draw in thousands that a far token wins."""
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 12, (200, 5000))
    seeds, steps = np.arange(200), np.zeros(200)
    block = draw(logits, 0.8, seeds, steps)
    monkeypatch.setattr(sampling, "_SMALL", 0)
    assert draw(logits, 0.8, seeds, steps).tolist() == block.tolist()


def test_temperature_zero_is_the_argmax_beside_sampled_rows() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 1, (64, 100)).astype(np.float32)
    temperatures = np.where(np.arange(64) % 2 == 0, 0.0, 1.0).astype(np.float32)
    chosen = sampling.sample(logits, temperatures, np.arange(64, dtype=np.uint64), np.zeros(64, dtype=np.uint64))
    best = logits.argmax(axis=1)
    assert (chosen[::2] == best[::2]).all()
    assert (chosen[1::2] != best[1::2]).any()


def test_the_noise_reaches_far_into_the_tail_and_is_finite() -> None:
    keys = np.arange(2000, dtype=np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15)
    noise = sampling._log_exponential(keys, np.arange(1000, dtype=np.uint32)[None, :])
    assert np.isfinite(noise).all()
    assert noise.min() < -13  # 2 million draws: the smallest Exp(1) is about exp(-14.5)
    assert abs(noise.mean() + np.euler_gamma) < 0.01  # E[log E] = -gamma
    assert abs(noise.var() - np.pi**2 / 6) < 0.02


@pytest.mark.parametrize(("small", "spread", "share"), [(1 << 13, 2, 0.9), (0, 8, 0.9), (0, 4, 0.8)])
def test_two_models_asked_with_one_seed_mostly_agree(
    small: int, spread: float, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "_SMALL", small)
    rng = np.random.default_rng(4)
    logits = rng.normal(0, spread, (2000, 200))
    other = logits + rng.normal(0, 0.1, logits.shape)
    same = (
        draw(logits, 1.0, np.arange(2000), np.zeros(2000)) == draw(other, 1.0, np.arange(2000), np.zeros(2000))
    ).mean()
    assert same > share
