"""What a header declares, and the comment that stands directly before each declaration (found on the syntax tree).

Macros are not expanded: before `struct`, a macro for attributes (`API struct s *f(void);`) reads
as a declaration of its own, and the comment as that one's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from evaluators.text.comments import comment_text
from evaluators.text.syntax import parse, text_of

_NAMES = ("identifier", "type_identifier")
_TYPES = ("struct_specifier", "union_specifier", "enum_specifier")
_CLOSED = ("compound_statement", "field_declaration_list", "enumerator_list", "parameter_list", "initializer_list")
"""What is inside these is nobody's public declaration."""


@dataclass(frozen=True)
class Declaration:
    """A name that a header makes public.

    parameters: those of a function or macro that have names. gives: a function that returns something.
    line: the first of its declaration, counted from 1; names that are declared together share their comment.
    comment: the text of the comments that end on the line above it (or before it on its own line); "" if none.
    """

    name: str
    kind: Literal["function", "type", "macro", "variable"]
    line: int
    comment: str
    parameters: tuple[str, ...] = ()
    gives: bool = False


def declarations(header: str) -> list[Declaration]:
    """In the order of the text. Not among them: include guards (macros without a value), members, enumerators."""
    return list(_public(parse(header)))


def _public(node: Node) -> Iterator[Declaration]:
    for child in node.children:
        if child.type in _CLOSED:
            continue
        if child.type in ("preproc_def", "preproc_function_def"):
            yield from _macro(child)
        elif child.type in _TYPES:
            yield from _type(child, child)
        elif child.type in ("declaration", "function_definition", "type_definition"):
            yield from _declared(child)
        else:
            yield from _public(child)


def _macro(node: Node) -> Iterator[Declaration]:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    inside = node.child_by_field_name("parameters")
    if name is not None and (value is not None or inside is not None):
        parameters = tuple(text_of(p) for p in inside.children if p.type == "identifier") if inside else ()
        yield Declaration(text_of(name), "macro", *_placed(node), parameters)


def _type(node: Node, whole: Node) -> Iterator[Declaration]:
    """A struct, union or enum that has a body here."""
    name = node.child_by_field_name("name")
    if name is not None and node.child_by_field_name("body") is not None:
        yield Declaration(text_of(name), "type", *_placed(whole))


def _declared(node: Node) -> Iterator[Declaration]:
    base = node.child_by_field_name("type")
    if base is not None and base.type in _TYPES and node.type != "function_definition":
        yield from _type(base, node)
    for declarator in node.children_by_field_name("declarator"):
        name = _name(declarator)
        function = _function(declarator)
        if not name:
            continue
        if node.type == "type_definition":
            yield Declaration(name, "type", *_placed(node))
        elif function is None:
            yield Declaration(name, "variable", *_placed(node))
        else:
            gives = declarator.type == "pointer_declarator" or base is None or text_of(base) != "void"
            yield Declaration(name, "function", *_placed(node), _parameters(function), gives)


def _name(declarator: Node) -> str:
    if declarator.type in _NAMES:
        return text_of(declarator)
    return next((name for child in declarator.children if child.type not in _CLOSED and (name := _name(child))), "")


def _function(declarator: Node) -> Node | None:
    """The declarator that carries the parameters, if it declares a function (not a pointer to one)."""
    node: Node | None = declarator
    while node is not None and node.type == "pointer_declarator":
        node = node.child_by_field_name("declarator")
    if node is None or node.type != "function_declarator":
        return None
    inner = node.child_by_field_name("declarator")
    return node if inner is not None and inner.type == "identifier" else None


def _parameters(function: Node) -> tuple[str, ...]:
    inside = function.child_by_field_name("parameters")
    found = [p.child_by_field_name("declarator") for p in inside.named_children] if inside else []
    return tuple(name for d in found if d is not None and (name := _name(d)))


def _placed(node: Node) -> tuple[int, str]:
    """(line, comment) of a declaration."""
    return node.start_point[0] + 1, _comment(node)


def _comment(node: Node) -> str:
    """Of comments in a row the lines are joined; one that stands behind other code on its line belongs to that code."""
    found: list[str] = []
    line, before = node.start_point[0], node.prev_sibling
    while before is not None and before.type == "comment" and _last_line(before) >= line - 1:
        found.insert(0, text_of(before))
        line, before = before.start_point[0], before.prev_sibling
    if found and before is not None and before.type != "comment" and _last_line(before) == line:
        found.pop(0)
    return "\n".join(comment_text(comment) for comment in found)


def _last_line(node: Node) -> int:
    """A directive's node ends at the start of the next line."""
    line, column = node.end_point
    return line - 1 if column == 0 else line
