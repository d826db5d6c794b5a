"""Which rows share a step follows from seed and epoch alone, and rows of like length share one."""

from __future__ import annotations

import random

from loop.training.batches import LengthSampler, epoch_order

RNG = random.Random(7)
LENGTHS = [RNG.randint(20, 800) for _ in range(200)]


def padding(order: list[int], rows: int) -> float:
    steps = [[LENGTHS[at] for at in order[i : i + rows]] for i in range(0, len(order), rows)]
    cells = sum(len(step) * max(step) for step in steps)
    return 1 - sum(LENGTHS) / cells


def test_every_row_is_seen_once_an_epoch_and_little_is_padding() -> None:
    for epoch in range(3):
        order = epoch_order(LENGTHS, 16, seed=1, epoch=epoch)
        assert sorted(order) == list(range(200))
        assert padding(order, 16) < 0.12 < padding(list(range(200)), 16)


def test_an_epochs_order_needs_no_epoch_before_it() -> None:
    sampler, later = LengthSampler(LENGTHS, 16, 1), LengthSampler(LENGTHS, 16, 1)
    first = list(sampler)
    sampler.set_epoch(1)
    later.set_epoch(1)
    assert list(sampler) == list(later) != first


def test_the_longest_row_comes_first_and_the_short_step_last() -> None:
    order = epoch_order(LENGTHS, 16, seed=1, epoch=0)
    assert max(LENGTHS) in [LENGTHS[at] for at in order[:16]]
    assert len(order) % 16 == 8
    shortest = sorted(LENGTHS)[:40]
    assert all(LENGTHS[at] in shortest for at in order[-8:])
