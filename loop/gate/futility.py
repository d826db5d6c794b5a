"""Whether going on sampling could still lead to a promotion (stochastic curtailment, Lan, Simon & Halperin 1982).

Stopping for want of prospects can only lower the chance of a false promotion, so the boundary of the test does not
depend on it: it is advice, and costs a little power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from loop.gate.bootstrap import Floats, Indices
from loop.gate.power import clustered_se
from loop.gate.scores import TaskScore

SMALLEST_CHANCE = 0.1  # below it an attempt is not worth the rest of its budget


def chance_of_promotion(
    differences: Floats,
    family: Indices,
    champion: Sequence[TaskScore],
    challenger: Sequence[TaskScore],
    *,
    k: int,
    budget: int,
    alpha: float,
) -> float:
    """Chance that p < alpha at `budget` completions a task, after `k` of them, if what is still to come gains a
    standard error more than what was seen. `differences`: (tasks,), of pass rates.

    Normal approximation: of the variance of the gain, more completions lower only the part that is sampling noise.
    1.0 where one completion a task says nothing about that noise.
    """
    if k < 2 or k >= budget:
        return 1.0
    gain, error = float(differences.mean()), clustered_se(differences, family)
    noise = math.sqrt(_variance_of_one(champion) + _variance_of_one(challenger)) / len(champion)
    last_error = math.sqrt(max(error**2 - noise**2 / k + noise**2 / budget, noise**2 / budget))
    needed = NormalDist().inv_cdf(1 - alpha) * last_error
    to_come = 1 - k / budget
    expected = gain + to_come * error
    spread = noise * math.sqrt(to_come / budget)
    if spread == 0:
        return 1.0 if expected >= needed else 0.0
    return 1 - NormalDist().cdf((needed - expected) / spread)


def _variance_of_one(tasks: Sequence[TaskScore]) -> float:
    """Sum over tasks of the variance of one completion's outcome, unbiased."""
    rates = [(task.passes / task.samples, task.samples) for task in tasks]
    return sum(rate * (1 - rate) * n / (n - 1) for rate, n in rates if n > 1)
