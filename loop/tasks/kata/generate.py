"""Compositions -> tasks in three splits that share no composition.

Two compositions whose references are the same up to names and constants count as one: they go to the same split, so
that the audit never asks for something that practice has under another constant. Compositions that behave alike
although they are written differently are listed in `duplicates.txt` (made by `python -m loop.tasks.kata.behaviour`)
and left out.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evaluators.spec import FunctionSpec
from loop.tasks.kata import arrays, numbers, order, strings, structs
from loop.tasks.kata.amplified import amplified
from loop.tasks.kata.parts import Chooser, Family, Slots, at, layout, reference
from loop.tasks.task import Pack, Split, Task

FAMILIES: tuple[Family, ...] = arrays.FAMILIES + numbers.FAMILIES + strings.FAMILIES + structs.FAMILIES + order.FAMILIES
AUDIT_PER_FAMILY = 9
VAULT_PER_FAMILY = 9
SEED = 20261


@dataclass(frozen=True)
class Composition:
    """A family with one part chosen for each slot, constants filled in."""

    family: Family
    parts: Slots

    @property
    def key(self) -> tuple[str, ...]:
        """Family and part names, without constants: what the splits are disjoint in."""
        return (self.family.name, *(part.key for part in self.parts.values()))

    @property
    def name(self) -> str:
        constants = "".join(f"/{part.constants[0]}" for part in self.parts.values() if part.constants)
        return ".".join(self.key) + constants


def spec_of(composition: Composition) -> FunctionSpec:
    """The composition's function with its reference solution."""
    family = composition.family
    spec = FunctionSpec(family.function, family.returns, family.params, "", family.prelude)
    return FunctionSpec(
        family.function, family.returns, family.params, write(composition, spec.signature, reference), family.prelude
    )


def write(composition: Composition, signature: str, choose: Chooser) -> str:
    """C source of the composition as `choose` would write it."""
    return layout(signature, composition.family.body(composition.parts, choose))


def ask(composition: Composition, signature: str, rng: random.Random) -> str:
    """The user's message: a sentence in one of its phrasings, then what the function looks like."""
    sentence = composition.family.say(composition.parts, rng.choice)
    lead = rng.choice(("Write", "Implement", "Give me"))
    return f"{sentence}\n{lead} this C function:\n{composition.family.prelude}{signature}"


def compositions(family: Family) -> Iterator[Composition]:
    """All meaningful crossings of the family's slots, one per choice of constants."""
    names = [name for name, _ in family.slots]
    for chosen in itertools.product(*(options for _, options in family.slots)):
        parts = dict(zip(names, chosen, strict=True))
        if not family.valid(parts):
            continue
        values = [part.constants or (None,) for part in chosen]
        for constants in itertools.product(*values):
            filled = {
                name: part if value is None else at(part, value)
                for (name, part), value in zip(parts.items(), constants, strict=True)
            }
            yield Composition(family, filled)


def shape(source: str) -> str:
    """The source with names and constants abstracted: equal for near-duplicates."""
    names: dict[str, str] = {}
    out = []
    for token in re.findall(r"[A-Za-z_]\w*|\d+u?|'[^']*'|\S", source):
        if token[0].isalpha() and token not in {
            "int",
            "if",
            "for",
            "while",
            "else",
            "return",
            "char",
            "unsigned",
            "const",
            "break",
        }:
            token = names.setdefault(token, f"v{len(names)}")
        elif token[0].isdigit() or token[0] == "'":
            token = "K"
        out.append(token)
    return " ".join(out)


def _rank(text: str) -> str:
    return hashlib.sha256(f"{SEED}:{text}".encode()).hexdigest()


@functools.cache
def behavioural_duplicates() -> frozenset[str]:
    """Marks (see `mark`) of the compositions that are left out."""
    return frozenset(Path(__file__).with_name("duplicates.txt").read_text().split())


def mark(composition: Composition) -> str:
    """Eight hex digits that stand for a composition in `duplicates.txt`."""
    return hashlib.sha256(composition.name.encode()).hexdigest()[:8]


@functools.cache
def split_compositions() -> dict[Split, tuple[Composition, ...]]:
    """The families' compositions, grouped by shape, each group in one split: practice is what is not held out."""
    out: dict[Split, list[Composition]] = {"practice": [], "audit": [], "vault": []}
    left_out = behavioural_duplicates()
    for family in FAMILIES:
        groups: dict[str, list[Composition]] = defaultdict(list)
        keys: dict[tuple[str, ...], str] = {}  # a key's variants stay together, and so do those of one shape
        for composition in compositions(family):
            if mark(composition) in left_out:
                continue
            form = shape(spec_of(composition).reference)
            groups[keys.setdefault(composition.key, form)].append(composition)
        held = _hold_out(groups, AUDIT_PER_FAMILY + VAULT_PER_FAMILY)
        out["audit"] += [min(groups[form], key=lambda c: _rank(c.name)) for form in held[0::2]]
        out["vault"] += [min(groups[form], key=lambda c: _rank(c.name)) for form in held[1::2]]
        rest = [c for form in groups if form not in held for c in groups[form]]
        out["practice"] += sorted(rest, key=lambda c: _rank(c.name))
    return {split: tuple(found) for split, found in out.items()}


def _hold_out(groups: dict[str, list[Composition]], count: int) -> list[str]:
    """Up to `count` groups to keep from practice; each part goes on being practised in most of its compositions."""
    total = Counter(part for found in groups.values() for c in found for part in _parts(c))
    left = total.copy()
    held: list[str] = []
    for form in sorted(groups, key=_rank):
        loss = Counter(part for c in groups[form] for part in _parts(c))
        if len(held) < count and all(left[part] - lost >= 0.55 * total[part] for part, lost in loss.items()):
            left -= loss
            held.append(form)
    return held


def _parts(composition: Composition) -> list[tuple[str, str]]:
    return [(slot, part.key) for slot, part in composition.parts.items()]


SOLVED_BY_NOTHING = frozenset(
    (
        "edit.star.space.word",
        "masks.clearthem.set.anywhere.plain",
        "masks.setthem.clear.anywhere.plain",
        "pairs.sum.difference.equal",
        "scan.count.space.word",
        "scan.firstat.space.word",
    )
)
"""Compositions that an answer which looks at nothing solves, on every input: found by `loop.tasks.kata.amplify`."""


@functools.cache
def asked() -> tuple[tuple[Split, Composition], ...]:
    """The pack's compositions in its order, practice capped per family."""
    out = []
    for split, found in split_compositions().items():
        seen: Counter[str] = Counter()
        for composition in found:
            seen[composition.family.name] += 1
            if seen[composition.family.name] <= composition.family.limit and composition.name not in SOLVED_BY_NOTHING:
                out.append((split, composition))
    return tuple(out)


@functools.cache
def generate_pack() -> Pack:
    """The kata pack, with the inputs that `amplified.json` adds: functions, then projects. The same everywhere."""
    from loop.tasks.kata.projects.generate import project_tasks  # which is made of what stands here

    tasks = []
    for split, composition in asked():
        spec = replace(spec_of(composition), edge_cases=amplified().get(mark(composition), ()))
        rng = random.Random(_rank("phrasing " + composition.name))
        prompt = ask(composition, spec.signature, rng)
        tasks.append(Task("kata", composition.family.name, split, composition.key, prompt, spec))
    return Pack("kata", (*tasks, *project_tasks()))
