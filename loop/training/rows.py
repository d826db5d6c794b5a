"""Examples -> token rows, exactly as the engine will see them.

The engine decodes after the prompt's tokens, so prompt and completion are tokenised apart and joined: a merge across
the boundary, which the engine can never produce, is never trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loop.errors import TrainingError
from loop.training.examples import Example, Pair

Encode = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True)
class Row:
    """Token ids of one example's prompt and completion."""

    example: Example
    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return self.prompt + self.completion


def tokenise(examples: Sequence[Example], encode: Encode, max_length: int) -> tuple[list[Row], int]:
    """Rows that fit in max_length tokens, and how many did not.

    A row that is too long is dropped, never cut: half an answer without its end teaches not to end.
    Raises TrainingError when no row is left, or one has no label token.
    """
    prompts = encode([example.prompt for example in examples])
    completions = encode([example.completion for example in examples])
    rows = [Row(e, tuple(p), tuple(c)) for e, p, c in zip(examples, prompts, completions, strict=True)]
    empty = sum(not row.completion for row in rows)
    if empty:
        raise TrainingError(f"{empty} of {len(rows)} rows have no label token", fix="drop rows with empty completions")
    kept = [row for row in rows if len(row.ids) <= max_length]
    if not kept:
        raise TrainingError(
            f"all {len(rows)} rows are longer than max_length = {max_length} tokens",
            fix="raise model.context, or ask for shorter answers",
        )
    return kept, len(rows) - len(kept)


@dataclass(frozen=True)
class PairRow:
    """Token ids of a pair: both completions follow the same prompt."""

    pair: Pair
    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]

    @property
    def longest(self) -> int:
        return len(self.prompt) + max(len(self.chosen), len(self.rejected))


def tokenise_pairs(pairs: Sequence[Pair], encode: Encode, max_length: int) -> tuple[list[PairRow], int]:
    """Pairs of which both halves fit in max_length tokens, and how many do not. Raises TrainingError as `tokenise`."""
    parts = [
        encode(texts) for texts in ([p.prompt for p in pairs], [p.chosen for p in pairs], [p.rejected for p in pairs])
    ]
    rows = [
        PairRow(pair, tuple(prompt), tuple(chosen), tuple(rejected))
        for pair, prompt, chosen, rejected in zip(pairs, *parts, strict=True)
    ]
    empty = sum(not row.chosen or not row.rejected for row in rows)
    if empty:
        raise TrainingError(
            f"{empty} of {len(rows)} pairs have no label token", fix="drop pairs with empty completions"
        )
    same = sum(row.chosen == row.rejected for row in rows)
    if same:
        raise TrainingError(f"{same} of {len(rows)} pairs choose and reject the same answer", fix="harvest again")
    kept = [row for row in rows if row.longest <= max_length]
    if not kept:
        raise TrainingError(
            f"all {len(rows)} pairs are longer than max_length = {max_length} tokens",
            fix="raise model.context, or ask for shorter answers",
        )
    return kept, len(rows) - len(kept)


TOGETHER = 5_000
"""Tokens that go through the model together, at most: memory grows with them, and on a GPU this many keep it busy."""


def micro_batch(batch_size: int, longest: int) -> int:
    """Rows that go through the model together: the most that divide `batch_size` and hold at most `TOGETHER` tokens.

    longest: tokens of the longest row. A step has `batch_size` rows all the same; their gradients are added up.
    """
    sizes = (size for size in range(batch_size, 0, -1) if batch_size % size == 0)
    return next((size for size in sizes if size * longest <= TOGETHER), 1)
