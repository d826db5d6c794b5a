"""The slice of practice that is watched instead of trained on: whole tasks, so that no row knows another's answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

LEAST = 4  # rows: the loss of fewer says nothing


def split(rows: Sequence[T], key: Callable[[T], str], share: float, seed: int) -> tuple[list[T], list[T]]:
    """(trained on, watched): about `share` of the tasks, drawn with `seed` from the tasks' own names.

    key: a row's task. Nothing is held back where that would be fewer than `LEAST` rows, or all of them.
    """
    tasks = sorted({key(row) for row in rows}, key=lambda name: hashlib.sha256(f"{seed}\0{name}".encode()).digest())
    chosen = set(tasks[: round(share * len(tasks))])
    watched = [row for row in rows if key(row) in chosen]
    trained = [row for row in rows if key(row) not in chosen]
    return (trained, watched) if len(watched) >= LEAST and trained else (list(rows), [])
