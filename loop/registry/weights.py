"""Adapter weights by content: adapters/<sha256 of adapter.gguf>/. Whole, or `locate` says that they are not."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from loop.errors import HomeError, RegistryError, UsageError

GGUF = "adapter.gguf"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def install(trained_dir: Path, adapters: Path) -> str:
    """Copies the files of a trained adapter (subdirectories, such as checkpoints, stay behind) and returns its sha256.

    Each file and directory is flushed to the disk, and the last step is one rename: after a kill the weights are whole
    or not there. Installing them again changes nothing; a damaged copy is replaced. Raises UsageError when there is no
    adapter.gguf in `trained_dir`, HomeError when `adapters` cannot be written.
    """
    source = trained_dir / GGUF
    if not source.is_file():
        raise UsageError(f"there is no {GGUF} in {trained_dir}", fix="pass the directory that training wrote")
    sha256 = sha256_of(source)
    target = adapters / sha256
    if _is_whole(target, sha256):
        return sha256
    try:
        adapters.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".install-", dir=adapters))
        try:
            _copy_files(trained_dir, staging)
            if sha256_of(staging / GGUF) != sha256:
                raise RegistryError(f"{source} changed while it was copied", fix="wait until training ended, try again")
            _put(staging, target, sha256)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise HomeError(
            f"the adapter could not be stored in {adapters}: {error.strerror or error}",
            fix="make the directory writable or free disk space, then run the step again",
        ) from error
    return sha256


def locate(adapters: Path, sha256: str) -> Path:
    """The GGUF of an adapter, its bytes verified against its name. Raises RegistryError when missing or damaged."""
    path = adapters / sha256 / GGUF
    restore = f"restore {path.parent} from a backup, or put another version in service: loop rollback"
    if not path.is_file():
        raise RegistryError(f"the weights of adapter {sha256[:12]} are not in {adapters}", fix=restore)
    try:
        found = sha256_of(path)
    except OSError as error:
        raise RegistryError(f"{path} cannot be read: {error.strerror or error}", fix=restore) from error
    if found != sha256:
        raise RegistryError(f"{path} is damaged: its SHA-256 is {found[:12]}..., not {sha256[:12]}...", fix=restore)
    return path


def _copy_files(source: Path, staging: Path) -> None:
    for path in sorted(source.iterdir()):
        if path.is_file() and not path.is_symlink():
            shutil.copyfile(path, staging / path.name)
            _fsync(staging / path.name)
    staging.chmod(0o755)
    _fsync(staging)


def _put(staging: Path, target: Path, sha256: str) -> None:
    """Renames `staging` to `target`, whichever process comes first; a damaged target is moved out of the way."""
    if target.exists() and not _is_whole(target, sha256):
        target.rename(Path(tempfile.mkdtemp(prefix=f".damaged-{sha256[:12]}-", dir=target.parent)) / "adapter")
    try:
        staging.rename(target)
    except OSError:
        if not _is_whole(target, sha256):  # else another process has just installed the same bytes
            raise
    _fsync(target.parent)


def _is_whole(target: Path, sha256: str) -> bool:
    return (target / GGUF).is_file() and sha256_of(target / GGUF) == sha256


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
