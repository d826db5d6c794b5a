"""Reads safetensors without torch: a memory-mapped view per tensor, bfloat16 included.

Layout of the file: 8 bytes (little-endian length of the header), the header as JSON, then the tensors' bytes.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loop.errors import ModelError

Array = np.ndarray[Any, np.dtype[Any]]
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor lies. `dtype` is safetensors' name for it; offsets are bytes from the start of the file."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    def read(self) -> Array:
        """The tensor as float32 (copied when it is stored in another type)."""
        with self.file.open("rb") as handle:
            view = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        count = int(np.prod(self.shape, dtype=np.int64))
        raw = np.frombuffer(view, dtype=_DTYPES[self.dtype], count=count, offset=self.start).reshape(self.shape)
        if self.dtype == "BF16":  # bfloat16 is the upper half of a float32
            return (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return raw.astype(np.float32, copy=False)


def open_weights(directory: Path) -> dict[str, StoredTensor]:
    """Every tensor of a model in Hugging Face layout (one file or shards). Raises ModelError."""
    tensors: dict[str, StoredTensor] = {}
    for file in weight_files(directory):
        tensors |= _read_header(file)
    return tensors


def weight_files(directory: Path) -> list[Path]:
    """The safetensors files of a model, in order. Raises ModelError when one is missing."""
    index = directory / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    else:
        names = ["model.safetensors"]
    files = [directory / name for name in names]
    for file in files:
        if not file.is_file():
            raise ModelError(f"weights missing: {file}", fix="copy the model's whole directory again")
    return files


def _read_header(file: Path) -> dict[str, StoredTensor]:
    broken = ModelError(f"weights corrupt: {file} is not a whole safetensors file", fix="copy the file again")
    size = file.stat().st_size
    with file.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        if not 0 < length <= size - 8:
            raise broken
        try:
            header = json.loads(handle.read(length))
        except ValueError as error:
            raise broken from error
    header.pop("__metadata__", None)
    tensors: dict[str, StoredTensor] = {}
    for name, entry in header.items():
        if entry["dtype"] not in _DTYPES:
            raise ModelError(
                f"{file}: tensor {name} has type {entry['dtype']}",
                fix="use weights stored as F32, F16 or BF16 (quantized checkpoints are not a base to train from)",
            )
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        if end > size:
            raise broken
        tensors[name] = StoredTensor(file, entry["dtype"], tuple(entry["shape"]), start, end)
    return tensors
