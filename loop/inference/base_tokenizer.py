"""The tokens of a base model without an engine: its own tokenizer.json, which is what the trainer reads too.

The parity check after each training compares these with llama.cpp's, text by text.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from loop.errors import EngineError, ModelError


class BaseTokenizer:
    """Reads `hf_dir`/tokenizer.json. Safe to use from several threads. Raises ModelError when it cannot be read."""

    def __init__(self, hf_dir: Path) -> None:
        from tokenizers import Tokenizer

        path = hf_dir / "tokenizer.json"
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(f"{path} cannot be read: {error}", fix="copy the model's files again") from error
        self._normalises = type(self._tokenizer.normalizer).__name__ == "NFC"

    def tokenize(self, text: str) -> list[int]:
        """Token ids, special tokens parsed, nothing added."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def normalised(self, text: str) -> str:
        """The text as this tokenizer reads it. llama.cpp does not normalise, so its servers are sent this."""
        return unicodedata.normalize("NFC", text) if self._normalises else text

    def text(self, tokens: list[int]) -> str:
        """What the tokens spell, special ones included."""
        spelled: str = self._tokenizer.decode(tokens, skip_special_tokens=False)
        return spelled

    def id(self, token: str) -> int:
        """The id of a special token. Raises EngineError when there is none."""
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise EngineError(f"the base's tokenizer has no token {token}", fix="use a Qwen3 or Qwen2.5 base")
        return int(found)
