"""The frozen base in Hugging Face layout: is it all there, and which one is it."""

from __future__ import annotations

import hashlib
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


def weights_sha256(base: Path) -> str:
    """SHA-256 of the base's weights: of the file when there is one, else over the shards' names and digests."""
    digests = [(path.name, file_sha256(path)) for path in weight_files(base)]
    if len(digests) == 1:
        return digests[0][1]
    lines = "".join(f"{name} {digest}\n" for name, digest in digests)
    return hashlib.sha256(lines.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
