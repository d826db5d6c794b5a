"""Packs by name, or by the directory they lie in."""

from __future__ import annotations

import functools
from pathlib import Path

from loop.errors import PackError
from loop.tasks.task import Pack

BUILT_IN = ("kata", "reference")


def load_pack(name: str) -> Pack:
    """The pack called `name`, or the one in the directory `name` (`loop.tasks.directory`).

    Raises PackError for a name that is not known, and for a directory that holds no sound pack.
    """
    if name not in BUILT_IN and is_directory(name):
        from loop.tasks.directory import read_pack

        return read_pack(Path(name))
    return _built_in(name)


def is_directory(name: str) -> bool:
    """Whether a pack's name is a place: a directory that is there, or something with a slash in it."""
    return "/" in name or (bool(name) and Path(name).is_dir())


@functools.cache
def _built_in(name: str) -> Pack:
    if name == "kata":
        from loop.tasks.kata.generate import generate_pack

        return generate_pack()
    if name == "reference":
        from loop.tasks.reference import reference_pack

        return reference_pack()
    raise PackError(
        f"unknown task pack '{name}'", fix=f"choose one of: {', '.join(BUILT_IN)}; or the directory of a pack"
    )
