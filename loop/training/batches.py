"""Which rows share a step: rows of like length, since padding is work too, in an order that seed and epoch determine.

An order that followed from the epochs before it, as a generator's that is never set again, would be another one after a
kill: the rest of the epoch would show some rows twice and others not at all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from torch.utils.data import Sampler

JITTER = 0.1  # by how much lengths are blurred before they are sorted, so that not always the same rows meet


def epoch_order(lengths: Sequence[int], rows: int, seed: int, epoch: int) -> list[int]:
    """Row numbers of one epoch: steps of `rows` rows of like length, the longest first within a step, steps in random
    order. The first step of all has the longest row, so that memory that does not suffice shows at once."""
    rng = random.Random(f"{seed}/{epoch}")
    blurred = [length * rng.uniform(1 - JITTER, 1 + JITTER) for length in lengths]
    order = sorted(range(len(lengths)), key=lambda at: (-blurred[at], at))
    steps = [order[at : at + rows] for at in range(0, len(order), rows)]
    whole, rest = [s for s in steps if len(s) == rows], [s for s in steps if len(s) < rows]
    rng.shuffle(whole)
    if epoch == 0:
        whole.sort(key=lambda step: max(lengths[at] for at in step) < max(lengths))
    return [at for step in (*whole, *rest) for at in sorted(step, key=lambda at: -lengths[at])]


class LengthSampler(Sampler[int]):
    """The order as a sampler; Trainer tells it the epoch."""

    def __init__(self, lengths: Sequence[int], rows: int, seed: int) -> None:
        self.lengths = lengths
        self.rows = rows
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        return iter(epoch_order(self.lengths, self.rows, self.seed, self.epoch))


class InLengthOrder:
    """Mixed into a Trainer, which is told the `row_lengths` of its training rows before it trains."""

    args: Any
    row_lengths: Sequence[int]

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthSampler:
        args = self.args
        rows = args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
        return LengthSampler(self.row_lengths, rows, args.data_seed)
