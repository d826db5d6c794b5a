"""Tests of "the challenger is better" that assume nothing about the shape of the scores.

If champion and challenger were equally good, swapping their names in any family would change nothing but the sign of
that family's difference. So the observed gain is compared with the gains under all such swaps (Fisher's sign-flip test;
whole families are swapped because tasks of one family move together). One-sided: only "better" promotes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loop.gate.bootstrap import Floats, Indices

ALWAYS_EXACT = 1 << 16  # so many swaps take a few milliseconds: up to 16 families no chance is involved
BLOCK = 1_000  # swaps held in memory at a time


@dataclass(frozen=True)
class SignFlip:
    """p_value: share of swaps that gain at least as much. smallest_p: what the best possible result would have got."""

    p_value: float
    swaps: int
    exact: bool
    smallest_p: float


@dataclass(frozen=True)
class McNemar:
    """Greedy answers (McNemar 1947, exact, one-sided). won / lost: tasks that only the challenger / champion solves."""

    won: int
    lost: int
    p_value: float


def sign_flip(differences: Floats, family: Indices, permutations: int, seed: int) -> SignFlip:
    """Clustered sign-flip test of mean(differences) > 0; `differences` and `family` are (tasks,).

    Exact (all 2^C swaps of C families) when 2^C <= permutations or <= 65,536; else `permutations` random swaps beside
    the observed one, p = (1 + hits) / (1 + permutations), which is never too small (Phipson & Smyth 2010).
    """
    sums = np.bincount(family, weights=differences).astype(np.float64)
    gains, exact = swapped_gains(sums[:, None], permutations, seed)
    hits = int((gains[:, 0] >= gains[0, 0] - 1e-9).sum())  # equal gains must count as equal in floating point
    return SignFlip(p_value=hits / len(gains), swaps=len(gains), exact=exact, smallest_p=1.0 / len(gains))


def swapped_gains(sums: Floats, permutations: int, seed: int) -> tuple[Floats, bool]:
    """Total gains (swaps, looks) under swaps of families, the first of which swaps nothing; and whether these are all
    swaps there are. `sums`: each family's total difference (families, looks)."""
    families, looks = sums.shape
    if families < 63 and 1 << families <= max(permutations, ALWAYS_EXACT):
        gains = np.zeros((1, looks))
        for total in sums:
            gains = np.concatenate([gains + total, gains - total])
        return gains, True
    rng = np.random.default_rng(seed)
    drawn = [sums.sum(axis=0, keepdims=True)]
    for start in range(0, permutations, BLOCK):
        swaps = min(BLOCK, permutations - start)
        signs = rng.integers(0, 2, size=(swaps, families), dtype=np.int8) * 2.0 - 1.0
        drawn.append(signs @ sums)
    return np.concatenate(drawn), False


def mcnemar(champion: npt.NDArray[np.bool_], challenger: npt.NDArray[np.bool_]) -> McNemar:
    """Paired passes (tasks,): of the tasks whose answer changed, how many changed for the better."""
    won, lost = int((challenger & ~champion).sum()), int((champion & ~challenger).sum())
    changed = won + lost
    tail = sum(math.comb(changed, wins) for wins in range(won, changed + 1))
    return McNemar(won=won, lost=lost, p_value=tail / 2**changed)
