"""What a change to a project shows about the questions that lead to it: which files, which symbols, in what order.

The labels of all judgments follow from the change itself, by the parser. What its author calls useful - a reader may
want it, and may do without - has no label: either answer is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from evaluators.projects.code_map import CodeMap, Symbol, code_map
from evaluators.projects.repository import Repository

Part = Literal["primary", "supporting", "type_context", "excluded"]
PARTS: tuple[Part, ...] = ("primary", "supporting", "type_context", "excluded")
Route = Literal["implementation", "scope", "precision", "planning"]
ROUTES: tuple[Route, ...] = ("implementation", "scope", "precision", "planning")
"""The last stage that is asked before the change is written; "implementation" when none is."""


@dataclass(frozen=True)
class GroundTruth:
    """route: see `ROUTES`. files: those that the change needs. useful_files, useful_symbols: either answer is right.

    parts: symbol -> its part, for every symbol of the project as it was. points: what changes, by `Symbol.id`, or a
      path for a file that changes and no symbol in it (text that is no C, an include). dependencies: (b, a) where b, as
      the change leaves it, uses a; both are points.
    """

    route: Route
    files: tuple[str, ...]
    parts: Mapping[str, Part]
    points: tuple[str, ...]
    dependencies: tuple[tuple[str, str], ...] = ()
    useful_files: tuple[str, ...] = ()
    useful_symbols: tuple[str, ...] = field(default=())


def ground_truth(
    before: Repository,
    after: Repository,
    request: str,
    *,
    useful_files: Iterable[str] = (),
    useful_symbols: Iterable[str] = (),
) -> GroundTruth:
    """The labels of a change.

    A symbol is primary when its text changes, supporting when a changed one calls or reads it, type_context when it is
    a type or macro that a changed one names. A file is needed when it changes or holds a symbol that is not excluded.
    Raises ValueError when nothing changes.
    """
    old, new = code_map(before), code_map(after)
    changed = _changed(old, new)
    touched = _touched(old, new)
    others = [path for path, text in after.files if before.texts.get(path) != text and path not in touched]
    points = (*(symbol.id for symbol in changed.values()), *others)
    if not points:
        raise ValueError("the change changes no symbol and no file")
    parts: dict[str, Part] = {symbol.id: "excluded" for symbol in old.symbols}
    for symbol in changed.values():
        before_it = old.get(symbol.id)
        words = symbol.uses | (before_it.uses if before_it else frozenset())
        for used in old.used_by(words, symbol.file):
            parts[used.id] = "supporting" if used.kind in ("function", "variable") else "type_context"
    parts |= {identity: "primary" for identity in changed if identity in parts}
    files = {s.file for s in old.symbols if parts[s.id] != "excluded"}
    files |= {path for path, text in before.files if after.texts.get(path) != text}
    pairs = [(b, a.id) for b in changed if (s := new.get(b)) for a in new.used_by(s.uses, s.file) if a.id in changed]
    pairs = sorted({(b, a) for b, a in pairs if a != b}, key=lambda pair: [points.index(point) for point in pair])
    useful = tuple(f for f in useful_files if f not in files), tuple(s for s in useful_symbols if parts[s] != "primary")
    return GroundTruth(
        _route(points, parts, files, request, old), tuple(sorted(files)), parts, points, tuple(pairs), *useful
    )


def _changed(old: CodeMap, new: CodeMap) -> dict[str, Symbol]:
    """Symbols that are new or whose text differs, as they are afterwards; then those that are gone, as they were."""
    before = {s.id: [p.text for p in s.places] for s in old.symbols}
    found = {s.id: s for s in new.symbols if before.get(s.id) != [p.text for p in s.places]}
    left = {s.id for s in new.symbols}
    return found | {s.id: s for s in old.symbols if s.id not in left}


def _touched(old: CodeMap, new: CodeMap) -> set[str]:
    """C files in which a symbol's text is new, differs or is gone; in others an include may have changed, no symbol."""
    texts = [{(s.id, p.file, p.text) for s in code.symbols for p in s.places} for code in (old, new)]
    return {file for _, file, _ in texts[0] ^ texts[1]}


def _route(points: tuple[str, ...], parts: Mapping[str, Part], files: set[str], request: str, old: CodeMap) -> Route:
    """Several points want a plan, and so does one that rests on nothing there is: only a plan says where it goes. One
    that rests on others wants symbols told apart, one that is named wants nothing."""
    if len(points) > 1 or not files:
        return "planning"
    if any(part in ("supporting", "type_context") for part in parts.values()):
        return "precision"
    symbol = old.get(points[0])
    name = symbol.name if symbol is not None else points[0] if points[0] in old.files else ""
    named = name and re.search(rf"(?<![\w./]){re.escape(name)}(?!\.?\w)", request)
    return "implementation" if named else "scope"


def to_json(truth: GroundTruth) -> dict[str, Any]:
    return asdict(truth)


def from_json(data: dict[str, Any]) -> GroundTruth:
    """Inverse of `to_json`. Raises KeyError or TypeError on a malformed document."""
    lists = {name: tuple(data[name]) for name in ("files", "points", "useful_files", "useful_symbols")}
    return GroundTruth(
        route=data["route"], parts=dict(data["parts"]), dependencies=tuple((b, a) for b, a in data["dependencies"]),
        **lists,
    )  # fmt: skip
