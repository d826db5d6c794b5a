"""The frozen base in Hugging Face layout: is it all there."""

from __future__ import annotations

from pathlib import Path

from loop.errors import ModelError
from loop.models.gguf_base import load_config
from loop.models.safetensors_file import weight_files


def check_base(base: Path) -> None:
    """Raises ModelError unless `base` holds a supported config.json, tokenizer.json and its weights."""
    load_config(base)
    weight_files(base)
    if not (base / "tokenizer.json").is_file():
        raise ModelError(f"base model {base} has no tokenizer.json", fix="copy the model's whole directory again")
