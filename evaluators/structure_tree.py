"""What is measured on the syntax trees of a repository: its functions, their size and depth, tokens, globals, macros.

Only units and headers count. A function in a conditional block (other than an include guard) is not there: which of two
branches is compiled is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from evaluators.repository import Repository
from evaluators.syntax import parse, text_of, walk

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
    deepest, waiting = 0, [(function.body, 0)]
    while waiting:
        node, depth = waiting.pop()
        parent = node.parent
        chained = node.type == "if_statement" and parent is not None and parent.type == "else_clause"
        if (node.type in _CONTROL and not chained) or _nested_choice(node):
            depth += 1
        deepest = max(deepest, depth)
        waiting.extend((child, depth) for child in node.children)
    return deepest


def _nested_choice(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        parent = parent.parent
    return node.type == "conditional_expression" and parent is not None and parent.type == "conditional_expression"


def leaves(node: Node) -> Iterator[Node]:
    """Tokens in the order of the text, strings and characters as one each; no comments."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.type == "comment":
            continue
        if current.type in ("string_literal", "char_literal") or not current.children:
            yield current
        else:
            waiting.extend(reversed(current.children))


def tokens(function: Function) -> tuple[str, ...]:
    """The body's tokens with variables and literals made equal; names of called functions, members and types stay."""
    return tuple(_token(leaf) for leaf in leaves(function.body) if leaf.end_byte > leaf.start_byte)


def _token(leaf: Node) -> str:
    if leaf.type in ("string_literal", "char_literal", "number_literal"):
        return "literal"
    if leaf.type == "identifier" and not (leaf.parent is not None and leaf.parent.type == "call_expression"):
        return "name"
    return text_of(leaf)


def calls(function: Function, callee: str) -> int:
    """Calls of `callee` by its name."""
    called = (n.child_by_field_name("function") for n in walk(function.body) if n.type == "call_expression")
    return sum(text_of(name) == callee for name in called if name is not None)


def variables(root: Node) -> Iterator[str]:
    """Names of variables with static storage that can change: at file scope, and static ones in functions."""
    for node in walk(root):
        if node.type != "declaration" or (_in_function(node) and "static" not in _specifiers(node)):
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


def _in_function(node: Node) -> bool:
    return any(a.type == "function_definition" for a in ancestors(node))


def ancestors(node: Node) -> Iterator[Node]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def is_guard(node: Node) -> bool:
    """Whether it is `#ifndef X`, `#define X` around a header."""
    name = node.child_by_field_name("name")
    inside = [c for c in node.named_children if c.type != "comment" and c != name]
    if node.type != "preproc_ifdef" or name is None or not inside or not text_of(node).startswith("#ifndef"):
        return False
    defined = inside[0].child_by_field_name("name") if inside[0].type == "preproc_def" else None
    return defined is not None and text_of(defined) == text_of(name)


def conditionals(root: Node) -> Iterator[str]:
    """The first line of each conditional block that is no include guard."""
    for node in walk(root):
        if node.type in _CONDITIONAL and not is_guard(node):
            yield " ".join(text_of(node).splitlines()[0].split())


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
    for node in walk(root):
        if node.type == "function_definition" and (name := name_of(node)):
            hidden = any(a.type in _CONDITIONAL and not is_guard(a) for a in ancestors(node))
            if not hidden:
                yield Function(name, path, node)
