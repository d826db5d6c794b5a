"""Draws one token per sequence from a block of logits, the same for a request whatever else is in the batch.

Gumbel-max (Gumbel 1954; Maddison et al. 2014, "A* Sampling"): argmax_i(logit_i / T + G_i), with G_i = -log(E_i) and
E_i exponential, is a draw from softmax(logit / T). The noise is a hash of (the request's seed, index of the generated
token, token id), with no state, so neither the order of requests nor their neighbours matter. Two adapters asked with
the same seed share their noise, which makes their difference in a paired audit less noisy than independent draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FloatBlock = np.ndarray[Any, np.dtype[np.float32]]
IntRow = np.ndarray[Any, np.dtype[np.int32]]
WordRow = np.ndarray[Any, np.dtype[np.uint64]]
WordBlock = np.ndarray[Any, np.dtype[np.uint32]]

SEED_MASK = 0xFFFFFFFFFFFFFFFF
_BLOCK_LIMIT = 1 << 13  # vocabularies up to here are sampled as one block, larger ones row by row over the candidates
_LARGEST_UNIFORM = np.float32(1.0 - 2.0**-24)
# With 32-bit noise G lies in [-2.9, 22.9]: a token this far below the best (in logit / T) can never win.
_REACH = np.float32(25.8)


def sample(logits: FloatBlock, temperatures: FloatBlock, seeds: WordRow, steps: WordRow) -> IntRow:
    """Token ids (n,) from logits (n, vocabulary). Rows with temperature 0 take the argmax; ties go to the lower id.

    seeds, steps: (n,) the request's seed and how many tokens it has generated before this one.
    """
    chosen: IntRow = logits.argmax(axis=1).astype(np.int32)
    warm = np.flatnonzero(temperatures > 0)
    if warm.size == 0:
        return chosen
    rows = slice(None) if warm.size == len(logits) else warm
    keys = _row_keys(seeds[rows], steps[rows])
    scale = (1.0 / temperatures[rows]).astype(np.float32)
    if logits.shape[1] <= _BLOCK_LIMIT:
        ids = np.arange(logits.shape[1], dtype=np.uint32)
        scores = logits[rows] * scale[:, None]
        scores -= _log_exponential(keys[:, None], ids[None, :])
        chosen[rows] = scores.argmax(axis=1)
        return chosen
    for row, key, factor in zip(warm, keys, scale, strict=True):
        reach = _REACH / factor
        candidates = np.flatnonzero(logits[row] >= logits[row, chosen[row]] - reach)
        noise = _log_exponential(key, candidates.astype(np.uint32))
        chosen[row] = candidates[(logits[row, candidates] * factor - noise).argmax()]
    return chosen


def _row_keys(seeds: WordRow, steps: WordRow) -> WordRow:
    """One well-mixed 64-bit key per (seed, step)."""
    return _mix64(_mix64(seeds) + steps)


def _log_exponential(keys: WordRow, ids: WordBlock) -> FloatBlock:
    """log(E) for E ~ Exponential(1), one per key and token id; keys and ids are broadcast against each other."""
    word = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32) ^ (ids * np.uint32(0x9E3779B1))
    word = _mix32(word)
    word ^= (keys >> np.uint64(32)).astype(np.uint32)
    word = _mix32(word)
    uniform = word.astype(np.float32)
    uniform += np.float32(0.5)
    uniform *= np.float32(2.0**-32)
    np.minimum(uniform, _LARGEST_UNIFORM, out=uniform)
    # -log1p(-u) keeps the resolution near u = 0, where the winners are.
    np.negative(uniform, out=uniform)
    np.log1p(uniform, out=uniform)
    np.negative(uniform, out=uniform)
    return np.log(uniform, out=uniform)


def _mix32(word: WordBlock) -> WordBlock:
    """MurmurHash3's 32-bit finaliser (A. Appleby, public domain), in place."""
    word ^= word >> np.uint32(16)
    word *= np.uint32(0x85EBCA6B)
    word ^= word >> np.uint32(13)
    word *= np.uint32(0xC2B2AE35)
    word ^= word >> np.uint32(16)
    return word


def _mix64(word: WordRow) -> WordRow:
    """SplitMix64's step and finaliser (Steele, Lea, Flood 2014)."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
