"""How much a prompt may hold. What does not fit is left out whole, least important first, and named - never cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class Room:
    """tokens: of a user's message, at most. count: tokens of a text, as the model's tokenizer sees it."""

    tokens: int
    count: CountTokens

    def holds(self, prompt: str) -> bool:
        """False for a prompt that is not to be asked: what must stay in it is too much already."""
        return self.count(prompt) <= self.tokens


@dataclass(frozen=True)
class Piece:
    """A part of a prompt. rank: 0 is never left out; of the others the highest rank goes first, later ones of a rank
    before earlier ones. name: what is recorded when it is left out; "" for what goes without saying (a headline)."""

    text: str
    rank: int = 0
    name: str = ""


def fit(pieces: Sequence[Piece], room: Room) -> tuple[str, tuple[str, ...]]:
    """The pieces that fit, joined in their order, and the names of those left out.

    What must stay stays even when it alone is too much: `Room.holds` then says so, and an engine refuses the prompt.
    """
    total = room.count(_joined(pieces, set()))
    out: set[int] = set()
    order = sorted((i for i, piece in enumerate(pieces) if piece.rank), key=lambda i: (pieces[i].rank, i))
    while total > room.tokens and order:
        while order and total > room.tokens:  # by the piece's own count, which costs less than counting all again
            out.add(order[-1])
            total -= room.count(pieces[order.pop()].text)
        total = room.count(_joined(pieces, out))
    return _joined(pieces, out), tuple(pieces[i].name for i in sorted(out) if pieces[i].name)


def _joined(pieces: Sequence[Piece], out: set[int]) -> str:
    return "".join(piece.text for i, piece in enumerate(pieces) if i not in out)
