"""The shapes of the models that the catalogue knows: what their config.json says, without their weights.

Sources: the config.json of each on Hugging Face; Qwen3 technical report (arXiv:2505.09388), table 1; Qwen2.5-Coder
technical report (arXiv:2409.12186), table 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

VOCABULARY = 151_936  # rows of the embedding; the tokenizer has fewer tokens, and the rest are spare


@dataclass(frozen=True)
class Shape:
    """Everything of a dense Qwen that decides how large it is. context: positions it was trained for."""

    model_type: str
    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    context: int
    head_dim: int = 128
    vocabulary: int = VOCABULARY
    tied: bool = True

    def config(self) -> dict[str, Any]:
        """As config.json says it."""
        return {
            "architectures": ["Qwen3ForCausalLM" if self.model_type == "qwen3" else "Qwen2ForCausalLM"],
            "attention_bias": self.model_type == "qwen2",
            "attention_dropout": 0.0,
            "bos_token_id": 151_643,
            "dtype": "bfloat16",
            "eos_token_id": 151_645,
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "hidden_size": self.hidden,
            "initializer_range": 0.02,
            "intermediate_size": self.inner,
            "max_position_embeddings": self.context,
            "model_type": self.model_type,
            "num_attention_heads": self.heads,
            "num_hidden_layers": self.layers,
            "num_key_value_heads": self.kv_heads,
            "rms_norm_eps": 1e-06,
            "rope_theta": 1_000_000,
            "tie_word_embeddings": self.tied,
            "transformers_version": "4.51.0",
            "use_sliding_window": False,
            "vocab_size": self.vocabulary,
        }


SHAPES = {
    "qwen3-0.6b": Shape("qwen3", hidden=1024, inner=3072, layers=28, heads=16, kv_heads=8, context=40_960),
    "qwen3-1.7b": Shape("qwen3", hidden=2048, inner=6144, layers=28, heads=16, kv_heads=8, context=40_960),
    "qwen3-4b": Shape("qwen3", hidden=2560, inner=9728, layers=36, heads=32, kv_heads=8, context=40_960),
    "qwen2.5-coder-3b": Shape("qwen2", hidden=2048, inner=11_008, layers=36, heads=16, kv_heads=2, context=32_768),
}
SUFFIX = "-shape"  # behind a model's name: one of this shape with random weights (`loop.models.shape_build`)
SHAPE_NAMES = tuple(name + SUFFIX for name in SHAPES)


def parameters(config: dict[str, Any]) -> int:
    """Parameters of a Qwen3 or Qwen2 with this config.json; tied embeddings are counted once."""
    hidden, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    head_dim = config.get("head_dim") or hidden // heads
    q, kv = heads * head_dim, (config.get("num_key_value_heads") or heads) * head_dim
    extra = 2 * head_dim if config["model_type"] == "qwen3" else q + 2 * kv  # norms of queries and keys, or biases
    layer = 2 * hidden * q + 2 * hidden * kv + 3 * hidden * inner + 2 * hidden + extra
    embeddings = config["vocab_size"] * hidden * (1 if config.get("tie_word_embeddings") else 2)
    return int(embeddings + config["num_hidden_layers"] * layer + hidden)
