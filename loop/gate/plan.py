"""Choosing how many tasks and completions an audit takes: what each choice could show, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loop.gate.power import minimum_detectable_effect
from loop.gate.scores import TaskScore

UNEVEN = 0.05  # standard deviation of a gain between families, as loop.gate.histories has it
UNKNOWN = 0.25  # variance of one completion's outcome where nothing was measured: the largest there is
COMPLETIONS = (1, 2, 4, 8, 16)
POWER = 0.8


@dataclass(frozen=True)
class Choice:
    """An audit that could be made. effect: the gain that a challenger's attempt would show with probability 0.8, when
    the whole budget is used. seconds: of both adapters' audits at most; None where no audit was timed."""

    tasks: int
    k: int
    families: int
    effect: float
    completions: int
    seconds: float | None


def variance_of_one(tasks: Sequence[TaskScore]) -> float:
    """Mean over tasks of the variance of one completion's outcome, unbiased; `UNKNOWN` without repeated completions."""
    known = [(task.passes / task.samples, task.samples) for task in tasks if task.samples > 1]
    if not known:
        return UNKNOWN
    return sum(rate * (1 - rate) * n / (n - 1) for rate, n in known) / len(known)


def choices(
    tasks: int, families: int, variance: float, *, alpha: float, seconds_per_completion: float | None
) -> tuple[Choice, ...]:
    """Half, once, twice and four times `tasks` (of the same families), by 1 to 16 completions each.

    The variance of a gain is 2 v / (n k) of sampling, v the variance of one completion's outcome, and UNEVEN^2 / C of
    families; t has C - 1 degrees of freedom (`loop.gate.power`).
    """
    found = []
    for count in sorted({max(families, tasks // 2), tasks, 2 * tasks, 4 * tasks}):
        for k in COMPLETIONS:
            error = math.sqrt(2 * variance / (count * k) + UNEVEN**2 / families)
            completions = 2 * count * (k + 1)
            found.append(
                Choice(
                    tasks=count,
                    k=k,
                    families=families,
                    effect=minimum_detectable_effect(error, families, alpha=alpha, power=POWER),
                    completions=completions,
                    seconds=None if seconds_per_completion is None else completions * seconds_per_completion,
                )
            )
    return tuple(found)
