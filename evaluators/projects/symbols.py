"""The names at file scope of a C file, found on the syntax tree: functions, types, macros and variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from evaluators.text.structure_tree import function_declarator
from evaluators.text.syntax import parse, text_of, walk

Kind = Literal["function", "type", "macro", "variable"]
_AGGREGATES = ("struct_specifier", "union_specifier", "enum_specifier")
_WORDS = ("identifier", "type_identifier")
_BLOCKS = (
    "preproc_ifdef", "preproc_if", "preproc_else", "preproc_elif", "preproc_elifdef", "linkage_specification",
    "declaration_list", "ERROR",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a symbol's text is: bytes [start, end) of a file in UTF-8, the comment directly above it included.

    text: exactly those bytes."""

    file: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Symbol:
    """A name at file scope.

    file: where it is defined. places: its definition, then its prototypes (a function's, in headers or above).
    signature: one line that says what it is, without a function's body or a variable's value. names: what it is called
    (a typedef of a struct has two names, an enum has those of its constants). uses: every other word at its places that
    could be a symbol's name.
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


def file_scope(root: Node) -> Iterator[Node]:
    """What stands outside of everything, in the order of the text; what is compiled under a condition stands there too,
    and so does what `extern "C"` holds."""
    for child in root.children:
        if child.type in _BLOCKS:
            yield from file_scope(child)
        else:
            yield child


def symbols_of(path: str, root: Node) -> Iterator[Symbol]:
    """Definitions and prototypes as they stand in one file, each for itself: `code_map` joins them."""
    for node in file_scope(root):
        if node.type == "function_definition":
            body = node.child_by_field_name("body")
            head = _text(node.start_byte, body.start_byte, root) if body else text_of(node)
            yield _symbol(path, node, root, [_name(node)], "function", head)
        elif node.type in ("preproc_def", "preproc_function_def"):
            value = node.child_by_field_name("value") or node.child_by_field_name("parameters")
            if value is not None:
                yield _symbol(path, node, root, [_field(node, "name")], "macro", text_of(node))
        elif node.type == "type_definition":
            names = [_last_name(d) for d in node.children_by_field_name("declarator")]
            yield _symbol(path, node, root, [*names, _tag(node)], "type", text_of(node))
        elif node.type in _AGGREGATES:
            if node.child_by_field_name("body") is not None:
                yield _symbol(path, node, root, [_field(node, "name")], "type", text_of(node))
        elif node.type == "declaration":
            yield from _declared(path, node, root)


def _declared(path: str, node: Node, root: Node) -> Iterator[Symbol]:
    base = node.child_by_field_name("type")
    declarators = node.children_by_field_name("declarator")
    if base is not None and base.type in _AGGREGATES and base.child_by_field_name("body") and not declarators:
        yield _symbol(path, node, root, [_tag(node)], "type", text_of(node))
    for declarator in declarators:
        named = _named(declarator)
        if named is not None and named.parent is not None and named.parent.type == "function_declarator":
            yield _symbol(path, node, root, [text_of(named)], "function", text_of(node))
        else:
            value = declarator.child_by_field_name("declarator") if declarator.type == "init_declarator" else None
            head = _text(node.start_byte, declarators[0].start_byte, root) + text_of(value or declarator)
            yield _symbol(path, node, root, [_last_name(declarator)], "variable", head)


def _symbol(path: str, node: Node, root: Node, names: list[str], kind: Kind, head: str) -> Symbol:
    start, end = _with_comment(node), node.end_byte
    if node.type in _AGGREGATES and node.next_sibling is not None and node.next_sibling.type == ";":
        end = node.next_sibling.end_byte
    text = _text(start, end, root).rstrip()
    named = [name for name in [*names, *_inner_names(node, kind)] if name] or ["(unnamed)"]
    place = Place(path, start, start + len(text.encode("utf-8", "replace")), text)
    return Symbol(
        path, named[0], kind, (place,), " ".join(head.split()).rstrip("{ "), frozenset(named),
        frozenset(_uses(node)) - frozenset(named), "static" in _storage(node),
    )  # fmt: skip


def _inner_names(node: Node, kind: Kind) -> list[str]:
    """What a definition names besides itself: enumerators, and structs that are defined within it."""
    if kind in ("function", "macro"):
        return []
    inner = [
        n for n in walk(node) if n.type == "enumerator" or (n.type in _AGGREGATES and n.child_by_field_name("body"))
    ]
    return [_field(n, "name") for n in inner]


def _uses(node: Node) -> set[str]:
    """Words that may be names of other symbols: not those of parameters and of variables in a function."""
    if node.type in ("preproc_def", "preproc_function_def"):
        return _words(parse(_field(node, "value"))) - _words(node.child_by_field_name("parameters"))
    values, types, local = set[str](), set[str](), set[str]()
    for inner in walk(node):
        kind = inner.type
        if kind == "identifier":
            values.add(text_of(inner))
        elif kind == "type_identifier":
            types.add(text_of(inner))
        elif kind in ("declaration", "parameter_declaration") and inner != node:
            local.update(_last_name(declarator) for declarator in inner.children_by_field_name("declarator"))
    return (values - local) | types


def _words(node: Node | None) -> set[str]:
    return {text_of(n) for n in walk(node) if n.type in _WORDS} if node is not None else set()


def _with_comment(node: Node) -> int:
    """Where the comments begin that end on the line above."""
    start, line, before = node.start_byte, node.start_point[0], node.prev_sibling
    while before is not None and before.type == "comment" and before.end_point[0] >= line - 1:
        above = before.prev_sibling
        if above is not None and above.end_point[0] == before.start_point[0] and above.end_point[1] > 0:
            break  # it stands behind other code (a directive ends at the start of the next line)
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


def _tag(node: Node) -> str:
    """The tag of the struct, union or enum that is the type of a declaration."""
    base = node.child_by_field_name("type")
    return _field(base, "name") if base is not None and base.type in _AGGREGATES else ""


def _last_name(declarator: Node) -> str:
    """The name that a declarator declares."""
    named = _named(declarator)
    return text_of(named) if named is not None else ""


def _named(declarator: Node) -> Node | None:
    node: Node | None = declarator
    while node is not None and node.type not in _WORDS:
        below = node.child_by_field_name("declarator")
        node = below or next((c for c in node.named_children if c.type.endswith(("declarator", "identifier"))), None)
    return node
