"""The slice of practice that is watched instead of trained on: whole tasks, so that no row knows another's answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

LEAST = 4  # rows: the loss of fewer says nothing
MOST = 64  # rows: more cost a look as much as steps, and would be better trained on


def split(rows: Sequence[T], key: Callable[[T], str], share: float, seed: int) -> tuple[list[T], list[T]]:
    """(trained on, watched): about `share` of the tasks, drawn with `seed` from the tasks' own names.

    key: a row's task. Tasks are added while there are at most `MOST` rows; nothing is held back where that would be
    fewer than `LEAST` rows, or all of them.
    """
    tasks = sorted({key(row) for row in rows}, key=lambda name: hashlib.sha256(f"{seed}\0{name}".encode()).digest())
    sizes = {name: 0 for name in tasks}
    for row in rows:
        sizes[key(row)] += 1
    chosen: set[str] = set()
    for name in tasks[: round(share * len(tasks))]:
        if sum(sizes[taken] for taken in chosen) + sizes[name] <= MOST:
            chosen.add(name)
    watched = [row for row in rows if key(row) in chosen]
    trained = [row for row in rows if key(row) not in chosen]
    return (trained, watched) if len(watched) >= LEAST and trained else (list(rows), [])
