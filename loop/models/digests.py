"""Hashes of model files: against a MANIFEST.json, and as one identity of the content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loop.errors import ModelError
from loop.models.safetensors_file import weight_files

_WORTH_CACHING = 64 << 20  # bytes; below, hashing is quicker than being clever


def file_sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def weights_sha256(directory: Path) -> str:
    """SHA-256 of a model's weights: of the file when there is one, else over the shards' names and digests."""
    digests = [(path.name, file_sha256(path)) for path in weight_files(directory)]
    if len(digests) == 1:
        return digests[0][1]
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in digests).encode()).hexdigest()


def check_manifest(directory: Path, *, fix: str) -> None:
    """Compares every file that MANIFEST.json lists; without one there is nothing to compare. Raises ModelError."""
    path = directory / "MANIFEST.json"
    if not path.is_file():
        return
    listed = read_json(path).get("files")
    if not isinstance(listed, dict) or not listed:
        raise ModelError(f"corrupt: {path}", fix=fix)
    for name, expected in listed.items():
        file = directory / name
        if not file.is_file():
            raise ModelError(f"model {directory}: {name} missing", fix=fix)
        found = file_sha256(file)
        if found != expected:
            raise ModelError(
                f"corrupt: {file} has SHA-256 {found[:12]}, the manifest says {str(expected)[:12]}", fix=fix
            )


def content_sha256(files: Sequence[Path], *, cache: Path | None) -> str:
    """One SHA-256 over the files' names and digests, sorted by name.

    Digests of large files are remembered in `cache` by path, size and time of change: a 3 GB model is hashed once.
    """
    known = read_json(cache) if cache else {}
    remembered = dict(known)
    lines = []
    for file in sorted(files, key=lambda path: path.name):
        stat = file.stat()
        key = f"{file.absolute()}:{stat.st_size}:{stat.st_mtime_ns}"
        digest = known.get(key) or file_sha256(file)
        if stat.st_size >= _WORTH_CACHING:
            remembered[key] = digest
        lines.append(f"{file.name} {digest}\n")
    if cache and remembered != known:
        write_json(cache, remembered)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file, or an empty one when it cannot be read as that: for records that can be made again."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """In one step. Raises ModelError when the disk refuses."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise ModelError(
            f"cannot write {path}: {error.strerror or error}", fix="free some disk space or make it writable"
        ) from error
