"""The trainer's tokens are the engine's: transformers must encode as tokenizer.json does, of which the GGUF is made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from loop.errors import TrainingError
from loop.training.reference import spread
from loop.training.rows import Encode

COMPARED = 64  # texts, spread over the rows


def encoder(tokenizer: Any) -> Encode:
    """Texts -> token ids, without special tokens of the tokenizer's own."""

    def encode(texts: Sequence[str]) -> list[list[int]]:
        return [list(ids) for ids in tokenizer(list(texts), add_special_tokens=False)["input_ids"]]

    return encode


def same_as_file(base: Path, encode: Encode, texts: Sequence[str]) -> None:
    """Raises TrainingError where they differ: transformers may rebuild a tokenizer instead of reading it."""
    some = spread(texts, COMPARED)
    plain = Tokenizer.from_file(str(base / "tokenizer.json"))
    for text, ids in zip(some, encode(some), strict=True):
        if plain.encode(text, add_special_tokens=False).ids != ids:
            raise TrainingError(
                f"transformers and tokenizer.json tokenise differently: {text[:60]!r}",
                fix=f"check tokenizer_class in {base / 'tokenizer_config.json'}",
            )
