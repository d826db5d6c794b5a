"""Mutators: for a node of the syntax tree, the texts that it becomes when somebody makes a small mistake there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from evaluators.text.syntax import text_of, walk


@dataclass(frozen=True)
class Edit:
    """Replace the node's text by `text`."""

    node: Node
    text: str


def edits_of(definition: Node) -> Iterator[tuple[str, Edit]]:
    """(operator, edit) of all mistakes in a function's body, in the order of the text."""
    body = definition.child_by_field_name("body")
    if body is None:
        return
    for node in walk(body):
        for operator, mutate in _MUTATORS.get(node.type, ()):
            for edit in mutate(node):
                yield operator, edit


Mutator = Callable[[Node], Iterator[Edit]]

_RELATIONAL = {
    "<": ("<=", "!=", ">="),
    "<=": ("<", "==", ">"),
    ">": (">=", "!=", "<="),
    ">=": (">", "==", "<"),
    "==": ("!=", "<=", ">="),
    "!=": ("==", "<", ">"),
}
_ARITHMETIC = {"+": ("-", "*"), "-": ("+",), "*": ("+", "/"), "/": ("*", "%"), "%": ("/", "*")}
_LOGICAL = {"&&": ("||",), "||": ("&&",)}
_BITWISE = {"&": ("|", "^"), "|": ("&", "^"), "^": ("|", "&"), "<<": (">>",), ">>": ("<<",)}
_ASSIGNMENT = {
    **{"+=": ("-=", "="), "-=": ("+=", "="), "*=": ("+=", "="), "/=": ("*=", "="), "%=": ("/=", "=")},
    **{"&=": ("|=", "="), "|=": ("&=", "="), "^=": ("|=", "="), "<<=": (">>=", "="), ">>=": ("<<=", "=")},
}
_UPDATE = {"++": ("--",), "--": ("++",)}
_NOT_COMMUTATIVE = ("-", "/", "%", "<<", ">>")


def _replacing(table: Mapping[str, tuple[str, ...]]) -> Mutator:
    """Mutator that writes another operator where the table has one."""

    def mutate(node: Node) -> Iterator[Edit]:
        operator = node.child_by_field_name("operator")
        if operator is not None:
            for other in table.get(text_of(operator), ()):
                yield Edit(operator, other)

    return mutate


def _constant(node: Node) -> Iterator[Edit]:
    """c + 1, c - 1, 0 and -c; a size or a label only moves by one, as other values would not compile."""
    text = text_of(node)
    value = int(text, 0) if text.isdigit() and (text == "0" or text[0] != "0") else None
    fixed = node.parent is not None and node.parent.type in ("array_declarator", "case_statement", "enumerator")
    yield Edit(node, f"({text} + 1)" if value is None else str(value + 1))
    yield Edit(node, f"({text} - 1)" if value is None else str(value - 1) if value else "(-1)")
    if not fixed:
        yield Edit(node, "0")
        if node.type == "number_literal":
            yield Edit(node, f"(-{text})")


def _negated(node: Node) -> Iterator[Edit]:
    condition = node.child_by_field_name("condition")
    if condition is not None:
        inner = _bare(condition)
        yield Edit(inner, f"!({text_of(inner)})")


def _decided(node: Node) -> Iterator[Edit]:
    """Always, never. A loop is only told never: one without end shows nothing that a person would get wrong."""
    condition = node.child_by_field_name("condition")
    if condition is not None:
        inner = _bare(condition)
        yield Edit(inner, "0")
        if node.type in ("if_statement", "conditional_expression"):
            yield Edit(inner, "1")


def _bound(node: Node) -> Iterator[Edit]:
    """One round more or less than `i < n`."""
    condition = node.child_by_field_name("condition")
    for compared in walk(condition) if condition is not None else ():
        right = compared.child_by_field_name("right")
        operator = compared.child_by_field_name("operator")
        if right is not None and operator is not None and text_of(operator) in _RELATIONAL:
            yield Edit(right, f"{text_of(right)} + 1")
            yield Edit(right, f"{text_of(right)} - 1")


def _bare(condition: Node) -> Node:
    """Without the parentheses of `if (...)`."""
    inside = [child for child in condition.children if child.is_named]
    return inside[0] if condition.type == "parenthesized_expression" and len(inside) == 1 else condition


def _deleted(node: Node) -> Iterator[Edit]:
    """Not the last statement of a function that returns: that would not compile."""
    parent = node.parent
    last = parent is not None and parent.parent is not None and parent.parent.type == "function_definition"
    if last and parent is not None and node.type == "return_statement" and node == parent.named_children[-1]:
        return
    if text_of(node) != ";":
        yield Edit(node, ";")


def _without_sign(node: Node) -> Iterator[Edit]:
    operator, argument = node.child_by_field_name("operator"), node.child_by_field_name("argument")
    if operator is not None and argument is not None and text_of(operator) in ("-", "~", "!"):
        yield Edit(node, f"({text_of(argument)})")


def _one_off(field: str) -> Mutator:
    def mutate(node: Node) -> Iterator[Edit]:
        inner = node.child_by_field_name(field)
        if inner is not None:
            for sign in "+-":
                yield Edit(inner, f"{text_of(inner)} {sign} 1")

    return mutate


def _returned(node: Node) -> Iterator[Edit]:
    value = next((child for child in node.children if child.is_named and child.type != "comment"), None)
    if value is not None:
        for sign in "+-":
            yield Edit(value, f"({text_of(value)}) {sign} 1")


def _other_jump(node: Node) -> Iterator[Edit]:
    """A `break` of a `switch` only where a loop is around it."""
    above = node.parent
    while above is not None and above.type not in ("for_statement", "while_statement", "do_statement"):
        above = above.parent
    if above is not None:
        yield Edit(node, "continue;" if node.type == "break_statement" else "break;")


def _swapped(node: Node) -> Iterator[Edit]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if left is None or right is None or operator is None or text_of(operator) not in _NOT_COMMUTATIVE:
        return
    yield Edit(node, f"({text_of(right)}) {text_of(operator)} ({text_of(left)})")


def _swapped_arguments(node: Node) -> Iterator[Edit]:
    arguments = node.child_by_field_name("arguments")
    values = [text_of(a) for a in arguments.named_children] if arguments is not None else []
    if arguments is not None and len(values) > 1:
        yield Edit(arguments, f"({', '.join([values[1], values[0], *values[2:]])})")


_CHOICE = (("condition", _negated), ("condition", _decided))
_MUTATORS: dict[str, tuple[tuple[str, Mutator], ...]] = {
    "binary_expression": (
        ("relational", _replacing(_RELATIONAL)),
        ("arithmetic", _replacing(_ARITHMETIC)),
        ("logical", _replacing(_LOGICAL)),
        ("bitwise", _replacing(_BITWISE)),
        ("swap", _swapped),
    ),
    "assignment_expression": (("assignment", _replacing(_ASSIGNMENT)),),
    "update_expression": (("direction", _replacing(_UPDATE)),),
    "unary_expression": (("sign", _without_sign),),
    "number_literal": (("constant", _constant),),
    "char_literal": (("constant", _constant),),
    "if_statement": (*_CHOICE, ("deletion", _deleted)),
    "conditional_expression": _CHOICE,
    "for_statement": (*_CHOICE, ("bound", _bound)),
    "while_statement": (*_CHOICE, ("bound", _bound)),
    "do_statement": (("condition", _decided),),
    "expression_statement": (("deletion", _deleted),),
    "return_statement": (("return", _returned), ("deletion", _deleted)),
    "break_statement": (("jump", _other_jump), ("deletion", _deleted)),
    "continue_statement": (("jump", _other_jump), ("deletion", _deleted)),
    "subscript_expression": (("index", _one_off("index")),),
    "call_expression": (("swap", _swapped_arguments),),
}
