"""The sign-flip test, looked at several times while sampling goes on.

Under the null, exchanging champion and challenger in a family flips the sign of that family's differences at every look
at once. So the joint distribution of all looks is known by the same exchanges as that of one, and the error can be
spent over the looks exactly: at each look, just so many exchanges may cross as the level of that look allows, and those
that crossed before count as having crossed. Stopping at whichever look crosses keeps the chance of ever crossing at the
last level. (A group-sequential boundary, Lan & DeMets 1983, from the permutation distribution instead of the normal.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from loop.gate.bootstrap import Floats, Indices
from loop.gate.permute import SignFlip, swapped_gains

Swaps = npt.NDArray[np.bool_]


def staged_sign_flip(
    differences: Sequence[Floats], family: Indices, levels: Sequence[float], permutations: int, seed: int
) -> SignFlip:
    """The test at the last of the looks in `differences`; each is (tasks,), `levels` what each look spends in all.

    The p-value is that of the stagewise ordering: the share of exchanges that crossed at an earlier look, or gain at
    least as much at this one. It is below the last level just when this look crosses.
    """
    sums = np.stack([np.bincount(family, weights=one) for one in differences], axis=1).astype(np.float64)
    gains, exact = swapped_gains(sums, permutations, seed)  # (swaps, looks); the first row is the observed one
    swaps = len(gains)
    crossed: Swaps = np.zeros(swaps, dtype=np.bool_)
    for look, level in enumerate(levels[:-1]):
        room = math.ceil(level * swaps - 1e-9) - 1 - int(crossed.sum())
        if room > 0:
            crossed |= ~crossed & _largest(gains[:, look], ~crossed, room)
    last = gains[:, -1]
    hits = int(crossed.sum()) + int((~crossed & (last >= last[0] - 1e-9)).sum())
    return SignFlip(p_value=hits / swaps, swaps=swaps, exact=exact, smallest_p=(1 + int(crossed.sum())) / swaps)


def _largest(gains: Floats, among: Swaps, count: int) -> Swaps:
    """The `count` largest gains among some; of equal ones all or none, so that there may be fewer."""
    ordered = np.sort(gains[among])[::-1]
    if count >= len(ordered):
        return among
    above: Swaps = gains > ordered[count] + 1e-9
    return above
