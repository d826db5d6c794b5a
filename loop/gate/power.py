"""How small a gain an audit can see: clustered standard errors and minimum detectable effects.

Sources: Miller, "Adding Error Bars to Evals" (arXiv 2411.00640), equations for clustered and paired standard errors and
for power; Abramowitz & Stegun 26.7 for Student's t (SciPy gives the same, and takes 0.3 s to import).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from loop.gate.bootstrap import Floats, Indices

EXACT_DF = 40  # up to which the distribution's finite series is used


def t_quantile(probability: float, df: int) -> float:
    """Quantile of Student's t for probability >= 0.5: exact up to 40 degrees of freedom, beyond by an expansion about
    the normal (A&S 26.7.5), whose relative error there is below 1e-5 up to probability 0.9999."""
    if df < 1:
        raise ValueError(f"Student's t needs at least one degree of freedom, not {df}")
    if df <= EXACT_DF:
        low, high = 0.0, 1.0
        while _t_cdf(high, df) < probability:
            high *= 2
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if _t_cdf(middle, df) < probability else (low, middle)
        return (low + high) / 2
    z = NormalDist().inv_cdf(probability)
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / df + g2 / df**2 + g3 / df**3 + g4 / df**4


def _t_cdf(t: float, df: int) -> float:
    """P(T <= t), t >= 0 (A&S 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(df))
    square = math.cos(angle) ** 2
    odd = df % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for step in range(1 + odd, df, 2):
        total += term
        term *= square * step / (step + 1)
    within = math.sin(angle) * total
    if odd:
        within = 2 / math.pi * (angle + within)
    return 0.5 + within / 2


def clustered_se(values: Floats, family: Indices) -> float:
    """Standard error of mean(values) when tasks of one family move together (Miller, section 2.2).

    sqrt(sum over families of (sum of residuals)^2) / n, times sqrt(C / (C - 1)) for few families. With a single family
    there is nothing to cluster by, so its tasks are the units. 0.0 when nothing varies.
    """
    residual = values - values.mean()
    sums = np.bincount(family, weights=residual)
    if len(sums) < 2:
        sums = residual
    units = len(sums)
    if units < 2:
        return 0.0
    return float(np.sqrt((sums**2).sum() * units / (units - 1)) / len(values))


def minimum_detectable_effect(se: float, units: int, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Gain that a one-sided test finds with probability `power`: (t_alpha + t_power) * se, df = units - 1."""
    df = max(units - 1, 1)
    return (t_quantile(1 - alpha, df) + t_quantile(power, df)) * se


def noise_floor(passes: Sequence[int], samples: Sequence[int]) -> float | None:
    """Standard error of the difference between two audits of one adapter with fresh seeds: the A/A noise.

    sqrt(2 * sum p(1 - p) / (n - 1)) / tasks, the unbiased binomial variance of each task's rate. None when some task
    has fewer than two samples, which say nothing about its own noise.
    """
    if min(samples, default=0) < 2:
        return None
    total = sum(2 * (c / n) * (1 - c / n) / (n - 1) for c, n in zip(passes, samples, strict=True))
    return math.sqrt(total) / len(samples)


def planned_effect(tasks: int, discordance: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Gain in pass rate that `tasks` independent paired tasks will show when a share `discordance` of them changes.

    Solves e = z * sqrt((discordance - e^2) / tasks), z = z_alpha + z_power.
    """
    z = NormalDist().inv_cdf(1 - alpha) + NormalDist().inv_cdf(power)
    return z * math.sqrt(discordance / (tasks + z * z))


def tasks_needed(effect: float, discordance: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Inverse of `planned_effect`: how many paired tasks show a gain of `effect`."""
    z = NormalDist().inv_cdf(1 - alpha) + NormalDist().inv_cdf(power)
    return math.ceil(z * z * (discordance - effect**2) / effect**2)
