"""Where a sampling context keeps what its sequences attend to: in a stream of each, or in one pool that they share.

In a stream every sequence reads its own cells only, and has a copy of its prompt. In a pool the samples of a prompt
refer to one copy of its cells, and one matrix product serves all sequences, but each passes over the cells of all. So a
pool pays where long prompts are sampled many times (docs/inference.md has figures).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from loop.inference.messages import Item
from loop.inference.plan import SMALL_MODEL, batch_size

STREAMS = 0
"""In place of a pool's size: each sequence has a stream."""
GAIN = 4
"""A cell is read so many times as fast in a pool as in a stream: 14 us against 3 us for Qwen3-0.6B's shape, float16, on
two cores. A property of matrix-vector and matrix-matrix products, so taken for all large models."""
_PAGE = 256  # tokens by which llama.cpp rounds a context up


def pool_for(items: Sequence[Item], sequences: int, model_bytes: int) -> int:
    """Cells of the pool in which these are sampled fastest, or STREAMS. Small models' caches are short, and their
    attention skips what is not theirs in a stream."""
    if not items or model_bytes <= SMALL_MODEL:
        return STREAMS
    prompts = {item.prompt for item in items}
    live = min(sequences, len(items))
    at_once = math.ceil(live * len(prompts) / len(items))  # prompts that are sampled at a time
    prompt = sum(len(item.prompt) for item in items) / len(items)
    answer = sum(item.limit for item in items) / len(items) / 2  # halfway
    if at_once * prompt + live * answer > GAIN * (prompt + answer):
        return STREAMS
    longest, limit = max(map(len, prompts)), max(item.limit for item in items)
    cells = (at_once + 1) * longest + live * limit  # one more: the next prompt comes while the last samples end
    return math.ceil(cells / _PAGE) * _PAGE


def affordable(cells: int, *, context: int, sequences: int, heads: int, cell_bytes: int) -> bool:
    """Whether a pool takes no more memory than the streams that were planned for. cell_bytes: keys and values of a
    token; the scores of all heads over all cells stand in the compute buffer (`loop.inference.memory`)."""
    scores = 4 * batch_size(sequences) * (heads + 1)
    return cells * (cell_bytes + scores) <= context * (sequences * cell_bytes + scores)
