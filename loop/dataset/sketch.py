"""Sketches: a few numbers of a piece of code by which similar pieces are found without comparing them all.

MinHash (Broder, "On the resemblance and containment of documents", 1997) over the n-grams of nameless tokens: two sets
agree in the least of their hashes with a probability that is their Jaccard similarity s. Two hashes make a band, so two
pieces share 32 s^2 of 32 bands. Those that share about enough of them for a threshold (`enough`) are compared in full:
nothing is called similar by its sketch alone, and a pair at the threshold is overlooked once in a million times (at
0.5: once in ten thousand).
"""

from __future__ import annotations

import functools
import hashlib
import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.dataset.tokens import NGRAM, nameless, ngrams
from loop.dataset.tree import tree_sha256

if TYPE_CHECKING:
    import numpy

VERSION = 1
"""Of how a sketch is made; stored ones of another version are made anew."""
BANDS, PER_BAND = 32, 2


@dataclass(frozen=True)
class Sketch:
    """Of one piece of code. tree: hash of its syntax tree, None when it is no whole C. bands: 63-bit numbers."""

    code_sha256: str
    tree: str | None
    bands: tuple[int, ...]


def sketch(code: str, code_sha256: str) -> Sketch:
    return Sketch(code_sha256, tree_sha256(code), bands(nameless(code)))


def bands(tokens: Sequence[str]) -> tuple[int, ...]:
    """The bands of a sequence of tokens; the same on every machine."""
    import numpy

    numbers = numpy.array([_number(token) for token in tokens] or [0], numpy.uint64)
    powers = _powers()[: min(NGRAM, len(numbers))]
    grams = numpy.convolve(numbers, powers, "valid")  # each n-gram as a polynomial, modulo 2^64
    firsts, seconds = _permutations()
    mixed = firsts * grams
    mixed ^= mixed >> numpy.uint64(29)
    mixed *= seconds
    least = mixed.min(axis=1)
    pairs = least[0::PER_BAND] * numpy.uint64(0x9E3779B97F4A7C15) + least[1::PER_BAND]
    return tuple((pairs >> numpy.uint64(1)).tolist())  # 63 bits: whole numbers to whoever reads them


def similarity(a: str, b: str) -> float:
    """Jaccard similarity of the n-grams of two pieces of code, 0 to 1."""
    one, other = ngrams(a), ngrams(b)
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def enough(threshold: float) -> int:
    """How many bands two pieces share at the least that are similar by `threshold`: six standard deviations fewer than
    they are expected to share, and one."""
    share = threshold**PER_BAND
    return max(1, int(BANDS * share - 6 * math.sqrt(BANDS * share * (1 - share))))


def shared(a: Sketch, b: Sketch) -> int:
    """Bands that two pieces have in common."""
    return sum(map(operator.eq, a.bands, b.bands))


def keys(of: Sketch) -> Iterable[tuple[int, int]]:
    """Band by number: what an index of sketches is looked up by."""
    return enumerate(of.bands)


@functools.lru_cache(maxsize=1 << 16)
def _number(token: str) -> int:
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "little")


@functools.cache
def _powers() -> numpy.ndarray:
    import numpy

    return numpy.array([pow(0x100000001B3, place, 1 << 64) for place in range(NGRAM)], numpy.uint64)


@functools.cache
def _permutations() -> tuple[numpy.ndarray, numpy.ndarray]:
    """Two odd factors of each hash function, fixed for ever: bands are stored."""
    import numpy

    count = BANDS * PER_BAND
    firsts = numpy.array([_number(f"first {i}") | 1 for i in range(count)], numpy.uint64)[:, None]
    seconds = numpy.array([_number(f"second {i}") | 1 for i in range(count)], numpy.uint64)[:, None]
    return firsts, seconds
