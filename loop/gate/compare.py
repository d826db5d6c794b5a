"""Task by task: what a challenger won and lost against a champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loop.gate.scores import AuditScores


@dataclass(frozen=True)
class TaskChange:
    """pass rates of one task under two adapters, and the greedy answers. outcome is the challenger's, by pass rate."""

    task_id: str
    family: str
    champion: float
    challenger: float
    champion_greedy: bool
    challenger_greedy: bool
    outcome: Literal["won", "lost", "tied"]


def compare_tasks(champion: AuditScores, challenger: AuditScores) -> tuple[TaskChange, ...]:
    """Every task that both graded, the largest losses first. Raises UsageError when the audits are not comparable."""
    from loop.gate.decision import pair

    changes = []
    for old, new in zip(*pair(champion, challenger), strict=True):
        before, after = old.passes / old.samples, new.passes / new.samples
        outcome: Literal["won", "lost", "tied"] = "won" if after > before else "lost" if after < before else "tied"
        changes.append(TaskChange(old.task_id, old.family, before, after, old.greedy_pass, new.greedy_pass, outcome))
    return tuple(sorted(changes, key=lambda c: (c.challenger - c.champion, c.family, c.task_id)))
