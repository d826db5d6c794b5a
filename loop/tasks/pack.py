"""Packs by name."""

from __future__ import annotations

import functools

from loop.errors import PackError
from loop.tasks.task import Pack

BUILT_IN = ("kata", "reference")


@functools.cache
def load_pack(name: str) -> Pack:
    """The pack called `name`. Raises PackError for a name that is not known."""
    if name == "kata":
        from loop.tasks.kata.generate import generate_pack

        return generate_pack()
    if name == "reference":
        from loop.tasks.reference import reference_pack

        return reference_pack()
    raise PackError(f"unknown task pack '{name}'", fix=f"choose one of: {', '.join(BUILT_IN)}")
