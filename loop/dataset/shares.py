"""Shares: what of the rows may be of one sort. Mastered questions, answers without a thought, and each label.

Rows are only ever taken out, so taking one share may break another; they are taken again until all of them hold.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from loop.dataset.policy import Policy


@dataclass(frozen=True)
class Row:
    """A row to be, as far as shares are concerned. label: None where the oracle decides. kind: of question."""

    id: str
    task: str
    mastered: bool
    thought: bool
    label: str | None = None
    kind: str = ""


def fair(rows: Sequence[Row], policy: Policy, mastered: int | None = None) -> tuple[list[Row], Counter[str]]:
    """The rows that stay, in their order, and how many do not by reason. Of one sort the first ones stay; of labels,
    those with the smallest ids. mastered: rows of mastered questions that there were before any was left out."""
    out: Counter[str] = Counter()
    left = list(rows)
    mastered = sum(row.mastered for row in rows) if mastered is None else mastered
    while True:
        before = len(left)
        for reason, stay in (
            ("reasoning", _reasoning(left, policy)),
            ("class_balance", _balanced(left, policy.balance)),
            ("mastered", _replayed(left, policy, mastered)),
        ):
            now = [row for row in left if row.id in stay]
            out[reason] += len(left) - len(now)
            if len(now) < len(left):
                left = now
                break  # the other shares are of fewer rows now
        if len(left) == before:
            return left, out


def replayed(others: int, mastered: int, replay: float, missing: int = 0) -> int:
    """How many rows of mastered questions may stand beside `others`: so many that they are `replay` of all.

    missing: tasks that training wants beyond those of `others`; so many rows may stand in any case. A first cycle of
    few tasks, or a model that solves nearly all of them, would else have nothing to be trained on, and the gate says
    better than a share whether that was worth it. Where there are no others at all, the share is of what is mastered.
    Without replay there is none.
    """
    if replay >= 1 or not replay:
        return mastered if replay else 0
    share = replay * others / (1 - replay) if others else math.ceil(replay * mastered - 1e-9)
    return min(mastered, max(missing, math.floor(share + 1e-9)))


def _replayed(rows: Sequence[Row], policy: Policy, mastered: int) -> set[str]:
    others = [row for row in rows if not row.mastered]
    missing = policy.floor - len({row.task for row in others})
    allowed = replayed(len(others), mastered, policy.replay, missing)
    known = [row.id for row in rows if row.mastered]
    return {row.id for row in others} | set(known[:allowed])


def _reasoning(rows: Sequence[Row], policy: Policy) -> set[str]:
    """One-sided: a model that learns too many answers without a thought stops thinking; too many with one harm nothing.
    Where no answer has a thought, none may stay without one."""
    if not policy.thinking or policy.reasoning == 0:
        return {row.id for row in rows}
    thoughts = sum(row.thought for row in rows)
    allowed = math.floor(thoughts * (1 - policy.reasoning) / policy.reasoning + 1e-9)
    silent = [row.id for row in rows if not row.thought]
    return {row.id for row in rows if row.thought} | set(silent[:allowed])


def _balanced(rows: Sequence[Row], balance: float) -> set[str]:
    """A model that has seen one answer too often gives that one: no label of one-word judgments has more than `balance`
    times the rows of the rarest one. Which rows stay follows from their ids alone."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if balance and row.label is not None and "\n" not in row.label and row.kind != "points":
            groups[row.kind, row.label].append(row.id)
    out: set[str] = set()
    for kind in {kind for kind, _ in groups}:
        sizes = [len(ids) for (asked, _), ids in groups.items() if asked == kind]
        most = int(balance * min(sizes)) if len(sizes) > 1 else max(sizes)
        out |= {i for (asked, _), ids in groups.items() if asked == kind for i in sorted(ids)[most:]}
    return {row.id for row in rows} - out
