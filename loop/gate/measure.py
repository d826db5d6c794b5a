"""What two audits measured together: the paired differences, the test on them, and the guards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loop.gate import anchors, estimate
from loop.gate.attempt import Attempt
from loop.gate.bootstrap import Floats, Indices, family_index
from loop.gate.decision import Policy, pair
from loop.gate.futility import chance_of_promotion
from loop.gate.guards import FamilyChange, Guard, family_changes, guard
from loop.gate.permute import McNemar, SignFlip, mcnemar
from loop.gate.power import clustered_se, minimum_detectable_effect
from loop.gate.scores import AuditScores, TaskScore
from loop.gate.sequential import staged_sign_flip


@dataclass(frozen=True)
class Measured:
    """Tasks in one order; rates, differences and `family` are (tasks,). chance: of a promotion at the last look."""

    champion: tuple[TaskScore, ...]
    challenger: tuple[TaskScore, ...]
    champion_rates: Floats
    challenger_rates: Floats
    differences: Floats
    family: Indices
    names: tuple[str, ...]
    test: SignFlip
    greedy: McNemar
    minimum_detectable_effect: float
    chance: float
    broken: tuple[str, ...]


def measure(
    champion: AuditScores,
    challenger: AuditScores,
    policy: Policy,
    seed: int,
    attempt: Attempt,
    earlier: Sequence[tuple[AuditScores, AuditScores]],
) -> Measured:
    """Raises as `decide` does."""
    old, new = pair(champion, challenger)
    names, family = family_index([t.family for t in old])
    old_rate, new_rate = estimate.pass_rates(old), estimate.pass_rates(new)
    differences, k = new_rate - old_rate, champion.k
    order = [task.task_id for task in old]
    test = staged_sign_flip(
        [*(_differences(look, order) for look in earlier), differences],
        family,
        [attempt.level(look[0].k) for look in earlier] + [attempt.level(k)],
        policy.permutations,
        seed,
    )
    units = len(names) if len(names) > 1 else len(old)
    smallest = 1.0 / (len(old) * k)
    effect = minimum_detectable_effect(clustered_se(differences, family), units, alpha=attempt.level(k))
    return Measured(
        champion=old,
        challenger=new,
        champion_rates=old_rate,
        challenger_rates=new_rate,
        differences=differences,
        family=family,
        names=names,
        test=test,
        greedy=mcnemar(np.array([t.greedy_pass for t in old]), np.array([t.greedy_pass for t in new])),
        minimum_detectable_effect=max(effect, smallest),
        chance=chance_of_promotion(
            differences, family, old, new, k=k, budget=attempt.looks[-1], alpha=attempt.alpha
        ),
        broken=anchors.broken(old, new),
    )  # fmt: skip


def guards_of(
    found: Measured, k: int, policy: Policy, looks: int
) -> tuple[tuple[FamilyChange, ...], tuple[Guard, ...]]:
    """The families' changes, and the guards of format and variety. Dozens of families are compared with their margin at
    each look, so that each comparison has its part of the error (Bonferroni)."""
    old, new, family = found.champion, found.challenger, found.family
    alpha = policy.guard_alpha / looks
    families = family_changes(
        found.champion_rates, found.challenger_rates, family, found.names,
        margin=policy.family_margin, alpha=alpha / len(found.names),
    )  # fmt: skip
    formats = guard(
        "format errors", estimate.format_rates(old), estimate.format_rates(new), family,
        sign=1, margin=policy.format_margin, alpha=alpha,
    )  # fmt: skip
    variety = guard(
        f"pass@{k}", estimate.any_pass_rates(old, k), estimate.any_pass_rates(new, k), family,
        sign=-1, margin=policy.pass_at_k_margin, alpha=alpha,
    )  # fmt: skip
    return families, (formats, variety)


def _differences(look: tuple[AuditScores, AuditScores], order: Sequence[str]) -> Floats:
    """Challenger minus champion by task (tasks,); 0 where a task had no graded completion yet."""
    old, new = ({task.task_id: task for task in scores.tasks} for scores in look)
    return np.array([_rate(new.get(task)) - _rate(old.get(task)) if _both(old, new, task) else 0.0 for task in order])


def _both(old: dict[str, TaskScore], new: dict[str, TaskScore], task: str) -> bool:
    return task in old and task in new and old[task].samples > 0 and new[task].samples > 0


def _rate(task: TaskScore | None) -> float:
    return task.passes / task.samples if task is not None and task.samples else 0.0
