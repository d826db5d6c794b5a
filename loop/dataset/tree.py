"""The shape of C: what two pieces of code have in common when they differ in names, layout, braces and brackets.

It finds what n-grams of tokens miss: one pair of braces more changes eight of them.
"""

from __future__ import annotations

import hashlib

from evaluators.text.syntax import parse, text_of

_NAMES = frozenset(("identifier", "field_identifier", "type_identifier", "statement_identifier"))
_PUNCTUATION = frozenset("(){};,")


def tree_sha256(code: str) -> str | None:
    """Identity of the syntax tree; None for what is no whole C (edits, or code with errors), which has no tree to trust.

    Names count by their order of appearance, a block of one statement as that statement, brackets around an expression
    as the expression.
    """
    root = parse(code)
    if root.has_error:
        return None
    seen: dict[str, str] = {}
    parts: list[str] = []
    waiting = [(root, False)]
    while waiting:
        node, left = waiting.pop()
        if left:
            parts.append(")")
            continue
        kind = node.type
        if kind == "comment" or kind in _PUNCTUATION:
            continue
        children = node.children
        if not children:
            text = text_of(node)
            parts.append(seen.setdefault(text, f"v{len(seen)}") if kind in _NAMES else text)
            continue
        bare = kind == "parenthesized_expression"
        bare = bare or (kind == "compound_statement" and sum(c.is_named and c.type != "comment" for c in children) == 1)
        if not bare:
            parts.append(kind + "(")
            waiting.append((node, True))
        waiting.extend((child, False) for child in reversed(children))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
