"""Checks, on every batch that is trained on, that the labels are the completion: all of it and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loop.errors import TrainingError
from loop.training.rows import Row

IGNORED = -100


class CheckedCollator:
    """Wraps the trainer's collator and counts what passes through. Raises TrainingError on a wrong label."""

    def __init__(self, collate: Callable[[Any], Any], rows: Sequence[Row]) -> None:
        self.collate = collate
        self.rows = {(row.ids, len(row.prompt)) for row in rows}
        self.tokens = 0  # without padding
        self.label_tokens = 0
        self.cells = 0  # with padding

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> Any:
        batch = self.collate(examples)
        columns = (batch[name].tolist() for name in ("input_ids", "labels", "attention_mask"))
        for ids, labels, mask in zip(*columns, strict=True):
            self._check(ids, labels, sum(mask))
        return batch

    @property
    def padding_share(self) -> float:
        return 1 - self.tokens / self.cells if self.cells else 0.0

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
