"""The shape of C: what two pieces of code have in common when they differ in names, layout, braces and brackets.

It finds what n-grams of tokens miss: one pair of braces more changes eight of them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from evaluators.text.syntax import parse

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES = frozenset(("identifier", "field_identifier", "type_identifier", "statement_identifier"))
_PUNCTUATION = frozenset("(){};,")


def tree_sha256(code: str) -> str | None:
    """Identity of the syntax tree; None for what is no whole C (edits, code with errors), which has no tree to trust.

    Names count by their order of appearance, a block of one statement as that statement, brackets around an expression
    as the expression.
    """
    root = parse(code)
    if root.has_error:
        return None
    source = code.encode("utf-8", "replace")
    seen: dict[bytes, bytes] = {}
    parts: list[bytes] = []
    closing: list[bytes] = []  # of the nodes that are open
    cursor = root.walk()  # makes each node once, which takes a third of the time of going by lists of children
    while True:
        node = cursor.node
        assert node is not None
        kind = node.type
        if node.child_count and kind != "comment":
            bare = _is_bare(node)
            parts.append(b"" if bare else kind.encode() + b"(")
            closing.append(b"" if bare else b")")
            cursor.goto_first_child()
            continue
        if kind != "comment" and kind not in _PUNCTUATION:
            text = source[node.start_byte : node.end_byte]
            parts.append(seen.setdefault(text, b"v%d" % len(seen)) if kind in _NAMES else text)
        while closing and not cursor.goto_next_sibling():
            parts.append(closing.pop())
            cursor.goto_parent()
        if not closing:
            return hashlib.sha256(b"\0".join(filter(None, parts))).hexdigest()


def _is_bare(node: Node) -> bool:
    """Whether a node says no more than what is in it."""
    if node.type == "compound_statement":
        return sum(child.type != "comment" for child in node.named_children) == 1
    return node.type == "parenthesized_expression"
