"""What stands where in a small C project: its functions, types, macros and variables, found on the syntax tree.

No model is asked for what a parser knows: which files there are, what they define, who uses what.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from evaluators.projects.repository import Repository
from evaluators.text.structure_tree import function_declarator, places
from evaluators.text.syntax import parse, text_of, walk

Kind = Literal["function", "type", "macro", "variable"]
_AGGREGATES = ("struct_specifier", "union_specifier", "enum_specifier")
_WORDS = ("identifier", "type_identifier")


@dataclass(frozen=True)
class Place:
    """Where a symbol's text is: bytes [start, end) of a file in UTF-8, the comment directly above it included."""

    file: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Symbol:
    """A name at file scope.

    file: where it is defined. places: its definition, then its prototypes (a function's, in headers or above).
    signature: one line that says what it is. names: what it is called (a typedef of a struct has two). uses: every
    other word at its places that could be a symbol's name.
    """

    file: str
    name: str
    kind: Kind
    places: tuple[Place, ...]
    signature: str
    names: frozenset[str]
    uses: frozenset[str]
    static: bool = False

    @property
    def id(self) -> str:
        return f"{self.file}:{self.name}"

    @property
    def text(self) -> str:
        """Its definition."""
        return self.places[0].text


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
            found += own or [s for s in meant if not s.static or s.file.endswith(".h")]
        return tuple(dict.fromkeys(found))


@functools.lru_cache(maxsize=1024)
def code_map(repository: Repository) -> CodeMap:
    """Reads all .c and .h files, its tests and its `main` too. Text that does not parse gives what can be made out."""
    texts = repository.texts
    sources = [path for path in texts if path.endswith((".c", ".h"))]
    found = [symbol for path in sources for symbol in _symbols(path, parse(texts[path]))]
    includes = {path: tuple(_included(path, parse(texts[path]), repository)) for path in sources}
    return CodeMap(tuple(texts), tuple(_joined(found)), includes)


def _joined(found: list[Symbol]) -> Iterator[Symbol]:
    """Prototypes go to the definition that they announce; one without any stands for itself."""
    defined = [s for s in found if not _is_prototype(s)]
    extra: dict[str, list[Symbol]] = {}
    for prototype in (s for s in found if _is_prototype(s)):
        homes = [s for s in defined if s.kind == "function" and s.name == prototype.name]
        own = [s for s in homes if s.file == prototype.file] or [s for s in homes if not s.static]
        extra.setdefault(own[0].id if own else prototype.id, []).append(prototype)
    seen: set[str] = set()
    for symbol in found:
        if symbol.id in seen or (_is_prototype(symbol) and symbol.id not in extra):
            continue
        if _is_prototype(symbol) and any(s.id == symbol.id for s in defined):
            continue
        seen.add(symbol.id)
        more = [p for p in extra.get(symbol.id, []) if p is not symbol]
        yield Symbol(
            symbol.file, symbol.name, symbol.kind, (*symbol.places, *(p.places[0] for p in more)), symbol.signature,
            symbol.names, frozenset(symbol.uses.union(*(p.uses for p in more))), symbol.static,
        )  # fmt: skip


def _is_prototype(symbol: Symbol) -> bool:
    return symbol.kind == "function" and symbol.text.rstrip().endswith(";")


def _symbols(path: str, root: Node) -> Iterator[Symbol]:
    for node, inside, _ in places(root):
        if inside or node.parent is None or node.parent.type in ("parameter_list", "field_declaration_list"):
            continue
        if node.type == "function_definition":
            name, static = _name(node), "static" in _storage(node)
            body = node.child_by_field_name("body")
            head = _text(node.start_byte, body.start_byte, root) if body else text_of(node)
            yield _symbol(path, node, root, [name], "function", head, static)
        elif node.type in ("preproc_def", "preproc_function_def"):
            value = node.child_by_field_name("value") or node.child_by_field_name("parameters")
            if value is not None:
                yield _symbol(path, node, root, [_field(node, "name")], "macro", text_of(node), False)
        elif node.type == "type_definition":
            base = node.child_by_field_name("type")
            tag = [_field(base, "name")] if base is not None and base.type in _AGGREGATES else []
            names = [_last_name(d) for d in node.children_by_field_name("declarator")]
            yield _symbol(path, node, root, [*names, *tag], "type", text_of(node), False)
        elif node.type in _AGGREGATES and node.parent.type in ("translation_unit", "preproc_ifdef", "preproc_if"):
            if node.child_by_field_name("body") is not None:
                yield _symbol(path, node, root, [_field(node, "name")], "type", text_of(node), False)
        elif node.type == "declaration":
            yield from _declared(path, node, root)


def _declared(path: str, node: Node, root: Node) -> Iterator[Symbol]:
    base, static = node.child_by_field_name("type"), "static" in _storage(node)
    declarators = node.children_by_field_name("declarator")
    if base is not None and base.type in _AGGREGATES and base.child_by_field_name("body") and not declarators:
        yield _symbol(path, node, root, [_field(base, "name")], "type", text_of(node), False)
    for declarator in declarators:
        function = function_declarator(node) is not None and "(" in text_of(declarator)
        kind: Kind = "function" if function else "variable"
        yield _symbol(path, node, root, [_last_name(declarator)], kind, text_of(node), static)


def _symbol(path: str, node: Node, root: Node, names: list[str], kind: Kind, head: str, static: bool) -> Symbol:
    start = _with_comment(node)
    named = [name for name in names if name] or ["(unnamed)"]
    text = _text(start, node.end_byte, root).rstrip()
    if node.type in _AGGREGATES:
        text += ";"
    words = frozenset(text_of(n) for n in walk(node) if n.type in _WORDS)
    if kind == "macro":
        words |= frozenset(text_of(n) for n in walk(parse(_field(node, "value"))) if n.type in _WORDS)
    place = Place(path, start, node.end_byte, text)
    return Symbol(
        path, named[0], kind, (place,), " ".join(head.split()).rstrip("{ "), frozenset(named),
        words - frozenset(named), static,
    )  # fmt: skip


def _with_comment(node: Node) -> int:
    """Where the comments begin that end on the line above."""
    start, line, before = node.start_byte, node.start_point[0], node.prev_sibling
    while before is not None and before.type == "comment" and before.end_point[0] >= line - 1:
        if before.prev_sibling is not None and before.prev_sibling.end_point[0] == before.start_point[0]:
            break  # it stands behind other code
        start, line, before = before.start_byte, before.start_point[0], before.prev_sibling
    return start


def _text(start: int, end: int, root: Node) -> str:
    return (root.text or b"")[start - root.start_byte : end - root.start_byte].decode("utf-8", "replace")


def _storage(node: Node) -> list[str]:
    return [text_of(child) for child in node.children if child.type == "storage_class_specifier"]


def _field(node: Node | None, name: str) -> str:
    found = node.child_by_field_name(name) if node is not None else None
    return text_of(found) if found is not None else ""


def _name(definition: Node) -> str:
    declarator = function_declarator(definition)
    return _last_name(declarator) if declarator is not None else ""


def _last_name(declarator: Node) -> str:
    """The name that a declarator declares."""
    node: Node | None = declarator
    while node is not None and node.type not in _WORDS:
        below = node.child_by_field_name("declarator")
        node = below or next((c for c in node.named_children if c.type.endswith(("declarator", "identifier"))), None)
    return text_of(node) if node is not None else ""


def _included(path: str, root: Node, repository: Repository) -> Iterator[str]:
    folders = [path.rpartition("/")[0], *repository.include]
    for node in walk(root):
        if node.type == "preproc_include":
            wanted = _field(node, "path").strip('"<>')
            candidates = [f"{folder}/{wanted}" if folder not in ("", ".") else wanted for folder in folders]
            yield from [c for c in candidates if c in repository.texts][:1]
