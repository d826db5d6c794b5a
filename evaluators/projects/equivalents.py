"""Right implementations that differ from the given one by a few bytes of code: `a < b` becomes `b > a`.

Who compares machine code with a copy of the source, and calls what is nearly the same a mutant, calls these so too.
"""

from __future__ import annotations

import random

from tree_sitter import Node

from evaluators.projects.repository import Repository
from evaluators.projects.variants import Variant
from evaluators.text.syntax import functions, parse, text_of, walk

_TURNED = {b"<": b">", b">": b"<", b"<=": b">=", b">=": b"<=", b"==": b"==", b"!=": b"!=", b"+": b"+", b"*": b"*"}
_ORDERED = frozenset(("call_expression", "assignment_expression", "update_expression", "comma_expression"))
"""What may not change places: its order could be seen."""


def near_equivalents(repository: Repository, rng: random.Random, count: int) -> tuple[Variant, ...]:
    """Up to `count` of them, each with the operands of one operator in the other order."""
    places = [(unit, turned) for unit in repository.units for turned in _turned(repository.texts[unit])]
    chosen = rng.sample(places, min(count, len(places)))
    return tuple(Variant(f"near {i}", (place,)) for i, place in enumerate(chosen, 1))


def _turned(source: str) -> list[str]:
    """The source once for each operator in a function that can be turned round."""
    data = source.encode()
    found = [node for body in functions(parse(source)).values() for node in walk(body) if _can_turn(node)]
    return [_written(data, node).decode() for node in found]


def _can_turn(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    if node.type != "binary_expression" or operator is None or operator.text not in _TURNED:
        return False
    return not any(inner.type in _ORDERED or inner.is_error for inner in walk(node))


def _written(data: bytes, node: Node) -> bytes:
    left, operator, right = (node.child_by_field_name(name) for name in ("left", "operator", "right"))
    assert left is not None and operator is not None and right is not None
    turned = f"({text_of(right)}) {_TURNED[operator.text or b''].decode()} ({text_of(left)})"
    return data[: node.start_byte] + turned.encode() + data[node.end_byte :]
