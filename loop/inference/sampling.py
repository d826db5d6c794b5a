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
_AT_ONCE = 1 << 17  # logits looked at together: as much as stays in a core's cache
_MARGIN = np.float32(5.0)  # a token is far when all of them at its distance would weigh e^-5 of the best
_CROWD = 8  # where more than this part of the vocabulary is near, telling near from far saves nothing
_SMALL = 1 << 13  # vocabularies up to here then get noise for every token, which keeps adapters comparable
_STRETCH = 512  # tokens summed up together: a running sum over all is ten times slower
_LARGEST_UNIFORM = np.float32(1.0 - 2.0**-24)
# In place of a token's id: the noise of all far tokens, and the choice among them. For a second draw: other keys.
_FAR, _WHICH, _AGAIN = np.uint32(0xFFFFFFFF), np.uint32(0xFFFFFFFE), np.uint64(0x9E3779B97F4A7C15)


def sample(logits: FloatBlock, temperatures: FloatBlock, seeds: WordRow, steps: WordRow) -> IntRow:
    """Token ids (n,) from logits (n, vocabulary). Rows with temperature 0 take the argmax; ties go to the lower id.

    seeds, steps: (n,) the request's seed and how many tokens it has generated before this one.
    """
    return sample_keyed(logits, temperatures, row_keys(seeds, steps))


def sample_keyed(logits: FloatBlock, temperatures: FloatBlock, keys: WordRow) -> IntRow:
    """`sample` where `row_keys` are known."""
    warm = temperatures > 0
    if not warm.any():
        greedy: IntRow = logits.argmax(axis=1).astype(np.int32)
        return greedy
    chosen: IntRow = np.empty(len(logits), dtype=np.int32)
    if not warm.all():
        chosen[~warm] = logits[~warm].argmax(axis=1)
        logits, temperatures, keys = logits[warm], temperatures[warm], keys[warm]
    at_once = max(1, _AT_ONCE // logits.shape[1])
    blocks = [slice(start, start + at_once) for start in range(0, len(logits), at_once)]
    chosen[warm] = np.concatenate([_draw(logits[block], temperatures[block], keys[block]) for block in blocks])
    return chosen


def second_draw(logits: FloatBlock, temperature: float, seed: int, step: int) -> FloatBlock:
    """Scores (vocabulary,) of a row whose draw is not allowed: the best of the allowed tokens by them is a draw from
    the softmax over these, independent of the first. With temperature 0 the logits themselves."""
    if temperature <= 0:
        return logits
    key = row_keys(np.array([seed & SEED_MASK], dtype=np.uint64), np.array([step], dtype=np.uint64)) ^ _AGAIN
    scores: FloatBlock = logits / np.float32(temperature) - _log_exponential(key, _ids(len(logits)))
    return scores


def _draw(logits: FloatBlock, temperatures: FloatBlock, keys: WordRow) -> IntRow:
    """One id a row of logits (n, vocabulary), temperatures above 0."""
    n, size = logits.shape
    top = logits.max(axis=1)
    near = logits >= (top - temperatures * (np.log(np.float32(size)) + _MARGIN))[:, None]
    if np.count_nonzero(near) > size // _CROWD:
        crowded = np.array([np.count_nonzero(row) for row in near]) > size // _CROWD
        if crowded.any():
            return _draw_apart(logits, temperatures, keys, crowded)
    places = np.flatnonzero(near)
    row = places // size
    token = places - row * size
    noise = _log_exponential(
        np.concatenate((keys[row], keys)), np.concatenate((token.astype(np.uint32), np.full(n, _FAR)))
    )
    scores = (logits[row, token] - top[row]) / temperatures[row] - noise[:-n]
    best = np.maximum.reduceat(scores, np.searchsorted(row, np.arange(n)))
    winners = np.flatnonzero(scores == best[row])[::-1]
    chosen: IntRow = np.empty(n, dtype=np.int32)
    chosen[row[winners]] = token[winners]  # backwards: of equals the lowest id stays
    for i in np.flatnonzero(-noise[-n:] - _MARGIN > best):  # else no weight could make the far ones win
        weights = np.exp((logits[i] - top[i]) / temperatures[i])
        weights[near[i]] = 0.0
        whole = weights.sum()
        if whole > 0 and np.log(whole) - noise[i - n] > best[i]:
            chosen[i] = _pick(weights, keys[i])
    return chosen


def _draw_apart(logits: FloatBlock, temperatures: FloatBlock, keys: WordRow, crowded: BoolRow) -> IntRow:
    """As `_draw`. Crowded rows get noise for every token of a small vocabulary; of a large one, a point of the weights
    laid end to end decides."""
    chosen: IntRow = np.empty(len(logits), dtype=np.int32)
    if not crowded.all():
        chosen[~crowded] = _draw(logits[~crowded], temperatures[~crowded], keys[~crowded])
    logits, temperatures, keys = logits[crowded], temperatures[crowded], keys[crowded]
    if logits.shape[1] <= _SMALL:
        noise = _log_exponential(keys[:, None], _ids(logits.shape[1])[None, :])
        chosen[crowded] = (logits / temperatures[:, None] - noise).argmax(axis=1)
    else:
        rows = zip(logits, temperatures, keys, strict=True)
        chosen[crowded] = [_pick(np.exp((row - row.max()) / temperature), key) for row, temperature, key in rows]
    return chosen


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


def row_keys(seeds: WordRow, steps: WordRow) -> WordRow:
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
