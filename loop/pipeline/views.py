"""What a prompt shows of a project: outlines, symbols' texts, who uses whom. All of it comes from the parser."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evaluators.projects.code_map import Symbol, code_map
from evaluators.projects.repository import Repository
from loop.pipeline.budget import Piece

if TYPE_CHECKING:
    from loop.tasks.task import Task

FIRST_LINES = 10
"""Lines that a file shows which is no C."""
HEAD_LINES = 12
"""Lines of a symbol that are always shown where it is judged; more as far as there is room."""
_WIDTH = 100
"""Characters of a type's line in an outline; of a longer one only its name is shown."""


def request(task: Task) -> Piece:
    return Piece(f"Task:\n{task.prompt.strip()}\n\n")


def headline(path: str, rank: int = 0) -> Piece:
    return Piece(f"File {path}:\n", rank)


def outline_line(symbol: Symbol) -> str:
    """One line that says what the symbol is."""
    line = symbol.signature
    if len(line) > _WIDTH and symbol.kind != "function":
        head, brace, behind = line.partition("{")
        line = f"{head}{{ ... }}{behind.rpartition('}')[2]}" if brace else f"{line[:_WIDTH]} ..."
    return line


def outline(repository: Repository, path: str, rank: int) -> Iterator[Piece]:
    """Of a C file: what it includes, and a line a symbol that it defines or declares. Of another: its first lines."""
    found = code_map(repository)
    if path not in found.includes:
        lines = repository.texts[path].split("\n")[:FIRST_LINES]
        yield Piece("\n".join(lines).rstrip() + "\n", rank, f"first lines of {path}")
        return
    if included := found.includes[path]:
        yield Piece(f"includes {', '.join(included)}\n", rank, f"includes of {path}")
    for symbol in found.symbols:
        if path in [place.file for place in symbol.places]:  # defined or declared there
            yield Piece(outline_line(symbol) + "\n", rank, f"outline of {symbol.id}")


def text_by_heads(symbol: Symbol, rank: int) -> Iterator[Piece]:
    """Its text: the first lines always, then blocks of as many, the last of which is left out first."""
    lines = symbol.text.split("\n")
    yield Piece("\n".join(lines[:HEAD_LINES]) + "\n")
    for at in range(HEAD_LINES, len(lines), HEAD_LINES):
        block = lines[at : at + HEAD_LINES]
        yield Piece("\n".join(block) + "\n", rank, f"lines {at + 1} to {at + len(block)} of {symbol.id}")


@functools.lru_cache(maxsize=1024)
def users(repository: Repository) -> dict[str, tuple[Symbol, ...]]:
    """Symbol's id -> the symbols that use it."""
    found = code_map(repository)
    by: dict[str, list[Symbol]] = {}
    for user in found.symbols:
        for used in found.used_by(user.uses, user.file):
            if used.id != user.id:
                by.setdefault(used.id, []).append(user)
    return {identity: tuple(symbols) for identity, symbols in by.items()}


def names(symbols: tuple[Symbol, ...]) -> str:
    return ", ".join(dict.fromkeys(symbol.name for symbol in symbols))
