"""A random Qwen3 in Hugging Face layout, small enough to make and run in a test.

Made with numpy alone. The weights are wide enough that the logits differ by several units: greedy decoding then has
no near-ties, and an adapter or a wrong tensor shows. The layers outweigh the embedding, or a model with tied embeddings
would only repeat its last token.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from loop.inference.chat import CHAT_TEMPLATE

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
ADDED = ("<think>", "</think>")
CORPUS = [
    "user\nWrite a C function `int f(const int *a, int n)` that returns the sum of the odd elements of the array.\n",
    "assistant\n\n\n```c\nint f(const int *a, int n)\n{\n    int sum = 0;\n    for (int i = 0; i < n; i++) {\n"
    "        if (a[i] % 2 != 0) {\n            sum += a[i];\n        }\n    }\n    return sum;\n}\n```\n",
    "int count(const char *s, char c)\n{\n    int n = 0;\n    while (*s) {\n        if (*s == c) n++;\n        s++;\n"
    "    }\n    return n;\n}\n",
    "the largest smallest value of the string array, or -1 when there is none; you're sure it'll count every character",
]


def make_tiny_qwen3(
    directory: Path,
    seed: int = 0,
    *,
    hidden: int = 64,
    layers: int = 2,
    heads: int = 4,
    kv_heads: int = 2,
    head_dim: int = 16,
    intermediate: int = 128,
    vocab: int = 512,
    tied: bool = True,
    model_type: str = "qwen3",
) -> Path:
    """Writes config.json, model.safetensors (f32), tokenizer.json and tokenizer_config.json; returns `directory`.

    `vocab` is the size wanted for the tokenizer; a small corpus may give fewer tokens, and the model then has as many.
    model_type "qwen2": queries, keys and values have biases and no norms, as in Qwen2.5.
    """
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer = _train_tokenizer(vocab)
    tokenizer.save(str(directory / "tokenizer.json"))
    size = tokenizer.get_vocab_size()
    _write_json(directory / "tokenizer_config.json", _tokenizer_config())
    config = {
        "architectures": ["Qwen3ForCausalLM" if model_type == "qwen3" else "Qwen2ForCausalLM"],
        "model_type": model_type,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": head_dim,
        "intermediate_size": intermediate,
        "vocab_size": size,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": tied,
        "torch_dtype": "float32",
        "bos_token_id": tokenizer.token_to_id("<|endoftext|>"),
        "eos_token_id": tokenizer.token_to_id("<|im_end|>"),
        "pad_token_id": tokenizer.token_to_id("<|endoftext|>"),
        "use_cache": True,
    }
    _write_json(directory / "config.json", config)
    weights = _weights(np.random.default_rng(seed), config)
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    return directory


def _train_tokenizer(vocab: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab - len(SPECIAL) - len(ADDED),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.add_tokens(list(ADDED))
    return tokenizer


def _tokenizer_config() -> dict[str, object]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "bos_token": None,
        "unk_token": None,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 2048,
        "chat_template": CHAT_TEMPLATE,
    }


def _weights(rng: np.random.Generator, config: dict[str, object]) -> dict[str, np.ndarray]:
    hidden, inner, head_dim = (int(str(config[k])) for k in ("hidden_size", "intermediate_size", "head_dim"))
    q_out = int(str(config["num_attention_heads"])) * head_dim
    kv_out = int(str(config["num_key_value_heads"])) * head_dim

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (rng.standard_normal((rows, columns)) / np.sqrt(columns)).astype(np.float32)

    def norm(size: int) -> np.ndarray:
        return (1.0 + 0.1 * rng.standard_normal(size)).astype(np.float32)

    vocab = int(str(config["vocab_size"]))
    weights = {"model.embed_tokens.weight": 4 * matrix(vocab, hidden), "model.norm.weight": norm(hidden)}
    if not config["tie_word_embeddings"]:
        weights["lm_head.weight"] = 4 * matrix(vocab, hidden)
    for layer in range(int(str(config["num_hidden_layers"]))):
        at = f"model.layers.{layer}"
        weights |= {
            f"{at}.input_layernorm.weight": norm(hidden),
            f"{at}.post_attention_layernorm.weight": norm(hidden),
            f"{at}.self_attn.q_proj.weight": matrix(q_out, hidden),
            f"{at}.self_attn.k_proj.weight": matrix(kv_out, hidden),
            f"{at}.self_attn.v_proj.weight": matrix(kv_out, hidden),
            f"{at}.self_attn.o_proj.weight": 3 * matrix(hidden, q_out),
            f"{at}.mlp.gate_proj.weight": matrix(inner, hidden),
            f"{at}.mlp.up_proj.weight": matrix(inner, hidden),
            f"{at}.mlp.down_proj.weight": 3 * matrix(hidden, inner),
        }
        if config["model_type"] == "qwen3":
            weights |= {f"{at}.self_attn.{part}_norm.weight": norm(head_dim) for part in "qk"}
        else:
            sizes = {"q": q_out, "k": kv_out, "v": kv_out}
            weights |= {f"{at}.self_attn.{part}_proj.bias": norm(size) - 1 for part, size in sizes.items()}
    return weights


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
