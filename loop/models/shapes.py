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

    @property
    def q_width(self) -> int:
        """Values of a token's queries in a layer."""
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Values of a token's keys in a layer; as many are its values."""
        return self.kv_heads * self.head_dim

    @property
    def layer_vectors(self) -> int:
        """Values of a layer that stand in no matrix: its norms; of queries and keys too in Qwen3, biases in Qwen2."""
        own = 2 * self.head_dim if self.model_type == "qwen3" else self.q_width + 2 * self.kv_width
        return 2 * self.hidden + own

    @property
    def parameters(self) -> int:
        """Tied embeddings are counted once."""
        layer = 2 * self.hidden * (self.q_width + self.kv_width) + 3 * self.hidden * self.inner + self.layer_vectors
        embeddings = self.vocabulary * self.hidden * (1 if self.tied else 2)
        return embeddings + self.layers * layer + self.hidden

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


def shape_of(config: dict[str, Any]) -> Shape:
    """The shape that a config.json describes, checked by `loop.models.gguf_base.load_config`."""
    heads = config["num_attention_heads"]
    return Shape(
        model_type=config["model_type"],
        hidden=config["hidden_size"],
        inner=config["intermediate_size"],
        layers=config["num_hidden_layers"],
        heads=heads,
        kv_heads=config.get("num_key_value_heads") or heads,
        context=config["max_position_embeddings"],
        head_dim=config.get("head_dim") or config["hidden_size"] // heads,
        vocabulary=config["vocab_size"],
        tied=bool(config.get("tie_word_embeddings")),
    )
