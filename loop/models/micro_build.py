"""Builds the micro model from nothing: `loop models build micro`.

A Qwen3 of about a million parameters with a byte-level BPE of its own, trained from scratch on `micro_corpus`.
Seeded; about 20 minutes on two cores. It is a real Qwen3 in Hugging Face layout: nothing else knows that it is small.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.inference.chat import CHAT_TEMPLATE, DOCUMENT_END, SPECIAL_TOKENS, THINK_END, THINK_START, TURN_END
from loop.models.micro_corpus import Row, rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# How Qwen2 and Qwen3 cut text before BPE; llama.cpp's "qwen2".
PRE_TOKENIZER = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the weights, besides the corpus's code.

    steps x batch rows are drawn from a pool of `pool` rows. learning_rate is the peak; it falls to a tenth on a cosine.
    """

    seed: int = 1
    vocabulary: int = 1024
    hidden: int = 128
    layers: int = 5
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 32
    intermediate: int = 384
    context: int = 2048
    pool: int = 52_000
    steps: int = 1_600
    batch: int = 32
    learning_rate: float = 6e-3
    warmup: int = 60
    weight_decay: float = 0.05


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


Encoded = tuple[list[int], int]  # token ids, how many of them are the prompt


def encode(tokenizer: Tokenizer, row: Row) -> Encoded:
    prompt = tokenizer.encode(row.prompt).ids
    return prompt + tokenizer.encode(row.completion).ids, len(prompt)


def batches(pool: Sequence[Encoded], size: int, rng: random.Random) -> Iterator[list[Encoded]]:
    """Endless batches of rows of similar length, so that little is padding."""
    while True:
        order = sorted(range(len(pool)), key=lambda i: len(pool[i][0]) + rng.random() * 12)
        groups = [order[i : i + size] for i in range(0, len(order) - size + 1, size)]
        rng.shuffle(groups)
        for group in groups:
            yield [pool[i] for i in group]


def build(out: Path, recipe: Recipe, progress: Progress) -> dict[str, object]:
    """Trains and writes the model directory. Returns figures: parameters, tokens, seconds, final loss."""
    # waiting threads sleep: spinning ones are ten times slower as soon as anything else wants a core
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from transformers import Qwen3ForCausalLM

    began = time.monotonic()
    torch.manual_seed(recipe.seed)
    torch.set_flush_denormal(True)
    progress(0.0, "writing the corpus")
    corpus = list(islice(rows(recipe.seed), recipe.pool))
    tokenizer = train_tokenizer([row.prompt + row.completion for row in corpus[:10_000]], recipe.vocabulary)
    pool = [encode(tokenizer, row) for row in corpus]
    model: Any = Qwen3ForCausalLM(model_config(recipe, tokenizer))  # type: ignore[no-untyped-call]
    loss, tokens = _train(model, pool, recipe, progress)
    save(out, model, tokenizer, recipe)
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "tokens": tokens,
        "loss": loss,
        "seconds": time.monotonic() - began,
    }


def _train(model: Any, pool: Sequence[Encoded], recipe: Recipe, progress: Progress) -> tuple[float, int]:
    import torch

    pad = model.config.pad_token_id
    # Muon on the matrices: far fewer steps than AdamW alone to the same loss at this size
    matrices = [p for name, p in model.named_parameters() if p.ndim > 1 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim <= 1 or "embed" in name]
    optimizers: list[tuple[Any, float]] = [
        (
            torch.optim.Muon(matrices, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"),
            recipe.learning_rate,
        ),
        (torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0, fused=True), recipe.learning_rate / 2),
    ]
    source = batches(pool, recipe.batch, random.Random(recipe.seed))
    average, tokens, began = 0.0, 0, time.monotonic()
    for number in range(recipe.steps):
        for optimizer, peak in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = peak * _schedule(number, recipe)
        ids, labels = _tensors(next(source), pad)
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, _ in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        tokens += ids.numel()
        average = loss.item() if number == 0 else 0.95 * average + 0.05 * loss.item()
        if number % 20 == 0:
            speed = tokens / (time.monotonic() - began)
            progress((number + 1) / recipe.steps, f"step {number} loss {average:.4f} {speed:,.0f} tokens/s")
    return average, tokens


def _schedule(number: int, recipe: Recipe) -> float:
    """Linear warm-up, then a cosine down to a tenth."""
    if number < recipe.warmup:
        return (number + 1) / recipe.warmup
    done = (number - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return 0.1 + 0.45 * (1 + math.cos(math.pi * done))


def _tensors(batch: Sequence[Encoded], pad: int) -> tuple[Any, Any]:
    """Token ids and labels (batch x longest); prompts and padding are not predicted.

    No attention mask: padding stands behind the text, where causal attention never looks back from.
    """
    import torch

    longest = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), longest), pad)
    labels = torch.full((len(batch), longest), -100)
    for i, (row, prompt) in enumerate(batch):
        ids[i, : len(row)] = torch.tensor(row)
        labels[i, prompt : len(row)] = ids[i, prompt : len(row)]
    return ids, labels


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
