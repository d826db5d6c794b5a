"""PEFT's own logits for a few texts, kept beside the adapter: what every export is measured against.

The worker that trained the adapter writes them while it still has the model in memory, so the check needs no second
start of torch. They name the adapter and base they were computed with, by hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np

from loop.errors import ParityError

FILE = "reference.npz"
TEXTS = "texts.json"  # beside an adapter whose reference logits are left to a process of their own
ROWS = 8  # rows of a dataset that are compared, spread over it
LOGITS_PER_TEXT = 1_000_000  # bounds the file: every position of a small vocabulary, the last few of a large one
LOGITS_PER_RUN = 16_000_000  # bounds what an engine hands over at once: long texts of a large vocabulary are cut

Array = np.ndarray[Any, np.dtype[Any]]
T = TypeVar("T")


@dataclass(frozen=True)
class ReferenceText:
    """Logits of one text at some positions.

    parts: what was tokenised apart (prompt, completion) or the text alone. tokens: their ids, joined, maybe cut.
    base, adapter: float32 (len(positions), vocabulary), logits that follow tokens[: position + 1].
    """

    parts: tuple[str, ...]
    tokens: tuple[int, ...]
    positions: tuple[int, ...]
    base: Array
    adapter: Array

    @property
    def text(self) -> str:
        return "".join(self.parts)


@dataclass(frozen=True)
class Reference:
    adapter_sha256: str  # of adapter_model.safetensors
    base_sha256: str  # of the base's weights
    texts: tuple[ReferenceText, ...]


def spread(rows: Sequence[T], count: int = ROWS) -> list[T]:
    """At most `count` rows, evenly spread."""
    return list(rows[:: max(1, len(rows) // count)][:count])


def compared(length: int, vocabulary: int) -> tuple[int, tuple[int, ...]]:
    """How many of `length` tokens are run, and at which positions logits are kept."""
    kept = min(length, max(16, LOGITS_PER_RUN // vocabulary))
    count = min(kept, max(4, LOGITS_PER_TEXT // vocabulary))
    return kept, tuple(range(kept - count, kept))


def save_reference(reference: Reference, path: Path) -> None:
    arrays: dict[str, Array] = {}
    for index, text in enumerate(reference.texts):
        arrays[f"tokens_{index}"] = np.asarray(text.tokens, dtype=np.int32)
        arrays[f"positions_{index}"] = np.asarray(text.positions, dtype=np.int32)
        arrays[f"base_{index}"] = text.base.astype(np.float32)
        arrays[f"adapter_{index}"] = text.adapter.astype(np.float32)
    about = {
        "adapter_sha256": reference.adapter_sha256,
        "base_sha256": reference.base_sha256,
        "parts": [text.parts for text in reference.texts],
    }
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_reference(path: Path) -> Reference:
    """Raises ParityError when the file is missing or not whole."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            texts = tuple(_texts(about["parts"], arrays))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ParityError(f"no reference logits in {path}: {error}", fix="train the adapter again") from error
    return Reference(about["adapter_sha256"], about["base_sha256"], texts)


def _texts(parts: Sequence[Sequence[str]], arrays: Any) -> Iterable[ReferenceText]:
    for index, part in enumerate(parts):
        yield ReferenceText(
            parts=tuple(part),
            tokens=tuple(int(token) for token in arrays[f"tokens_{index}"]),
            positions=tuple(int(position) for position in arrays[f"positions_{index}"]),
            base=arrays[f"base_{index}"],
            adapter=arrays[f"adapter_{index}"],
        )
