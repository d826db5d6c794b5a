"""Draws one token per sequence from a block of logits, the same for a request whatever else is in the batch.

Gumbel-max (Gumbel 1954; Maddison et al. 2014, "A* Sampling"): argmax_i(logit_i / T + G_i), with G_i = -log(E_i) and
E_i exponential, is a draw from softmax(logit / T). The noise is a hash of (the request's seed, index of the generated
token, token id), with no state, so neither the order of requests nor their neighbours matter. Two adapters asked with
the same seed share their noise, which makes their difference in a paired audit less noisy than independent draws.

Noise is what costs, and of a large vocabulary nearly all tokens are far from winning. So the far ones are one
contestant: the maximum of Gumbels is a Gumbel again, shifted by the logarithm of their summed weights, and only when it
wins is it asked which of them it was. The draw stays exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FloatBlock = np.ndarray[Any, np.dtype[np.float32]]
IntRow = np.ndarray[Any, np.dtype[np.int32]]
BoolRow = np.ndarray[Any, np.dtype[np.bool_]]
WordRow = np.ndarray[Any, np.dtype[np.uint64]]
WordBlock = np.ndarray[Any, np.dtype[np.uint32]]

SEED_MASK = 0xFFFFFFFFFFFFFFFF
_SMALL = 1 << 13  # vocabularies up to here get noise for every token: a block of them is still cheap
_MARGIN = np.float32(5.0)  # a token is far when all of them at its distance would weigh e^-5 of the best
_CROWD = 8  # where more than this part of the vocabulary is near, one point of the weights end to end is the draw
_STRETCH = 512  # tokens summed up together: a running sum over all is ten times slower
_LARGEST_UNIFORM = np.float32(1.0 - 2.0**-24)
# In place of a token's id: the noise of all far tokens, and the choice among them. For a second draw: other keys.
_FAR, _WHICH, _AGAIN = np.uint32(0xFFFFFFFF), np.uint32(0xFFFFFFFE), np.uint64(0x9E3779B97F4A7C15)


def sample(logits: FloatBlock, temperatures: FloatBlock, seeds: WordRow, steps: WordRow) -> IntRow:
    """Token ids (n,) from logits (n, vocabulary). Rows with temperature 0 take the argmax; ties go to the lower id.

    seeds, steps: (n,) the request's seed and how many tokens it has generated before this one.
    """
    warm = temperatures > 0
    if not warm.any():
        greedy: IntRow = logits.argmax(axis=1).astype(np.int32)
        return greedy
    chosen: IntRow = np.empty(len(logits), dtype=np.int32)
    if not warm.all():
        chosen[~warm] = logits[~warm].argmax(axis=1)
        logits, temperatures, seeds, steps = logits[warm], temperatures[warm], seeds[warm], steps[warm]
    keys = _row_keys(seeds, steps)
    if logits.shape[1] <= _SMALL:
        scores = logits * (1.0 / temperatures).astype(np.float32)[:, None]
        scores -= _log_exponential(keys[:, None], _ids(logits.shape[1])[None, :])
        chosen[warm] = scores.argmax(axis=1)
    else:
        rows = zip(logits, temperatures, keys, strict=True)
        chosen[warm] = [_draw(row, temperature, key) for row, temperature, key in rows]
    return chosen


def second_draw(logits: FloatBlock, temperature: float, seed: int, step: int) -> FloatBlock:
    """Scores (vocabulary,) of a row whose draw is not allowed: the best of the allowed tokens by them is a draw from
    the softmax over these, independent of the first. With temperature 0 the logits themselves."""
    if temperature <= 0:
        return logits
    key = _row_keys(np.array([seed & SEED_MASK], dtype=np.uint64), np.array([step], dtype=np.uint64)) ^ _AGAIN
    scores: FloatBlock = logits / np.float32(temperature) - _log_exponential(key, _ids(len(logits)))
    return scores


def _draw(logits: FloatBlock, temperature: np.float32, key: np.uint64) -> int:
    """One id from logits (vocabulary,), with noise for the near tokens and for the far ones together."""
    top, size = logits.max(), len(logits)
    near = logits >= top - temperature * (np.log(np.float32(size)) + _MARGIN)
    if np.count_nonzero(near) > size // _CROWD:
        return _pick(np.exp((logits - top) / temperature), key)
    token = np.flatnonzero(near)
    noise = _log_exponential(np.array([key]), np.append(token.astype(np.uint32), _FAR))
    scores = (logits[token] - top) / temperature - noise[:-1]
    winner = int(scores.argmax())
    best, far = scores[winner], -noise[-1]
    if far - _MARGIN > best:  # else no weight could make the far ones win
        weights = np.exp((logits - top) / temperature)
        weights[token] = 0.0
        whole = weights.sum()
        if whole > 0 and far + np.log(whole) > best:
            return _pick(weights, key)
    return int(token[winner])


def _pick(weights: FloatBlock, key: np.uint64) -> int:
    """The id under a uniform point of the weights (vocabulary,) laid end to end: first its stretch, then itself."""
    begins = np.arange(0, len(weights), _STRETCH)
    ends = np.cumsum(np.add.reduceat(weights, begins), dtype=np.float64)
    point = float(_words(np.array([key]), np.array([_WHICH]))[0]) * 2.0**-32 * ends[-1]
    stretch = int(np.searchsorted(ends, point, side="right"))
    before = ends[stretch - 1] if stretch else 0.0
    inside = np.cumsum(weights[begins[stretch] : begins[stretch] + _STRETCH], dtype=np.float64)
    within = int(np.searchsorted(inside, point - before, side="right"))
    last = np.flatnonzero(inside == inside[-1])[0]  # where rounding put the point past the end
    return int(begins[stretch]) + min(within, int(last))


def _ids(size: int) -> WordBlock:
    return np.arange(size, dtype=np.uint32)


def _row_keys(seeds: WordRow, steps: WordRow) -> WordRow:
    """One well-mixed 64-bit key per (seed, step)."""
    return _mix64(_mix64(seeds) + steps)


def _log_exponential(keys: WordRow, ids: WordBlock) -> FloatBlock:
    """log(E) for E ~ Exponential(1), one per key and token id; keys and ids are broadcast against each other."""
    uniform = _words(keys, ids).astype(np.float32)
    uniform += np.float32(0.5)
    uniform *= np.float32(2.0**-32)
    np.minimum(uniform, _LARGEST_UNIFORM, out=uniform)
    # -log1p(-u) keeps the resolution near u = 0, where the winners are.
    np.negative(uniform, out=uniform)
    np.log1p(uniform, out=uniform)
    np.negative(uniform, out=uniform)
    return np.log(uniform, out=uniform)


def _words(keys: WordRow, ids: WordBlock) -> WordBlock:
    """32 well-mixed bits per key and id."""
    word = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32) ^ (ids * np.uint32(0x9E3779B1))
    word = _mix32(word)
    word ^= (keys >> np.uint64(32)).astype(np.uint32)
    return _mix32(word)


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
