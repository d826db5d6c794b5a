"""What a gain may not cost: a family, well-formed answers, variety.

Each guard compares a loss with its margin twice: as measured, and by the bound that noise allows (one-sided, at the
policy's alpha). The two give three states:
  ok         the measured loss is within the margin
  watch      measured beyond the margin, but noise alone could have done it
  regressed  beyond the margin whatever the noise: even the bound in the challenger's favour lies past it

A family has 8 to 30 tasks, so its measured change wanders by 5 to 12 points; in nearly half of all audits of a small
gain, one of a dozen families looks worse than its margin. `watch` in a family is therefore told but does not stop a
promotion. Format and pass@k are measured over the whole audit, where a measured loss beyond the margin is no accident
of a small group: there `watch` asks for more evidence and only `ok` lets the challenger through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from loop.gate.bootstrap import Floats, Indices
from loop.gate.power import clustered_se, t_quantile

State = Literal["ok", "watch", "regressed"]


@dataclass(frozen=True)
class FamilyChange:
    """One family's pass@1, champion against challenger. low..high: the 1 - 2 alpha interval of delta."""

    family: str
    n_tasks: int
    champion: float
    challenger: float
    delta: float
    low: float
    high: float
    state: State


@dataclass(frozen=True)
class Guard:
    """A rate over the whole audit that may not get worse by more than `margin`. `loss` is positive when it got worse;
    `least_loss` is the least that noise allows it to be."""

    name: str
    champion: float
    challenger: float
    loss: float
    least_loss: float
    margin: float
    state: State


def family_changes(
    champion: Floats, challenger: Floats, family: Indices, names: tuple[str, ...], *, margin: float, alpha: float
) -> tuple[FamilyChange, ...]:
    """pass@1 per family; `champion`, `challenger`, `family` are (tasks,).

    The noise of a task's difference is pooled over families (within-family standard deviation, df = tasks - families):
    the deviation of eight tasks alone is itself too noisy, and of one task there is none.
    """
    differences = challenger - champion
    counts = np.bincount(family)
    means = np.bincount(family, weights=differences) / counts
    df = len(differences) - len(counts)
    if df > 0:
        spread = float(np.sqrt(((differences - means[family]) ** 2).sum() / df))
    else:  # one task a family: what is left is the spread over all of them
        spread, df = (float(differences.std(ddof=1)), len(differences) - 1) if len(differences) > 1 else (1.0, 1)
    reach = t_quantile(1 - alpha, df) * spread / np.sqrt(counts)
    return tuple(
        FamilyChange(
            family=name,
            n_tasks=int(counts[f]),
            champion=float(champion[family == f].mean()),
            challenger=float(challenger[family == f].mean()),
            delta=float(means[f]),
            low=max(float(means[f] - reach[f]), -1.0),
            high=min(float(means[f] + reach[f]), 1.0),
            state=_state(-float(means[f]), -float(means[f] + reach[f]), margin),
        )
        for f, name in enumerate(names)
    )


def guard(
    name: str, champion: Floats, challenger: Floats, family: Indices, *, sign: int, margin: float, alpha: float
) -> Guard:
    """Guard of a rate over all tasks; `sign` is +1 when a rise is a loss (format), -1 when a fall is (pass@k)."""
    losses = sign * (challenger - champion)
    units = int(family.max()) + 1 if family.max() > 0 else len(losses)
    loss = float(losses.mean())
    least = loss - t_quantile(1 - alpha, max(units - 1, 1)) * clustered_se(losses, family)
    return Guard(
        name=name,
        champion=float(champion.mean()),
        challenger=float(challenger.mean()),
        loss=loss,
        least_loss=least,
        margin=margin,
        state=_state(loss, least, margin),
    )


def _state(loss: float, least_loss: float, margin: float) -> State:
    tolerance = 1e-9
    if least_loss > margin + tolerance:
        return "regressed"
    return "watch" if loss > margin + tolerance else "ok"
