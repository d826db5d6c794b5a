"""Compositions that no known task coincides with: what fresh audit tasks are made of.

Coincides: has the same parts (whatever the constants), the same C up to names and constants, or behaves the same - by
`duplicates.txt`, which covers all compositions, and once more by running both on shared inputs.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evaluators.spec import FunctionSpec
from loop.tasks.kata.behaviour import fingerprints
from loop.tasks.kata.generate import (
    SOLVED_BY_NOTHING,
    Composition,
    behavioural_duplicates,
    compositions,
    mark,
    shape,
    spec_of,
)
from loop.tasks.kata.parts import Family
from loop.tasks.task import Task

Key = tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What was asked before. keys: of compositions, those of projects' subjects too. sources: family -> references.

    practised: (family, place of the slot, part) of everything that practice shows.
    """

    ids: frozenset[str]
    keys: frozenset[Key]
    sources: Mapping[str, frozenset[str]]
    practised: frozenset[tuple[str, int, str]]


def known_of(tasks: Iterable[Task]) -> Known:
    """What these tasks, of any pack, make known."""
    ids, keys, practised = set[str](), set[Key](), set[tuple[str, int, str]]()
    sources: dict[str, set[str]] = defaultdict(set)
    for task in tasks:
        key = task.composition if task.truth is None else task.composition[1:]
        ids.add(task.id)
        keys.add(key)
        if task.split == "practice":
            practised |= {(key[0], i, part) for i, part in enumerate(key[1:])}
        if isinstance(task.spec, FunctionSpec):
            sources[task.family].add(task.spec.reference)
    return Known(
        frozenset(ids), frozenset(keys), {f: frozenset(found) for f, found in sources.items()}, frozenset(practised)
    )


def rank(seed: int, text: str) -> str:
    """What a draw is ordered by: the same on every machine."""
    return hashlib.sha256(f"mint {seed}: {text}".encode()).hexdigest()


def fresh(family: Family, known: Known, seed: int) -> list[Composition]:
    """One composition a key and form that nothing known has, in the order of the seed.

    Each of its parts is one that practice shows, as with the pack's own held-out tasks.
    """
    taken = {shape(source) for source in known.sources.get(family.name, ())}
    variants: dict[Key, list[Composition]] = defaultdict(list)
    for composition in compositions(family):
        if composition.key not in known.keys and _is_practised(composition.key, known):
            variants[composition.key].append(composition)
    found = []
    for key in sorted(variants, key=lambda key: rank(seed, ".".join(key))):
        forms = {shape(spec_of(c).reference) for c in variants[key]}
        sound = [c for c in variants[key] if mark(c) not in behavioural_duplicates()]
        sound = [c for c in sound if c.name not in SOLVED_BY_NOTHING]
        if forms & taken or not sound:
            continue
        taken |= forms
        found.append(min(sound, key=lambda c: rank(seed, c.name)))
    return found


def apart(family: Family, candidates: Sequence[Composition], known: Known) -> list[Composition]:
    """Those of the candidates that behave like nothing known and like none before them, on shared inputs.

    References are run outside the sandbox, so only what the families themselves write is: another pack's text is
    compared by its form alone.
    """
    if not candidates:
        return []
    texts = known.sources.get(family.name, frozenset())
    ours = [spec for c in compositions(family) if c.key in known.keys and (spec := spec_of(c)).reference in texts]
    bare = [replace(spec, edge_cases=()) for spec in (*ours, *(spec_of(c) for c in candidates))]
    prints = fingerprints(bare)
    seen, found = set(prints[: len(ours)]), []
    for composition, behaviour in zip(candidates, prints[len(ours) :], strict=True):
        if behaviour not in seen:
            seen.add(behaviour)
            found.append(composition)
    return found


def _is_practised(key: Key, known: Known) -> bool:
    return all((key[0], i, part) in known.practised for i, part in enumerate(key[1:]))
