"""Builds the micro model from nothing: `loop models build micro`.

A Qwen3 of one to two million parameters with a byte-level BPE of its own, trained from scratch on `micro_corpus`.
Seeded; half an hour on two cores. It is a real Qwen3 in Hugging Face layout: nothing else knows that it is small.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.inference.chat import CHAT_TEMPLATE, DOCUMENT_END, SPECIAL_TOKENS, THINK_END, THINK_START, TURN_END
from loop.models.micro_corpus import Row, rows
from loop.models.micro_train import Encoded, Progress, Recipe, train

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# How Qwen2 and Qwen3 cut text before BPE; llama.cpp's "qwen2".
PRE_TOKENIZER = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train_tokenizer(texts: Sequence[str], size: int) -> Tokenizer:
    """Byte-level BPE with Qwen's cut and its special tokens; `size` counts them all."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRE_TOKENIZER), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(SPECIAL_TOKENS) - 2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(THINK_START, special=False), AddedToken(THINK_END, special=False)])
    return tokenizer


def model_config(recipe: Recipe, tokenizer: Tokenizer) -> Any:
    """The transformers Qwen3Config of the recipe."""
    from transformers import Qwen3Config

    return Qwen3Config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=recipe.hidden,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.kv_heads,
        head_dim=recipe.head_dim,
        intermediate_size=recipe.intermediate,
        max_position_embeddings=recipe.context,
        tie_word_embeddings=True,
        attention_bias=False,
        rms_norm_eps=1e-6,
        bos_token_id=tokenizer.token_to_id(DOCUMENT_END),
        eos_token_id=tokenizer.token_to_id(TURN_END),
        pad_token_id=tokenizer.token_to_id(DOCUMENT_END),
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
    )


def encode(tokenizer: Tokenizer, row: Row) -> Encoded:
    prompt = tokenizer.encode(row.prompt).ids
    return prompt + tokenizer.encode(row.completion).ids, len(prompt)


def build(out: Path, recipe: Recipe, progress: Progress) -> dict[str, object]:
    """Trains and writes the model directory. Returns figures: parameters, tokens, seconds, final loss."""
    import torch
    from transformers import Qwen3ForCausalLM

    began = time.monotonic()
    torch.manual_seed(recipe.seed)
    progress(0.0, "writing the corpus")
    corpus = list(islice(rows(recipe.seed), recipe.pool))
    tokenizer = train_tokenizer([row.prompt + row.completion for row in corpus[:10_000]], recipe.vocabulary)
    pool = [encode(tokenizer, row) for row in corpus]
    model: Any = Qwen3ForCausalLM(model_config(recipe, tokenizer))  # type: ignore[no-untyped-call]
    loss, tokens = train(model, pool, recipe, progress)
    save(out, model, tokenizer, recipe)
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "tokens": tokens,
        "loss": loss,
        "seconds": time.monotonic() - began,
    }


def save(out: Path, model: Any, tokenizer: Tokenizer, recipe: Recipe) -> None:
    """Hugging Face layout, weights in float16, and a MANIFEST.json with each file's SHA-256."""
    import torch
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    weights = {
        name: tensor.detach().to(torch.float16).contiguous()
        for name, tensor in model.state_dict().items()
        if name != "lm_head.weight"
    }
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)
    config = model.config.to_dict()
    config.update(architectures=["Qwen3ForCausalLM"], dtype="float16")
    config.pop("_name_or_path", None)
    _json(out / "config.json", config)
    tokenizer.save(str(out / "tokenizer.json"))
    _json(
        out / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": TURN_END,
            "pad_token": DOCUMENT_END,
            "bos_token": None,
            "unk_token": None,
            "chat_template": CHAT_TEMPLATE,
            "clean_up_tokenization_spaces": False,
            "model_max_length": recipe.context,
        },
    )
    files = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")
    hashes = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in files}
    _json(out / "MANIFEST.json", {"files": hashes, "recipe": vars(recipe)})


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")
