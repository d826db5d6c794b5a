from __future__ import annotations

import numpy as np
import pytest

from loop.gate.attempt import share
from loop.gate.histories import POLICY, TASKS, attempt_with, families, history, report, run
from loop.gate.plan import UNKNOWN, choices, variance_of_one
from tests.gate.audits import audit


def test_more_tasks_and_more_completions_show_smaller_gains_and_cost_more() -> None:
    found = {(c.tasks, c.k): c for c in choices(200, 33, 0.12, alpha=0.0025, seconds_per_completion=0.05)}
    assert sorted({tasks for tasks, _ in found}) == [100, 200, 400, 800]
    for (tasks, k), choice in found.items():
        assert choice.completions == 2 * tasks * (k + 1) and choice.seconds == pytest.approx(choice.completions * 0.05)
        if (tasks, 2 * k) in found:
            assert found[tasks, 2 * k].effect < choice.effect
        if (2 * tasks, k) in found:
            assert found[2 * tasks, k].effect < choice.effect


def test_the_effect_that_is_planned_is_found_about_four_times_in_five() -> None:
    """The plan's own assumptions, against the gate itself: the default audit of the simulated histories."""
    rng = np.random.default_rng(0)
    base = audit(rng.beta(1.2, 1.4, TASKS), families(), rng)
    alpha = share((), POLICY)
    planned = choices(TASKS, 33, variance_of_one(base.tasks), alpha=alpha, seconds_per_completion=None)
    effect = next(c.effect for c in planned if (c.tasks, c.k) == (TASKS, 4))
    found = [attempt_with(seed, effect, alpha).fixed for seed in range(60)]
    assert 0.6 <= np.mean(found) <= 0.95


def test_where_nothing_was_measured_the_noise_is_the_largest_there_is() -> None:
    rng = np.random.default_rng(0)
    assert variance_of_one(audit(np.full(10, 0.5), np.arange(10), rng, k=1).tasks) == UNKNOWN
    assert variance_of_one(audit(np.ones(10), np.arange(10), rng).tasks) == 0.0


def test_a_simulated_history_has_twenty_rounds_of_challengers_that_are_no_better() -> None:
    rounds = history(3)
    assert len(rounds) == 20 and rounds == history(3)
    assert all(0.6 <= one.cost <= 1.0 for one in rounds)
    assert 0.2 < np.mean([one.went_up for one in rounds]) < 0.8


def test_the_report_has_a_line_for_each_gate_and_each_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop.gate.histories.GAINS", (0.2,))
    monkeypatch.setattr("loop.gate.histories.ROUNDS", 2)
    text = report(run(2))
    for name in ("the gate", "p < 0.05 each time", "the score went up", "+0.200 | 50"):
        assert f"| {name} |" in text
