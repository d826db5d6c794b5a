"""C text as a syntax tree (tree-sitter): for structure that is asked for, for mutants, for what is documented."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import tree_sitter_c
from tree_sitter import Language, Node, Parser


@functools.cache
def _language() -> Language:
    return Language(tree_sitter_c.language())


def parse(source: str) -> Node:
    """The root of the tree; errors are nodes of type ERROR (`Node.has_error`). Offsets are in bytes of UTF-8."""
    return Parser(_language()).parse(source.encode("utf-8", "replace")).root_node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def text_of(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def functions(root: Node) -> dict[str, Node]:
    """Function definitions by name."""
    found = {}
    for node in walk(root):
        if node.type == "function_definition" and (name := _declared_name(node)):
            found[name] = node
    return found


def _declared_name(definition: Node) -> str:
    declarator = definition.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "identifier":
        declarator = declarator.child_by_field_name("declarator")
    return text_of(declarator) if declarator is not None else ""
