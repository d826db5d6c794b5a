"""Audits drawn at random, for tests of the gate."""

from __future__ import annotations

import numpy as np

from loop.gate.scores import AuditScores, TaskScore

K = 4


def audit(
    rates: np.ndarray,
    family: np.ndarray,
    rng: np.random.Generator,
    *,
    adapter: str = "base",
    k: int = K,
    format_rate: float = 0.0,
) -> AuditScores:
    """One audit of tasks with these true pass rates; format errors are a share of the failures' room."""
    tasks = []
    for i, (rate, f) in enumerate(zip(rates, family, strict=True)):
        passes = int(rng.binomial(k, rate))
        formats = int(rng.binomial(k - passes, format_rate))
        tasks.append(TaskScore(f"task{i:04d}", f"family{f:02d}", k, passes, bool(rng.random() < rate), formats))
    return AuditScores(f"audit-{adapter}", adapter, "audit", k, 0.8, 1, tuple(tasks))


def world(rng: np.random.Generator, *, families: int = 12, smallest: int = 8, largest: int = 30) -> np.ndarray:
    """Family index of each task: `families` families of `smallest` to `largest` tasks."""
    return np.repeat(np.arange(families), rng.integers(smallest, largest + 1, families))
