"""Mutants: a function with one small mistake each, made on the syntax tree.

The mistakes are the classic ones (relational, arithmetic, logical, bitwise and assignment operators, constants,
conditions, deleted statements, jumps, off-by-one indices and returns, swapped operands; Jia and Harman, 2011). A mutant
need not compile; whoever compiles them finds out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from evaluators.gate.mutators import Edit, edits_of
from evaluators.text.source_text import normalise
from evaluators.text.syntax import functions, parse, text_of

LIMIT = 40
"""Mutants that are kept of one source by default."""
SHOWN = 40
"""Characters of old and new text in a description."""


@dataclass(frozen=True)
class Mutant:
    """operator: the class of the mistake. line: where, from 1. source: the whole text with the mistake in it."""

    operator: str
    line: int
    description: str
    source: str


def mutants(source: str, names: Collection[str] | None = None, limit: int = LIMIT) -> list[Mutant]:
    """At most `limit` mutants of the functions called `names` (None: of all), spread over the operators.

    Deterministic; no two have the same normal form, and none has the source's.
    """
    by_operator: dict[str, list[Mutant]] = defaultdict(list)
    seen = {normalise(source)}
    for name, definition in functions(parse(source)).items():
        if names is not None and name not in names:
            continue
        for operator, edit in edits_of(definition):
            mutant = _applied(source, operator, edit)
            form = normalise(mutant.source)
            if form not in seen:
                seen.add(form)
                by_operator[operator].append(mutant)
    return _spread(by_operator, limit)


def _spread(by_operator: dict[str, list[Mutant]], limit: int) -> list[Mutant]:
    """Round after round one of each operator, in an order that follows from the mutants' own text."""
    waiting = [sorted(found, key=_rank) for _, found in sorted(by_operator.items())]
    chosen: list[Mutant] = []
    while any(waiting) and len(chosen) < limit:
        for found in waiting:
            if found and len(chosen) < limit:
                chosen.append(found.pop())
    return sorted(chosen, key=lambda m: (m.line, m.operator, m.description))


def _rank(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.source.encode("utf-8", "replace")).hexdigest()


def _applied(source: str, operator: str, edit: Edit) -> Mutant:
    data, node = source.encode("utf-8", "replace"), edit.node
    changed = data[: node.start_byte] + edit.text.encode() + data[node.end_byte :]
    line = node.start_point[0] + 1
    description = f"line {line}: `{_shown(text_of(node))}` -> `{_shown(edit.text)}`"
    return Mutant(operator, line, description, changed.decode("utf-8", "replace"))


def _shown(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN else flat[: SHOWN - 1] + "…"
