"""Processes that this one started."""

from __future__ import annotations

import os
from pathlib import Path


def children_running(module: str) -> list[int]:
    """Children, and theirs, whose command line names `module`."""
    found = []
    waiting = [os.getpid()]
    while waiting:
        pid = waiting.pop()
        try:
            children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            found += [child for child in children if module.encode() in Path(f"/proc/{child}/cmdline").read_bytes()]
        except OSError:
            continue  # it ended meanwhile
        waiting += children
    return found
