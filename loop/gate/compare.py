"""Task by task: what a challenger won and lost against a champion, and what it can no longer be relied on for."""

from __future__ import annotations

from collections.abc import Sequence
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

    @property
    def regressed(self) -> bool:
        """The champion solves it reliably (every sample and the greedy answer pass), and the challenger does not."""
        was_reliable = self.champion == 1.0 and self.champion_greedy
        return was_reliable and not (self.challenger == 1.0 and self.challenger_greedy)


@dataclass(frozen=True)
class FamilyRegression:
    """The tasks of one family that the champion solves reliably and the challenger does not, the worst first.

    reliable: how many of the family the champion solves reliably.
    """

    family: str
    reliable: int
    tasks: tuple[TaskChange, ...]


def tally(changes: Sequence[TaskChange]) -> dict[str, int]:
    """Tasks won, lost and tied."""
    return {kind: sum(change.outcome == kind for change in changes) for kind in ("won", "lost", "tied")}


def regressions(changes: Sequence[TaskChange]) -> tuple[FamilyRegression, ...]:
    """Family by family what the challenger can no longer be relied on for; the families that lost most first.

    With k samples a task, one that passes with probability q looks reliable with probability q^(k+1): a few names
    here are noise, and whether a family got worse is the gate's question.
    """
    found = []
    for family in sorted({change.family for change in changes}):
        ours = [change for change in changes if change.family == family]
        lost = sorted((c for c in ours if c.regressed), key=lambda c: (c.challenger, c.challenger_greedy, c.task_id))
        if lost:
            reliable = sum(change.champion == 1.0 and change.champion_greedy for change in ours)
            found.append(FamilyRegression(family, reliable, tuple(lost)))
    return tuple(sorted(found, key=lambda each: (-len(each.tasks), each.family)))


def compare_tasks(champion: AuditScores, challenger: AuditScores) -> tuple[TaskChange, ...]:
    """Every task that both graded, the largest losses first. Raises UsageError when the audits are not comparable."""
    from loop.gate.decision import pair

    changes = []
    for old, new in zip(*pair(champion, challenger), strict=True):
        before, after = old.passes / old.samples, new.passes / new.samples
        outcome: Literal["won", "lost", "tied"] = "won" if after > before else "lost" if after < before else "tied"
        changes.append(TaskChange(old.task_id, old.family, before, after, old.greedy_pass, new.greedy_pass, outcome))
    return tuple(sorted(changes, key=lambda c: (c.challenger - c.champion, c.family, c.task_id)))
