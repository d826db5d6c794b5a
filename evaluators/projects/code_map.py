"""What stands where in a small C project: its functions, types, macros and variables, found on the syntax tree.

No model is asked for what a parser knows: which files there are, what they define, who uses what.
"""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace

from evaluators.projects.repository import Repository
from evaluators.projects.symbols import Place, Symbol, file_scope, symbols_of
from evaluators.text.syntax import parse, text_of

__all__ = ["CodeMap", "Place", "Symbol", "code_map"]


@dataclass(frozen=True)
class CodeMap:
    """symbols: in the order of files and of their text. includes: C file -> files of the project it includes.

    files: paths of all files, C or not.
    """

    files: tuple[str, ...]
    symbols: tuple[Symbol, ...]
    includes: dict[str, tuple[str, ...]]

    def of(self, file: str) -> tuple[Symbol, ...]:
        return tuple(symbol for symbol in self.symbols if symbol.file == file)

    def get(self, identity: str) -> Symbol | None:
        """By `Symbol.id`."""
        return next((symbol for symbol in self.symbols if symbol.id == identity), None)

    def used_by(self, words: frozenset[str], file: str) -> tuple[Symbol, ...]:
        """The symbols that these words mean in `file`: its own ones first, else what other files show."""
        found = []
        for word in sorted(words):
            meant = [s for s in self.symbols if word in s.names]
            own = [s for s in meant if s.file == file]
            found += own or [s for s in meant if _is_shown(s)]
        return tuple(dict.fromkeys(found))


def _is_shown(symbol: Symbol) -> bool:
    """Whether other files can see it."""
    return symbol.file.endswith(".h") or (symbol.kind in ("function", "variable") and not symbol.static)


@functools.lru_cache(maxsize=1024)
def code_map(repository: Repository) -> CodeMap:
    """Reads all .c and .h files, its tests and its `main` too. Text that does not parse gives what can be made out."""
    texts = repository.texts
    sources = [path for path in texts if path.endswith((".c", ".h"))]
    read = {path: _read(path, texts[path]) for path in sources}
    found = [symbol for symbols, _ in read.values() for symbol in symbols]
    includes = {path: tuple(_included(path, wanted, repository)) for path, (_, wanted) in read.items()}
    return CodeMap(tuple(texts), tuple(_joined(found)), includes)


@functools.lru_cache(maxsize=4096)
def _read(path: str, text: str) -> tuple[tuple[Symbol, ...], tuple[str, ...]]:
    """(symbols, what is included as it is written): most files of a project are the same before and after a change."""
    root = parse(text)
    named = (node.child_by_field_name("path") for node in file_scope(root) if node.type == "preproc_include")
    return tuple(symbols_of(path, root)), tuple(text_of(node).strip('"<>') for node in named if node is not None)


def _joined(found: list[Symbol]) -> Iterator[Symbol]:
    """One symbol an identity, with all its places: prototypes go to the definition that they announce. A tag and its
    typedef in one file, and what stands there once for each way of compiling, are one symbol too. A prototype without
    any definition stands for itself."""
    defined = [s for s in found if not _announces(s)]
    groups: dict[str, list[Symbol]] = {}
    for symbol in found:
        homes = [s for s in defined if _announces(symbol) and (s.kind, s.name) == (symbol.kind, symbol.name)]
        own = [s for s in homes if s.file == symbol.file] or [s for s in homes if not s.static]
        groups.setdefault(own[0].id if own else symbol.id, []).append(symbol)
    homes_first = {identity: sorted(group, key=_rank) for identity, group in groups.items()}
    for symbol in found:
        group = homes_first.get(symbol.id, [])
        if group and symbol is group[0]:
            names = frozenset(name for one in group for name in one.names)
            places = dict.fromkeys(place for one in group for place in one.places)
            uses = frozenset(word for one in group for word in one.uses)
            yield replace(symbol, places=tuple(places), names=names, uses=uses - names)


def _rank(symbol: Symbol) -> int:
    """What defines comes before what announces, what has a body before what only names it."""
    if _announces(symbol):
        return 2
    return int(symbol.kind == "type" and "{" not in symbol.signature)


def _announces(symbol: Symbol) -> bool:
    """A prototype, or a variable that is defined elsewhere."""
    if symbol.kind == "variable":
        return symbol.signature.startswith("extern ") and "=" not in symbol.text
    return symbol.kind == "function" and symbol.text.endswith(";")


def _included(path: str, wanted: tuple[str, ...], repository: Repository) -> Iterator[str]:
    """Files of the project: beside the one that includes them, else in the include folders."""
    folders, texts = [path.rpartition("/")[0], *repository.include], repository.texts
    for name in wanted:
        candidates = [posixpath.normpath(posixpath.join(folder, name)) for folder in folders]
        yield from [candidate for candidate in candidates if candidate in texts][:1]
