"""Does an adapter belong to the base that is loaded? Asked before llama.cpp is: it would say less, or nothing at all of
an adapter that was trained on other weights of the same shape. Worker process only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loop.errors import EngineError
from loop.models.gguf_base import WEIGHTS_KEY

_NAME = re.compile(r"blk\.(\d+)\.(\w+)\.weight\.lora_([ab])")
_FIX = "serve it on the base it was trained on, or train it again on this one"


@dataclass(frozen=True)
class BaseShape:
    """weights_sha256: "" where the file does not say. heads: of the queries. matrices: (inputs, outputs) of each in a
    layer."""

    weights_sha256: str
    layers: int
    heads: int
    matrices: dict[str, tuple[int, int]]

    @property
    def cell_bytes(self) -> int:
        """Keys and values of one token in all layers, float16."""
        return 2 * 2 * self.matrices["attn_k"][1] * self.layers


def base_shape(metadata: Callable[[str], str]) -> BaseShape:
    """From a GGUF's metadata, which is given by key; "" for a key that is not there."""
    kind = metadata("general.architecture")
    hidden, inner, layers, heads, kv_heads, size = (
        int(metadata(f"{kind}.{key}") or 0)
        for key in (
            *("embedding_length", "feed_forward_length", "block_count"),
            *("attention.head_count", "attention.head_count_kv", "attention.key_length"),
        )
    )
    query, cached = heads * size, kv_heads * size
    matrices = {"attn_q": (hidden, query), "attn_k": (hidden, cached), "attn_v": (hidden, cached)}
    matrices |= {"attn_output": (query, hidden), "ffn_gate": (hidden, inner), "ffn_up": (hidden, inner)}
    return BaseShape(metadata(WEIGHTS_KEY), layers, heads, {**matrices, "ffn_down": (inner, hidden)})


def check_adapter(path: Path, base: BaseShape) -> None:
    """Raises EngineError for an adapter that cannot be read, of another base, or of other shapes than this one's."""
    from gguf import GGUFReader

    try:
        reader = GGUFReader(path)
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise EngineError(f"adapter {path} cannot be read: {error}", fix="train it again, or roll back") from error
    trained_on = _text(reader, WEIGHTS_KEY)
    if trained_on and base.weights_sha256 and trained_on != base.weights_sha256:
        raise EngineError(
            f"adapter {path} was trained on weights {trained_on[:12]}, and {base.weights_sha256[:12]} are loaded",
            fix=_FIX,
        )
    layers: set[int] = set()
    for tensor in reader.tensors:
        match = _NAME.fullmatch(tensor.name)
        matrix = base.matrices.get(match[2]) if match else None
        if match is None or matrix is None:
            raise EngineError(f"adapter {path}: {tensor.name} is nothing that this base has", fix=_FIX)
        layers.add(int(match[1]))
        # GGUF lists (inputs, rank) for A and (rank, outputs) for B.
        side, found = (matrix[0], tensor.shape[0]) if match[3] == "a" else (matrix[1], tensor.shape[1])
        if side != int(found):
            raise EngineError(f"adapter {path}: {tensor.name} is for {found}, and the base has {side}", fix=_FIX)
    if layers != set(range(base.layers)):
        raise EngineError(f"adapter {path} is for {len(layers)} layers, and the base has {base.layers}", fix=_FIX)


def _text(reader: Any, key: str) -> str:
    field = reader.get_field(key)
    return str(field.contents()) if field is not None else ""
