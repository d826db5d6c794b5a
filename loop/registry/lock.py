"""One writer at a time, between processes: an flock beside the repository, which the kernel frees with its holder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from loop.errors import HomeError, RegistryError

PATIENCE = 30.0  # seconds; a promotion takes well under one


class RegistryBusy(RegistryError):
    """Another process holds the lock."""


@contextlib.contextmanager
def exclusive(worktree: Path, *, patience: float | None = None) -> Iterator[None]:
    """Holds the registry's lock. Raises RegistryBusy when another process keeps it, HomeError when it has no place."""
    path = worktree.with_name(f"{worktree.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise HomeError(
            f"the registry's lock {path} cannot be opened: {error.strerror or error}",
            fix="make LOOP_HOME writable, or set it to another directory",
        ) from error
    try:
        deadline = time.monotonic() + (PATIENCE if patience is None else patience)
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise RegistryBusy(
                        f"another process is changing the registry {worktree}",
                        fix="wait until it ends; `fuser` on the .lock file beside it names the process",
                    ) from error
                time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)
