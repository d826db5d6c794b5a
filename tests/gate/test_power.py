from __future__ import annotations

import numpy as np
import pytest

from loop.gate.estimate import summarise
from loop.gate.power import (
    clustered_se,
    minimum_detectable_effect,
    noise_floor,
    planned_effect,
    t_quantile,
    tasks_needed,
)
from tests.gate.audits import audit, world


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 8, 11, 30, 41, 200])
@pytest.mark.parametrize("probability", [0.8, 0.95, 0.975, 0.9995])
def test_student_quantiles_agree_with_scipy(df: int, probability: float) -> None:
    from scipy.special import stdtrit

    assert t_quantile(probability, df) == pytest.approx(float(stdtrit(df, probability)), rel=1e-4)


def test_a_hundred_and_twenty_tasks_show_ten_points_at_twenty_percent_discordance() -> None:
    assert tasks_needed(0.10, 0.20) == pytest.approx(120, rel=0.05)
    assert tasks_needed(0.05, 0.15) == pytest.approx(370, rel=0.05)
    assert planned_effect(tasks_needed(0.10, 0.20), 0.20) == pytest.approx(0.10, abs=0.001)


def test_the_clustered_error_is_the_plain_one_when_each_task_is_its_own_family() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert clustered_se(values, np.arange(50)) == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_tasks_that_move_together_count_as_one() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=12), 10)
    family = np.repeat(np.arange(12), 10)
    assert clustered_se(values, family) == pytest.approx(values[::10].std(ddof=1) / np.sqrt(12))
    assert clustered_se(values, family) > 2.5 * clustered_se(values, np.arange(120))


def test_a_single_family_falls_back_on_its_tasks() -> None:
    values = np.random.default_rng(0).normal(size=20)
    assert clustered_se(values, np.zeros(20, dtype=np.intp)) == pytest.approx(values.std(ddof=1) / np.sqrt(20))


def test_a_gain_of_the_minimum_detectable_size_is_found_four_times_in_five() -> None:
    rng, found, runs, se = np.random.default_rng(2), 0, 4000, 0.03
    units = 12
    effect = minimum_detectable_effect(se, units)
    for _ in range(runs):
        sample = rng.normal(effect, se * np.sqrt(units), units)
        found += sample.mean() / (sample.std(ddof=1) / np.sqrt(units)) > t_quantile(0.95, units - 1)
    assert found / runs == pytest.approx(0.8, abs=0.03)


def test_the_noise_floor_is_what_two_audits_of_one_adapter_differ_by() -> None:
    rng = np.random.default_rng(3)
    family = world(rng)
    rates = rng.random(len(family))
    differences = [
        summarise(audit(rates, family, rng), resamples=2).pass_at_1
        - summarise(audit(rates, family, rng), resamples=2).pass_at_1
        for _ in range(300)
    ]
    floor = summarise(audit(rates, family, rng), resamples=2).noise_floor
    assert floor == pytest.approx(np.std(differences), rel=0.15)


def test_one_sample_a_task_has_no_noise_floor() -> None:
    assert noise_floor([1, 0], [1, 1]) is None
