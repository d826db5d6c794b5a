"""A tiny model that says one token for ever, whatever it is asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from loop.models.gguf_base import write_base_gguf


def monotonous_gguf(base: Path, out: Path, token: str) -> Path:
    """`base` (Hugging Face layout) with all its logits pointing at `token`."""
    shutil.copytree(base, out)
    config = json.loads((out / "config.json").read_text())
    number = Tokenizer.from_file(str(out / "tokenizer.json")).token_to_id(token)
    weights = load_file(out / "model.safetensors")
    weights["lm_head.weight"] = np.zeros_like(weights["model.embed_tokens.weight"])
    weights["model.norm.weight"][:] = 0.0
    weights["model.norm.weight"][0] = 1.0
    weights["model.embed_tokens.weight"][:, 0] = 5.0
    weights["lm_head.weight"][:, 0] = -100.0
    weights["lm_head.weight"][number, 0] = 100.0
    config["tie_word_embeddings"] = False
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    (out / "config.json").write_text(json.dumps(config))
    return write_base_gguf(out, out / "base.gguf")
