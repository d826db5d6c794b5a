"""Code that stands twice: sequences of tokens, with variables and literals made equal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evaluators.text.structure_tree import Function, tokens

Sequence = tuple[str, ...]


@dataclass(frozen=True)
class Repeated:
    """functions: where it stands, in alphabetical order (one name when it stands twice in that function)."""

    functions: tuple[str, ...]
    text: str


def repeated(before: Iterable[Function], after: Iterable[Function], size: int) -> Repeated | None:
    """The first `size` tokens that two functions of `after` share, or that stand twice in one of them after having
    stood in two functions of `before` (copies that were merely put side by side); None if there are none.
    """
    shared = {sequence for sequence, places in _places(before, size).items() if _in_two(places)}
    for sequence, places in _places(after, size).items():
        if _in_two(places) or (sequence in shared and _apart(places, size)):
            return Repeated(tuple(sorted({name for name, _ in places})), " ".join(sequence))
    return None


def _places(functions: Iterable[Function], size: int) -> dict[Sequence, list[tuple[str, int]]]:
    """Sequence -> (function, place in it)."""
    found: dict[Sequence, list[tuple[str, int]]] = {}
    for function in functions:
        text = tokens(function)
        for at in range(len(text) - size + 1):
            found.setdefault(text[at : at + size], []).append((function.name, at))
    return found


def _in_two(places: list[tuple[str, int]]) -> bool:
    return len({name for name, _ in places}) > 1


def _apart(places: list[tuple[str, int]], size: int) -> bool:
    starts = [at for _, at in places]
    return max(starts) - min(starts) >= size
