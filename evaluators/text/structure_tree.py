"""What is measured on the syntax trees of a repository: its functions, their size and depth, tokens, globals, macros.

Only units and headers count. A function in a conditional block (other than an include guard) is not there: which of two
branches is compiled is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from evaluators.projects.repository import Repository
from evaluators.text.syntax import parse, text_of, walk

_CONTROL = frozenset(("if_statement", "for_statement", "while_statement", "do_statement", "switch_statement"))
_CONDITIONAL = frozenset(("preproc_if", "preproc_ifdef"))
_STATEMENTS = _CONTROL | frozenset(
    (
        "expression_statement",
        "return_statement",
        "break_statement",
        "continue_statement",
        "goto_statement",
        "labeled_statement",
        "case_statement",
        "declaration",
        "comma_expression",
    )
)


@dataclass(frozen=True)
class Function:
    name: str
    file: str
    node: Node

    @property
    def static(self) -> bool:
        return "static" in [text_of(c) for c in self.node.children if c.type == "storage_class_specifier"]

    @property
    def parameters(self) -> int:
        declarator = function_declarator(self.node)
        parameters = declarator.child_by_field_name("parameters") if declarator else None
        named = [c for c in parameters.named_children if c.type != "comment"] if parameters else []
        return 0 if [text_of(c) for c in named] == ["void"] else len(named)

    @property
    def body(self) -> Node:
        body = self.node.child_by_field_name("body")
        return self.node if body is None else body


@dataclass(frozen=True)
class Code:
    """The trees of a repository's units and headers, by path, and their functions."""

    trees: dict[str, Node]
    functions: tuple[Function, ...]

    def named(self, name: str) -> tuple[Function, ...]:
        return tuple(f for f in self.functions if f.name == name)


def read_code(repository: Repository) -> Code:
    texts = repository.texts
    trees = {path: parse(texts[path]) for path in (*repository.units, *(path for path, _ in repository.headers()))}
    return Code(trees, tuple(f for path, root in trees.items() for f in _functions(path, root)))


def function_declarator(definition: Node) -> Node | None:
    """The part of a definition with its name and its parameters."""
    declarator = definition.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    return declarator


def name_of(definition: Node) -> str:
    declarator = function_declarator(definition)
    name = declarator.child_by_field_name("declarator") if declarator is not None else None
    return text_of(name) if name is not None else ""


def lines(function: Function) -> int:
    """Lines with code on them, or statements where there are more: what stands on one line does not become short."""
    rows = {row for leaf in leaves(function.node) for row in (leaf.start_point.row, leaf.end_point.row)}
    return max(len(rows), sum(node.type in _STATEMENTS for node in walk(function.body)))


def nesting(function: Function) -> int:
    """Control statements within each other, and `?:` within `?:`; an `else if` goes no deeper."""
    deepest, waiting = 0, [(function.body, 0, "")]
    while waiting:
        node, depth, above = waiting.pop()
        chained = node.type == "if_statement" and above == "else_clause"
        if (node.type in _CONTROL and not chained) or node.type == above == "conditional_expression":
            depth += 1
        deepest = max(deepest, depth)
        above = above if node.type == "parenthesized_expression" else node.type
        waiting.extend((child, depth, above) for child in node.children)
    return deepest


def leaves(node: Node) -> Iterator[Node]:
    """Tokens in the order of the text, strings and characters as one each; no comments."""
    return (leaf for leaf, _ in _leaves(node))


def _leaves(node: Node) -> Iterator[tuple[Node, str]]:
    """(token, type of what it is a part of)."""
    waiting = [(node, "")]
    while waiting:
        current, above = waiting.pop()
        if current.type == "comment":
            continue
        if current.type in ("string_literal", "char_literal") or not current.children:
            yield current, above
        else:
            waiting.extend((child, current.type) for child in reversed(current.children))


def tokens(function: Function) -> tuple[str, ...]:
    """The body's tokens with variables and literals made equal; names of called functions, members and types stay."""
    return tuple(_token(leaf, above) for leaf, above in _leaves(function.body) if leaf.end_byte > leaf.start_byte)


def _token(leaf: Node, above: str) -> str:
    if leaf.type in ("string_literal", "char_literal", "number_literal"):
        return "literal"
    return "name" if leaf.type == "identifier" and above != "call_expression" else text_of(leaf)


def calls(function: Function, callee: str) -> int:
    """Calls of `callee` by its name."""
    called = (n.child_by_field_name("function") for n in walk(function.body) if n.type == "call_expression")
    return sum(text_of(name) == callee for name in called if name is not None)


def variables(root: Node) -> Iterator[str]:
    """Names of variables with static storage that can change: at file scope, and static ones in functions."""
    for node, inside, _ in places(root):
        if node.type != "declaration" or (inside and "static" not in _specifiers(node)):
            continue
        for declarator in node.children_by_field_name("declarator"):
            name = _variable(declarator, constant="const" in _qualifiers(node))
            if name:
                yield name


def _variable(declarator: Node, constant: bool) -> str:
    """The name that is declared, "" for a function or for what is constant itself (not only what it points to)."""
    while declarator.type != "identifier":
        if declarator.type == "pointer_declarator":
            constant = "const" in _qualifiers(declarator)
        elif declarator.type == "function_declarator":
            inner = declarator.child_by_field_name("declarator")
            if inner is None or inner.type == "identifier":
                return ""
        below = declarator.child_by_field_name("declarator")
        if below is None:
            named = [c for c in declarator.named_children if c.type.endswith(("declarator", "identifier"))]
            if not named:
                return ""
            below = named[0]
        declarator = below
    return "" if constant else text_of(declarator)


def _specifiers(node: Node) -> list[str]:
    return [text_of(c) for c in node.children if c.type == "storage_class_specifier"]


def _qualifiers(node: Node) -> list[str]:
    return [text_of(c) for c in node.children if c.type == "type_qualifier"]


def places(root: Node) -> Iterator[tuple[Node, bool, bool]]:
    """(node, whether it is in a function, whether in a conditional block), in the order of the text."""
    waiting = [(root, False, False)]
    while waiting:
        node, inside, conditional = waiting.pop()
        yield node, inside, conditional
        inside = inside or node.type == "function_definition"
        conditional = conditional or (node.type in _CONDITIONAL and not is_guard(node))
        waiting.extend((child, inside, conditional) for child in reversed(node.children))


def is_guard(node: Node) -> bool:
    """Whether it is `#ifndef X`, `#define X` around a header."""
    name = node.child_by_field_name("name")
    if node.type != "preproc_ifdef" or name is None or node.children[0].type != "#ifndef":
        return False
    first = next((c for c in node.named_children if c.type != "comment" and c != name), None)
    defined = first.child_by_field_name("name") if first is not None and first.type == "preproc_def" else None
    return defined is not None and text_of(defined) == text_of(name)


def conditionals(root: Node) -> Iterator[str]:
    """The head of each conditional block that is no include guard."""
    for node in walk(root):
        if node.type in _CONDITIONAL and not is_guard(node):
            condition = node.child_by_field_name("condition") or node.child_by_field_name("name")
            yield f"{node.children[0].type} {text_of(condition) if condition is not None else ''}"


def macros(root: Node) -> dict[str, str]:
    """Name -> the definition's text, its layout gone."""
    found = {}
    for node in walk(root):
        name = node.child_by_field_name("name") if node.type in ("preproc_def", "preproc_function_def") else None
        if name is not None:
            found[text_of(name)] = " ".join(text_of(node).split())
    return found


def emptied(repository: Repository, functions: tuple[Function, ...]) -> Repository:
    """The repository with nothing in the bodies of these functions, which return zero bytes of their type."""
    texts = repository.texts
    for function in sorted(functions, key=lambda f: -f.body.start_byte):
        text = texts[function.file].encode("utf-8", "replace")
        new = text[: function.body.start_byte] + _nothing(function.node).encode() + text[function.body.end_byte :]
        texts[function.file] = new.decode("utf-8", "replace")
    return replace(repository, files=tuple(texts.items()))


def _nothing(definition: Node) -> str:
    """A body."""
    kind, declarator = definition.child_by_field_name("type"), definition.child_by_field_name("declarator")
    stars = ""
    while declarator is not None and declarator.type == "pointer_declarator":
        stars, declarator = stars + "*", declarator.child_by_field_name("declarator")
    returned = (text_of(kind) if kind is not None else "int") + stars
    return "{\n}" if returned == "void" else f"{{\n    static {returned} nothing;\n    return nothing;\n}}"


def _functions(path: str, root: Node) -> Iterator[Function]:
    for node, _, conditional in places(root):
        if node.type == "function_definition" and not conditional and (name := name_of(node)):
            yield Function(name, path, node)
