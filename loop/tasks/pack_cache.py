"""A built-in pack as it was generated last time: composing and labelling five thousand tasks takes seconds.

The file's name has the hash of the sources that generate it, so a changed generator finds nothing and makes it anew; so
does a file that cannot be read. It lies in LOOP_HOME/cache, which may be deleted at any time.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from loop.tasks.task import Pack

_ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("loop/tasks", "evaluators")


def remembered(name: str, generate: Callable[[], Pack], cache: Path) -> Pack:
    """The pack from `cache`, or generated and kept there. A cache that cannot be written costs time alone."""
    path = cache / f"pack-{name}-{_generator()}.pickle"
    try:
        pack = _read(path)
        if isinstance(pack, Pack):
            return pack
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, IndexError, ValueError, TypeError):
        pass  # not there, cut short, or of classes that are no more: it is made anew
    pack = generate()
    _ = pack.sha256, [(task.id, task.spec.sha256) for task in pack.tasks]  # what is looked up is kept with it
    with suppress(OSError):
        _keep(pack, path)
    return pack


def _read(path: Path) -> Any:
    """What lies there. Half of the time would go into looking for garbage among objects that all stay."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return pickle.loads(path.read_bytes())
    finally:
        if collecting:
            gc.enable()


def _keep(pack: Pack, path: Path) -> None:
    """Appears whole or not at all; those of older generators go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=".pack-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump(pack, file, protocol=pickle.HIGHEST_PROTOCOL)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    for other in path.parent.glob(f"pack-{pack.name}-*.pickle"):
        if other != path:
            other.unlink(missing_ok=True)


def _generator() -> str:
    """Hash of every file that a pack is generated from, and of Python's version."""
    digest = hashlib.sha256(sys.version.encode())
    for folder in _SOURCES:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".json", ".txt", ".c", ".h") and path.is_file():
                digest.update(str(path.relative_to(_ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
