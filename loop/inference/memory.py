"""What an engine will take of memory, before it is started.

Weights and the KV cache are exact: they follow from config.json, as what llama.cpp allocates for them does. The compute
buffer is the largest of three places in the graph of a full batch (found by having llama.cpp reserve it for many
shapes; the tests compare with what it reserves now). Vocabulary and process were measured. docs/scale.md has figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from loop.inference.plan import (
    ADAPTERS_KEPT,
    TREE_BATCH,
    TREE_OUTPUTS,
    batch_size,
    flash_attention,
    output_size,
    split,
    tree_cells,
)
from loop.models.shapes import Shape
from loop.models.weight_types import weight_bytes

# Measured: Python with NumPy and llama.cpp; and a token as text, with its merges and in the tables that look them up.
PROCESS = 44 << 20
BYTES_A_TOKEN = 380
_PAGE = 256  # tokens by which llama.cpp rounds a context up


@dataclass(frozen=True)
class EngineMemory:
    """Bytes of one worker, and how many there are.

    cache: keys and values of all sequences at their full length. compute: scratch of a full batch at a full context.
    output: logits handed to Python. vocabulary: tokens, merges and their texts. judging: cache, scratch and logits of
    the context that answers off the logits. process: a worker without a model.
    """

    workers: int
    weights: int
    cache: int
    compute: int
    output: int
    vocabulary: int
    adapters: int
    judging: int
    process: int

    @property
    def worker(self) -> int:
        engine = self.weights + self.cache + self.compute + self.output + self.vocabulary + self.adapters
        return engine + self.judging + self.process

    @property
    def total(self) -> int:
        return self.workers * self.worker


def predict(
    shape: Shape,
    quantization: str,
    *,
    context: int,
    parallel: int,
    cores: int,
    adapters: int = 0,
    rank: int = 0,
    judges: bool = False,
) -> EngineMemory:
    """The engine over a model of this shape, its weights stored as `quantization` (never "auto").

    judges: whether it answers questions off the logits as well.
    adapters: different ones of this rank that it is asked to use; the last few stay loaded, and one more
      while the next is loaded before the oldest goes.
    """
    weights = weight_bytes(shape, quantization)
    workers, sequences = split(weights, parallel, cores)
    exact = quantization == "f32"
    return EngineMemory(
        workers=workers,
        weights=weights,
        cache=cache_bytes(shape, context, sequences),
        compute=compute_bytes(shape, context, sequences, flash=flash_attention(weights)),
        output=4 * shape.vocabulary * sequences,
        vocabulary=BYTES_A_TOKEN * shape.vocabulary,
        adapters=min(adapters, ADAPTERS_KEPT + 1) * adapter_bytes(shape, rank),
        judging=judging_bytes(shape, context, exact=exact) if judges else 0,
        process=PROCESS,
    )


def cache_bytes(shape: Shape, context: int, sequences: int) -> int:
    """Keys and values of every layer, float16."""
    return shape.layers * 2 * shape.kv_width * 2 * padded(context) * sequences


def compute_bytes(shape: Shape, context: int, sequences: int, *, flash: bool) -> int:
    """llama.cpp's compute buffer on a CPU. flash: attention cell by cell; else the scores of all heads stand there."""
    cells = padded(context)
    tokens = min(batch_size(sequences), cells * sequences)
    return scratch_bytes(shape, cells, tokens, output_size(sequences), flash=flash)


def judging_bytes(shape: Shape, context: int, *, exact: bool) -> int:
    """The context in which questions are evaluated as one tree: a cache of its own (float32 beside float32 weights),
    its compute buffer, its logits."""
    cells = padded(tree_cells(context))
    scratch = scratch_bytes(shape, cells, min(TREE_BATCH, cells), TREE_OUTPUTS, flash=False)
    return (2 if exact else 1) * cache_bytes(shape, cells, 1) + scratch + 4 * shape.vocabulary * TREE_OUTPUTS


def scratch_bytes(shape: Shape, cells: int, tokens: int, outputs: int, *, flash: bool) -> int:
    """Of a decode of so many tokens, `outputs` of them with logits, over so many cells."""
    if flash:
        attention = 3 * shape.hidden + max(2 * shape.q_width, shape.q_width + 3 * shape.kv_width) + cells // 2
        feed_forward = 3 * shape.inner + 4 * shape.hidden + cells // 2  # the mask is float16
    else:
        attention = 3 * shape.hidden + 2 * (shape.q_width + shape.kv_width) + cells * (shape.heads + 1)
        feed_forward = 3 * shape.inner + 4 * shape.hidden + cells
    output = outputs * shape.vocabulary + tokens * shape.hidden
    return 4 * max(tokens * attention, tokens * feed_forward, output)


def adapter_bytes(shape: Shape, rank: int) -> int:
    """A LoRA on all seven matrices of every layer, in float32, as it is exported."""
    widths = 2 * (shape.hidden + shape.q_width) + 2 * (shape.hidden + shape.kv_width) + 3 * (shape.hidden + shape.inner)
    return 4 * rank * widths * shape.layers


def padded(context: int) -> int:
    return math.ceil(context / _PAGE) * _PAGE
