"""Inputs that are always among a kata's hidden ones: under them mutants die that random draws may miss.

Made by `python -m loop.tasks.kata.amplify`, kept in `amplified.json`: a composition's mark -> its inputs, where a
string stands for bytes. They make the oracle stronger and leave the task's id as it is.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluators.spec import Arg, Case

FILE = Path(__file__).with_name("amplified.json")


@functools.cache
def amplified() -> Mapping[str, tuple[Case, ...]]:
    """Inputs by mark (see `loop.tasks.kata.generate.mark`)."""
    return read(FILE)


def read(path: Path) -> dict[str, tuple[Case, ...]]:
    """What `write` wrote. Raises OSError or ValueError."""
    found = json.loads(path.read_text())
    return {mark: tuple(tuple(_arg(a) for a in case) for case in cases) for mark, cases in found.items()}


def write(path: Path, found: Mapping[str, tuple[Case, ...]]) -> None:
    """One line a mark, so that a change of one task is a change of one line."""
    lines = [f'"{mark}":{json.dumps(_plain(cases), separators=(",", ":"))}' for mark, cases in sorted(found.items())]
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    unfinished.replace(path)


def _plain(cases: tuple[Case, ...]) -> Any:
    return [[a.decode("latin-1") if isinstance(a, bytes) else a for a in case] for case in cases]


def _arg(value: Any) -> Arg:
    if isinstance(value, str):
        return value.encode("latin-1")
    return tuple(value) if isinstance(value, list) else int(value)
