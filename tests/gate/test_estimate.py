from __future__ import annotations

import itertools

import numpy as np
import pytest

from loop.errors import EnvironmentFault, UsageError
from loop.gate.bootstrap import family_index, interval
from loop.gate.estimate import pass_at_k, summarise
from loop.gate.scores import AuditScores, TaskScore
from tests.gate.audits import audit, world


@pytest.mark.parametrize(("n", "c", "k"), [(5, 2, 1), (5, 2, 3), (8, 3, 4), (6, 0, 2), (6, 6, 6), (6, 5, 2)])
def test_pass_at_k_is_the_share_of_k_subsets_that_hold_a_pass(n: int, c: int, k: int) -> None:
    subsets = list(itertools.combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_pass_at_k_is_unbiased_where_the_naive_formula_is_not() -> None:
    rng, n, k, p = np.random.default_rng(0), 6, 4, 0.2
    draws = rng.binomial(n, p, 20_000)
    truth = 1 - (1 - p) ** k
    assert np.mean([pass_at_k(n, int(c), k) for c in draws]) == pytest.approx(truth, abs=0.008)
    assert np.mean(1 - (1 - draws / n) ** k) < truth - 0.05


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, 1, 5), (4, -1, 1), (4, 1, 0)])
def test_pass_at_k_refuses_impossible_counts(n: int, c: int, k: int) -> None:
    with pytest.raises(UsageError):
        pass_at_k(n, c, k)


def test_a_summary_counts_tasks_and_families_alike() -> None:
    tasks = (
        TaskScore("a", "fold", 4, 4, True),
        TaskScore("b", "fold", 4, 0, False, format_errors=2),
        TaskScore("c", "stack", 4, 2, True, format_errors=1),
    )
    summary = summarise(AuditScores("x", "base", "audit", 4, 0.8, 1, tasks))
    assert summary.pass_at_1 == pytest.approx(0.5)
    assert summary.pass_at_k == pytest.approx(2 / 3)
    assert summary.greedy == pytest.approx(2 / 3)
    assert summary.format_errors == pytest.approx(0.25)
    assert [(f.family, f.n_tasks, f.pass_at_1) for f in summary.families] == [("fold", 2, 0.5), ("stack", 1, 0.5)]
    assert summary.ci[0] <= summary.pass_at_1 <= summary.ci[1]


def test_the_same_audit_and_seed_give_the_same_interval() -> None:
    rng = np.random.default_rng(1)
    family = world(rng)
    scores = audit(rng.random(len(family)), family, rng)
    assert summarise(scores, seed=3) == summarise(scores, seed=3)
    assert summarise(scores, seed=3).ci != summarise(scores, seed=4).ci


def test_an_ungraded_task_is_left_out_of_the_rates_and_counted_as_a_hole() -> None:
    tasks = (TaskScore("a", "fold", 4, 4, True), TaskScore("b", "fold", 0, 0, False, infra=4))
    summary = summarise(AuditScores("x", "base", "audit", 4, 0.8, 1, tasks))
    assert (summary.pass_at_1, summary.n_tasks, summary.infra) == (1.0, 1, 4)


def test_an_audit_in_which_nothing_was_graded_is_an_outage_and_not_a_zero() -> None:
    tasks = (TaskScore("a", "fold", 0, 0, False, infra=4),)
    with pytest.raises(EnvironmentFault, match="nothing was measured"):
        summarise(AuditScores("x", "base", "audit", 4, 0.8, 1, tasks))


def test_an_audit_without_tasks_is_refused() -> None:
    with pytest.raises(UsageError, match="no tasks"):
        summarise(AuditScores("x", "base", "audit", 4, 0.8, 1, ()))


@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(spread: float) -> None:
    """Nominal 95 %, with and without an effect that differs between families; few families make any interval rough."""
    rng, hits, runs = np.random.default_rng(5), 0, 200
    for _ in range(runs):
        family = world(rng)
        values = 0.1 + rng.normal(0, spread, 12)[family] + rng.normal(0, 0.35, len(family))
        low, high = interval(values, family, resamples=400, rng=rng)
        hits += low <= 0.1 <= high
    assert 0.88 <= hits / runs <= 1.0


def test_an_interval_that_ignored_families_would_be_too_narrow() -> None:
    rng = np.random.default_rng(6)
    family = world(rng)
    values = np.where(family % 2 == 0, 0.5, -0.3) + rng.normal(0, 0.1, len(family))
    low, high = interval(values, family, resamples=1000, rng=rng)
    task_low, task_high = interval(values, np.arange(len(family)), resamples=1000, rng=rng)
    assert high - low > 2 * (task_high - task_low)


def test_families_are_indexed_in_sorted_order() -> None:
    names, index = family_index(["b", "a", "b"])
    assert names == ("a", "b") and index.tolist() == [1, 0, 1]
