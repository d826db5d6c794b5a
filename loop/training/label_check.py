"""Checks, on every batch that is trained on, that the labels are the completion: all of it and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from loop.errors import TrainingError
from loop.training.rows import PairRow, Row

IGNORED = -100
Marked = tuple[tuple[int, ...], int]  # a row's tokens, and how many of them are its prompt's


class CheckedCollator:
    """Wraps a trainer's collator and counts what passes through. Raises TrainingError on a wrong label.

    What a batch trains on is its `labels`, or where it has none (pairs) its `completion_mask`.
    """

    def __init__(self, collate: Callable[[Any], Any], rows: Iterable[Marked]) -> None:
        self.collate = collate
        self.rows = set(rows)
        self.tokens = 0  # without padding
        self.label_tokens = 0
        self.cells = 0  # with padding

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> Any:
        batch = self.collate(examples)
        tokens, attended = batch["input_ids"].tolist(), batch["attention_mask"].tolist()
        for ids, labels, mask in zip(tokens, _labels(batch, tokens), attended, strict=True):
            self._check(ids, labels, sum(mask))
        return batch

    @property
    def padding_share(self) -> float:
        return 1 - self.tokens / self.cells if self.cells else 0.0

    def measured(self, seconds: float) -> dict[str, int | float]:
        """What passed through in so many seconds."""
        return {
            "tokens": self.tokens,
            "label_tokens": self.label_tokens,
            "padding_share": round(self.padding_share, 4),
            "tokens_per_second": round(self.tokens / seconds, 1) if seconds else 0.0,
        }

    def _check(self, ids: list[int], labels: list[int], length: int) -> None:
        """Right padding: the first `length` cells are the row."""
        masked = next((at for at, label in enumerate(labels) if label != IGNORED), length)
        if masked == length:
            raise TrainingError("a row has no label token: nothing would be learnt from it")
        exact = labels[masked:length] == ids[masked:length] and set(labels[length:]) <= {IGNORED}
        if not exact or (tuple(ids[:length]), masked) not in self.rows:
            raise TrainingError(f"the labels are not the completion ({masked} of {length} tokens are masked)")
        self.tokens += length
        self.label_tokens += length - masked
        self.cells += len(ids)


def marked(rows: Iterable[Row]) -> set[Marked]:
    return {(row.ids, len(row.prompt)) for row in rows}


def marked_pairs(rows: Iterable[PairRow]) -> set[Marked]:
    """Both halves of each pair."""
    return {(row.prompt + half, len(row.prompt)) for row in rows for half in (row.chosen, row.rejected)}


def _labels(batch: Mapping[str, Any], tokens: list[list[int]]) -> list[list[int]]:
    if "labels" in batch:
        found: list[list[int]] = batch["labels"].tolist()
        return found
    masks = batch["completion_mask"].tolist()
    return [
        [t if m else IGNORED for t, m in zip(ids, mask, strict=True)] for ids, mask in zip(tokens, masks, strict=True)
    ]
