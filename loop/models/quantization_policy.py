"""Which types a model's weights may be run at: what was measured to hurt is refused, unless a reason is recorded.

The losses are those of the Qwen3 quantization study (arXiv:2505.02214), points in MMLU from 16 bits down:

    0.6B   47.1, Q8 47.0, Q4 42 to 44, Q3 about 25 (guessing)
    1.7B   60, Q8 59.8, Q4 52.5 to 55.7, Q3 about 27

Quantized activations (W8A8) hurt both more than quantized weights do.
"""

from __future__ import annotations

import re
from typing import Any

from loop.errors import ConfigError, ModelError
from loop.models.catalogue import EXTERNAL, locate
from loop.models.gguf_base import load_config

STORED = "auto"  # the type the weights are stored in, which is always one of 16 or 32 bits
_FULL = ("f32", "bf16", "f16")
_ACTIVATIONS = ("w8a8", "int8", "fp8")
_COLLAPSED = ("q3_k_l", "q3_k_m", "q3_k_s", "q2_k")
_TINY, _SMALL = 100e6, 1e9  # parameters: below them the rules of the micro model and of the 0.6B hold


def check(base: str, quantization: str, forced: str) -> None:
    """Raises ConfigError when `base` is not to be run at `quantization`, unless `forced` gives a reason.

    Raises ModelError when the size of `base` cannot be told because it is not there.
    """
    if quantization == STORED:
        return
    if quantization in _ACTIVATIONS:
        raise ConfigError(
            f"{quantization} quantizes activations, which was measured to hurt far more than quantized weights do, and "
            "llama.cpp has no such type: no reason can force it",
            fix="choose q8_0, whose weights have eight bits and whose activations stay as they are",
        )
    loss = _measured_loss(parameters(base), quantization)
    if loss and not forced.strip():
        raise ConfigError(
            f"{base} is not to be run at {quantization}: {loss}",
            fix='choose q8_0 or auto; or say why, and it is done and recorded: model.force_quantization = "reason"',
        )


def parameters(base: str) -> float:
    """How many a base has: counted from its config.json, else read from a known name. Raises ModelError."""
    try:
        return count(load_config(locate(base)))
    except ModelError:
        size = re.search(r"(\d+(?:\.\d+)?)b\b", base) if base in EXTERNAL else None
        if size is None:
            raise
        return float(size[1]) * 1e9


def count(config: dict[str, Any]) -> int:
    """Parameters of a Qwen3 or Qwen2 with this config.json; tied embeddings are counted once."""
    hidden, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    head_dim = config.get("head_dim") or hidden // heads
    q, kv = heads * head_dim, (config.get("num_key_value_heads") or heads) * head_dim
    extra = 2 * head_dim if config["model_type"] == "qwen3" else q + 2 * kv  # norms of queries and keys, or biases
    layer = 2 * hidden * q + 2 * hidden * kv + 3 * hidden * inner + 2 * hidden + extra
    embeddings = config["vocab_size"] * hidden * (1 if config.get("tie_word_embeddings") else 2)
    return int(embeddings + config["num_hidden_layers"] * layer + hidden)


def _measured_loss(size: float, quantization: str) -> str:
    """What is lost, in words; empty when it is little enough."""
    if quantization in _FULL:
        return ""
    if quantization in _COLLAPSED:
        return "at Q3 a 1.7B falls from 60 to 27 of 100 in MMLU and a 0.6B to 25, which is guessing; Q2 is worse"
    if size < _TINY:
        return "nobody has measured what so small a model loses, and there are only a few megabytes to save"
    if size < _SMALL and quantization != "q8_0":
        return "a 0.6B loses about 10 % at Q4 (MMLU 47.1 to 42-44, perplexity 20.9 to 25-27); Q8 loses next to nothing"
    return ""
