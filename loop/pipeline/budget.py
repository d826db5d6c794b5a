"""How much a prompt may hold. What does not fit is left out whole, least important first, and named - never cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class Room:
    """tokens: of a rendered user message, at most. count: tokens of a text, as the model's tokenizer sees it."""

    tokens: int
    count: CountTokens


@dataclass(frozen=True)
class Piece:
    """A part of a prompt. rank: 0 is never left out; of the others the highest rank goes first, later ones of a rank
    before earlier ones. name: what is recorded when it is left out."""

    text: str
    rank: int = 0
    name: str = ""


def fit(pieces: Sequence[Piece], room: Room) -> tuple[str, tuple[str, ...]]:
    """The pieces that fit, joined in their order, and the names of those left out.

    What must stay stays even when it alone is too much: the engine then refuses the prompt by name.
    """
    costs = [room.count(piece.text) for piece in pieces]
    order = sorted(range(len(pieces)), key=lambda i: (pieces[i].rank, i), reverse=True)
    total, out = sum(costs), set[int]()
    for i in order:
        if total <= room.tokens or pieces[i].rank == 0:
            break
        out.add(i)
        total -= costs[i]
    text = "".join(piece.text for i, piece in enumerate(pieces) if i not in out)
    return text, tuple(pieces[i].name for i in sorted(out))
