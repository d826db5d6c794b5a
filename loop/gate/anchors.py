"""Anchor tasks: what a past challenger broke must not break again unseen.

A task is broken when the champion solved it in every answer and the challenger in none. A pack has few such tasks and
each is one accident of sampling at worst: a fair coin loses all of five answers and wins all of five others once in
1,024 times. A challenger that breaks one which an earlier challenger broke repeats a known fault, whatever its mean.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from loop.gate.scores import TaskScore


def broken(champion: Sequence[TaskScore], challenger: Sequence[TaskScore]) -> tuple[str, ...]:
    """Ids of the tasks that only the champion solves, and always. Both are of the same tasks, in one order."""
    return tuple(
        old.task_id
        for old, new in zip(champion, challenger, strict=True)
        if old.samples and new.samples and old.passes == old.samples and old.greedy_pass
        and not new.passes and not new.greedy_pass
    )  # fmt: skip


def broken_again(
    champion: Sequence[TaskScore], challenger: Sequence[TaskScore], anchors: Collection[str]
) -> tuple[str, ...]:
    """The anchors among them."""
    return tuple(task for task in broken(champion, challenger) if task in anchors)
