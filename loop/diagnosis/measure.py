"""Questions with their passes -> pass@k curves, standard errors, and differences between measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from loop.diagnosis.facts import Difference, Measured
from loop.gate.estimate import pass_at_k

Questions = Sequence[Mapping[str, Any]]
"""Rows with `unit` (which question), `family`, `samples`, `passes`, `answers`, `ungraded`."""


def curve_of(counts: Sequence[tuple[int, int]]) -> tuple[tuple[int, float], ...]:
    """(k, mean pass@k) for k = 1, 2, 4, ... and the most samples that a question has. counts: (samples, passes).

    A question with fewer than k samples is estimated at as many as it has. () without questions.
    """
    most = max((n for n, _ in counts), default=0)
    ks = [1 << i for i in range(most.bit_length())]
    return tuple(
        (k, sum(pass_at_k(n, c, min(k, n)) for n, c in counts) / len(counts)) for k in sorted({*ks, most} - {0})
    )


def measured(of: str, adapter: str, questions: Questions) -> Measured | None:
    """One measurement; None when no answer was graded."""
    graded = [row for row in questions if row["samples"]]
    if not graded:
        return None
    counts = [(row["samples"], row["passes"]) for row in graded]
    return Measured(
        of=of,
        adapter=adapter,
        questions=len(graded),
        samples=max(n for n, _ in counts),
        curve=curve_of(counts),
        se=standard_error([c / n for n, c in counts], [row["family"] for row in graded]),
        always=sum(c == n for n, c in counts),
        never=sum(c == 0 for _, c in counts),
        answers=sum(row["answers"] for row in questions),
        ungraded=sum(row["ungraded"] for row in questions),
    )


def standard_error(values: Sequence[float], families: Sequence[str]) -> float:
    """Clustered standard error of the mean (`loop.gate.power.clustered_se`)."""
    import numpy as np

    from loop.gate.bootstrap import family_index
    from loop.gate.power import clustered_se

    return clustered_se(np.array(values, dtype=np.float64), family_index(list(families))[1])


def apart(a: Measured, b: Measured) -> Difference:
    """pass@1 of `a` minus that of `b`, which asked other tasks: independent, so their variances add."""
    return Difference(a.pass_at_1 - b.pass_at_1, math.hypot(a.se, b.se))


def paired(a: Questions, b: Questions) -> Difference | None:
    """Mean of b minus a over the questions that both asked; None when there are none."""
    old = {row["unit"]: row["passes"] / row["samples"] for row in a if row["samples"]}
    new = {row["unit"]: row for row in b if row["samples"] and row["unit"] in old}
    if not new:
        return None
    changes = [row["passes"] / row["samples"] - old[unit] for unit, row in new.items()]
    return Difference(sum(changes) / len(changes), standard_error(changes, [row["family"] for row in new.values()]))
