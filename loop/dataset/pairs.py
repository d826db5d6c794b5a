"""Pairs: a right answer and a wrong one to the same question, those first that differ least.

What the two have in common is no news to the trainer; what they differ in is all it learns from. A pair that differs in
one operator teaches that operator.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from loop.dataset.choose import Removed
from loop.dataset.contamination import HeldOut
from loop.dataset.policy import Policy
from loop.dataset.sketch import similarity
from loop.dataset.texts import Answer, Sketches


@dataclass(frozen=True)
class Paired:
    """Pairs (chosen, rejected) in the order of the chosen; what of the rejected is somebody's held-out solution."""

    pairs: list[tuple[Answer, Answer]]
    removed: list[Removed]


def pair(
    kept: Sequence[Answer], failing: Sequence[Answer], policy: Policy, sketches: Sketches, held_out: HeldOut,
    task_of: dict[int, str],
) -> Paired:  # fmt: skip
    """At most `policy.pairs` a question, each failing answer in one of them. An answer that could not be read is
    rejected only where all wrong ones are like that: form is learned from every other row."""
    removed: list[Removed] = []
    wrong: dict[int, list[Answer]] = defaultdict(list)
    for answer in failing:
        if answer.code and answer.label is None and (found := held_out.find(answer.code, sketches.of(answer))):
            removed.append(Removed(answer.id, task_of[answer.question], found))
        else:
            wrong[answer.question].append(answer)
    right: dict[int, list[Answer]] = defaultdict(list)
    for answer in kept:
        right[answer.question].append(answer)
    taken = [pairs for question in right for pairs in _nearest(right[question], wrong[question], policy.pairs)]
    place = {answer.id: i for i, answer in enumerate(kept)}
    return Paired(sorted(taken, key=lambda p: (place[p[0].id], p[1].id)), removed)


def _nearest(right: Sequence[Answer], wrong: Sequence[Answer], most: int) -> list[tuple[Answer, Answer]]:
    readable = [answer for answer in wrong if not answer.unreadable] or wrong
    ranked = sorted(
        ((-_likeness(r, w), r.id, w.id, r, w) for r in right for w in readable if r.completion != w.completion),
        key=lambda found: found[:3],
    )
    pairs: list[tuple[Answer, Answer]] = []
    used: Counter[str] = Counter()
    for *_, r, w in ranked:
        if not used[w.id] and len(pairs) < most:
            used[w.id] += 1
            pairs.append((r, w))
    return pairs


def _likeness(right: Answer, wrong: Answer) -> float:
    if right.label is not None or not right.code or not wrong.code:
        return 0.0
    return similarity(right.code, wrong.code)
