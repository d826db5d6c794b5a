"""Packs by name, or by the directory they lie in."""

from __future__ import annotations

from pathlib import Path

from loop.errors import PackError
from loop.tasks.task import Pack

BUILT_IN = ("kata", "reference")


def load_pack(name: str, cache: Path | None = None) -> Pack:
    """The pack called `name`, or the one in the directory `name` (`loop.tasks.directory`).

    cache: where a built-in pack is looked for, and kept (`loop.tasks.pack_cache`).
    Raises PackError for a name that is not known, and for a directory that holds no sound pack.
    """
    if name not in BUILT_IN and is_directory(name):
        from loop.tasks.directory import read_pack

        return read_pack(Path(name))
    if name not in _loaded:
        _loaded[name] = _built_in(name, cache)
    return _loaded[name]


def is_directory(name: str) -> bool:
    """Whether a pack's name is a place: a directory that is there, or something with a slash in it."""
    return "/" in name or (bool(name) and Path(name).is_dir())


_loaded: dict[str, Pack] = {}  # in this process


def _built_in(name: str, cache: Path | None) -> Pack:
    if name == "kata":
        from loop.tasks.kata.generate import generate_pack

        if cache is None:
            return generate_pack()
        from loop.tasks.pack_cache import remembered

        return remembered(name, generate_pack, cache)
    if name == "reference":
        from loop.tasks.reference import reference_pack

        return reference_pack()
    raise PackError(
        f"unknown task pack '{name}'", fix=f"choose one of: {', '.join(BUILT_IN)}; or the directory of a pack"
    )
