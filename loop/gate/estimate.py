"""What one audit says: pass@1, pass@k, greedy, with an interval and the noise that stands beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.errors import EnvironmentFault, UsageError
from loop.gate.scores import AuditScores, TaskScore

if TYPE_CHECKING:
    from loop.gate.bootstrap import Floats


@dataclass(frozen=True)
class FamilySummary:
    """One family in one audit; the rates are means over its tasks."""

    family: str
    n_tasks: int
    pass_at_1: float
    pass_at_k: float
    greedy: float
    format_errors: float


@dataclass(frozen=True)
class Summary:
    """One audit in numbers. Rates are in [0, 1] and are means over tasks.

    ci: 95 % two-stage bootstrap interval of pass@1. format_errors: share of completions without a usable answer.
    infra: completions that the grader failed on (a hole: such an audit decides nothing).
    noise_floor: standard error of the difference between two audits of this very adapter, None with one sample a task.
    minimum_detectable_effect: the smallest gain over this adapter that such an audit could show (one-sided 5 %, power
      0.8) if sampling were the only noise; what a challenger's audit shows is in the Decision. None as above.
    """

    audit_id: str
    adapter: str
    split: str
    n_tasks: int
    k: int
    temperature: float
    seed: int
    pass_at_1: float
    ci: tuple[float, float]
    pass_at_k: float
    greedy: float
    format_errors: float
    infra: int
    noise_floor: float | None
    minimum_detectable_effect: float | None
    families: tuple[FamilySummary, ...]


def pass_at_k(n: int, c: int, k: int) -> float:
    """Unbiased estimate that at least one of k samples passes, from c passes in n: 1 - C(n-c, k) / C(n, k).

    Chen et al. 2021, "Evaluating Large Language Models Trained on Code" (arXiv 2107.03374), equation 1.
    Raises UsageError unless 0 <= c <= n and 1 <= k <= n.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise UsageError(
            f"pass@{k} cannot be estimated from {c} passes in {n} samples", fix="use 1 <= k <= n, 0 <= c <= n"
        )
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)


def pass_rates(tasks: tuple[TaskScore, ...]) -> Floats:
    """pass@1 of each task (tasks,): the share of its graded completions that passed."""
    import numpy as np

    return np.array([t.passes / t.samples for t in tasks], dtype=np.float64)


def any_pass_rates(tasks: tuple[TaskScore, ...], k: int) -> Floats:
    """pass@k of each task (tasks,). A task with fewer than k graded completions is estimated at as many as it has."""
    import numpy as np

    return np.array([pass_at_k(t.samples, t.passes, min(k, t.samples)) for t in tasks], dtype=np.float64)


def format_rates(tasks: tuple[TaskScore, ...]) -> Floats:
    """Share of each task's completions that held no usable answer (tasks,)."""
    import numpy as np

    return np.array([t.format_errors / t.samples for t in tasks], dtype=np.float64)


def measured(scores: AuditScores) -> tuple[TaskScore, ...]:
    """The tasks with at least one graded completion.

    Raises UsageError when the audit has no tasks, EnvironmentFault when none of them was graded.
    """
    if not scores.tasks:
        raise UsageError(f"audit {scores.audit_id} has no tasks", fix="audit a split that has tasks: loop tasks list")
    tasks = tuple(t for t in scores.tasks if t.samples > 0)
    if not tasks:
        raise EnvironmentFault(
            f"audit {scores.audit_id}: the grader failed on every completion, so nothing was measured",
            fix="run `loop doctor`, then audit again",
        )
    return tasks


def summarise(scores: AuditScores, *, resamples: int = 2000, seed: int = 0) -> Summary:
    """Numbers of one audit; the same audit and seed give the same interval. Raises as `measured` does."""
    import numpy as np

    from loop.gate.bootstrap import family_index, interval
    from loop.gate.power import minimum_detectable_effect, noise_floor

    tasks = measured(scores)
    names, family = family_index([t.family for t in tasks])
    first, any_of_k, formats = pass_rates(tasks), any_pass_rates(tasks, scores.k), format_rates(tasks)
    greedy = np.array([t.greedy_pass for t in tasks], dtype=np.float64)
    floor = noise_floor([t.passes for t in tasks], [t.samples for t in tasks])
    families = tuple(
        FamilySummary(
            family=name,
            n_tasks=int((family == f).sum()),
            pass_at_1=float(first[family == f].mean()),
            pass_at_k=float(any_of_k[family == f].mean()),
            greedy=float(greedy[family == f].mean()),
            format_errors=float(formats[family == f].mean()),
        )
        for f, name in enumerate(names)
    )
    return Summary(
        audit_id=scores.audit_id,
        adapter=scores.adapter,
        split=scores.split,
        n_tasks=len(tasks),
        k=scores.k,
        temperature=scores.temperature,
        seed=scores.seed,
        pass_at_1=float(first.mean()),
        ci=interval(first, family, resamples=resamples, rng=np.random.default_rng(seed)),
        pass_at_k=float(any_of_k.mean()),
        greedy=float(greedy.mean()),
        format_errors=float(formats.mean()),
        infra=sum(t.infra for t in scores.tasks),
        noise_floor=floor,
        minimum_detectable_effect=None if floor is None else minimum_detectable_effect(floor, len(tasks)),
        families=families,
    )
