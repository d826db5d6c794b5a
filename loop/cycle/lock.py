"""One process at a time changes a home. The lock is the kernel's (flock): a killed process never leaves it behind."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loop.errors import EnvironmentFault
from loop.home import Home


class HomeInUse(EnvironmentFault):
    """Another process holds the home."""


_held: dict[Path, tuple[int, int]] = {}  # path -> (file descriptor, how often this process holds it)
_guard = threading.Lock()


def _forget() -> None:
    """In a forked child: its copy of the descriptor must not keep the lock when the parent is killed."""
    for descriptor, _ in _held.values():
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def hold(home: Home) -> Iterator[None]:
    """Holds `home.lock`; nested use within a process is free. Raises HomeInUse naming who has it."""
    path = home.lock.absolute()
    with _guard:
        descriptor, depth = _held.get(path, (-1, 0))
        if not depth:
            descriptor = _acquire(path)
        _held[path] = (descriptor, depth + 1)
    try:
        yield
    finally:
        with _guard:
            descriptor, depth = _held[path]
            if depth > 1:
                _held[path] = (descriptor, depth - 1)
            else:
                del _held[path]
                os.close(descriptor)


def _acquire(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise EnvironmentFault(
            f"the lock {path} cannot be opened: {error.strerror or error}", fix="check LOOP_HOME's permissions"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise HomeInUse(
            f"another run is at work in {path.parent}" + (f" (process {holder})" if holder else ""),
            fix="wait for it to end, or give this one a LOOP_HOME of its own",
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
