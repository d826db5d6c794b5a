"""What is looked for in a sequence's text while it grows: the end of its thought, stop strings, its grammar.

Most requests ask for none of it, and nobody watches them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from loop.inference.chat import THINK_END, THINK_START
from loop.inference.grammar import Grammar
from loop.inference.messages import Item
from loop.inference.sampling import FloatBlock

GAP = "\n\n"
"""What stands between a thought and its answer. With a grammar it is fed, since the grammar is the answer's alone."""
CLOSING = f"\n{THINK_END}{GAP}"
"""Fed to a model whose thought has taken all its tokens; then it answers."""

_OPEN, _CLOSE = THINK_START.encode(), THINK_END.encode()


def is_watched(item: Item) -> bool:
    return bool(item.stop or item.thinking_budget or item.grammar)


class Watch:
    """One sequence. thought: tokens of its thought so far, the closing mark included. cut: bytes of its text before the
    first stop string; None while there is none.

    A thought is what the completion begins with, or there is none. Stop strings and grammar are for the answer. pieces:
    the bytes of each token; closing, gap: `CLOSING` and `GAP` as tokens.
    """

    def __init__(
        self, item: Item, grammar: Grammar | None, pieces: Sequence[bytes], closing: Sequence[int], gap: Sequence[int]
    ) -> None:
        self._item, self._grammar, self._pieces = item, grammar, pieces
        self._closing, self._gap = closing, gap
        self._stops = [text.encode() for text in item.stop]
        self._reach = max(map(len, (_CLOSE, *self._stops))) - 1
        self._fed: deque[int] = deque()
        self._beginning = item.thinking_budget > 0  # whether there is a thought is still open
        self._thinking = False
        self._tokens = self._bytes = 0
        self._tail = b""  # the end of the text, as far as a mark or a stop string may begin in it
        self.thought = 0
        self.cut: int | None = None

    def follow(self, drawn: int, logits: FloatBlock) -> int:
        """The token that comes next: one that is fed, or the drawn one, or one that the grammar allows instead of it.
        logits: (vocabulary,), those it was drawn from. Raises EngineError when the grammar has no way on."""
        if self._fed:
            token = self._fed.popleft()
        elif self._grammar is None or self._thinking or (self._beginning and self._may_think(drawn)):
            token = drawn
        else:
            item = self._item
            token = self._grammar.choose(drawn, logits, item.temperature, item.seed, self._tokens)
            self._grammar.accept(token)
        self._read(self._pieces[token])
        return token

    def close(self) -> None:
        if self._grammar is not None:
            self._grammar.close()

    def _may_think(self, token: int) -> bool:
        begun = (self._tail + self._pieces[token]).lstrip()
        return begun.startswith(_OPEN) or _OPEN.startswith(begun)

    def _read(self, piece: bytes) -> None:
        self._tokens += 1
        self._bytes += len(piece)
        text = self._tail + piece
        if self._beginning:
            begun = text.lstrip()
            self._thinking = begun.startswith(_OPEN)
            self._beginning = not self._thinking and _OPEN.startswith(begun)
        if self._thinking:
            text = self._think(text)
        if not self._thinking and not self._beginning and self._stops:
            found = [place for place in map(text.find, self._stops) if place >= 0]
            if found:
                self.cut = self._bytes - len(text) + min(found)
        self._tail = text if self._beginning else text[max(0, len(text) - self._reach) :]

    def _think(self, text: bytes) -> bytes:
        """Whether the thought goes on; returns the text that is left of the tail, behind the thought where it ends."""
        self.thought = self._tokens
        _, closed, rest = text.partition(_CLOSE)
        if closed:
            self._thinking = False
            if self._grammar is not None and not self._fed and not rest:
                self._fed.extend(self._gap)
            return rest
        if self._tokens >= self._item.thinking_budget and not self._fed:
            self._fed.extend(self._closing)
        return text
