"""Drafts a project around a subject: its module, the helpers that it calls, and what merely stands beside it."""

from __future__ import annotations

import functools
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from evaluators.projects.repository import Repository
from loop.tasks.kata.generate import Composition, asked
from loop.tasks.kata.projects.code import Helper, Subject, can_help, can_name, type_of
from loop.tasks.kata.projects.naming import DOMAINS, MODULES, kind_of
from loop.tasks.kata.projects.project import (
    CONFIG,
    Module,
    config_text,
    empty_tests,
    makefile,
    repository,
    test_file,
)

MOST_LINES = 15
"""Of a function: a longer one makes prompts too long for the smallest models."""
MOST_FILES = 7


@dataclass
class Draft:
    """subject: its function is in `home`. helpers: name of a part's helper -> (its module, it). others: further files.

    macros: (name, value) of the config header; () when there is none.
    """

    subject: Subject
    home: Module
    modules: list[Module]
    helpers: dict[str, tuple[Module, Helper]]
    macros: list[tuple[str, int]] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)

    def repository(self) -> Repository:
        config = {CONFIG: config_text(self.macros)} if self.macros else {}
        return repository(self.modules, {**self.others, **config})

    @property
    def macro_file(self) -> str:
        """Where the subject's constant is defined."""
        return CONFIG if self.macros else self.home.header

    def put(self, text: str, *, of: str) -> None:
        """The function with the prototype `of` reads so."""
        for module in self.modules:
            module.functions = [(text, p) if p == of else (old, p) for old, p in module.functions]


@functools.cache
def bystanders() -> dict[str, tuple[Composition, ...]]:
    """Kind of module -> practice's compositions for it that are short enough."""
    found: dict[str, list[Composition]] = defaultdict(list)
    for split, composition in asked():
        if split == "practice" and composition.family.name in DOMAINS and is_short(composition):
            found[kind_of(composition)].append(composition)
    return {kind: tuple(those) for kind, those in found.items()}


def is_short(composition: Composition) -> bool:
    return Subject(composition).written().count("\n") <= MOST_LINES


def draft(subject: Subject, rng: random.Random, *, tests: bool = False) -> Draft:
    """A project that holds the subject, as it should be. tests: whether it has a file for tests, without any yet."""
    composition = subject.composition
    kind = kind_of(composition)
    home = Module(rng.choice(MODULES[kind]), type_of(composition, subject.capacity))
    out = Draft(subject, home, [home], {})
    for slot in sorted(subject.helped):
        _add_helper(out, Helper(slot, composition.parts[slot]), rng)
    near = _others(subject, kind, rng, 1 if rng.random() < 0.7 else 2)
    far = _neighbour(out, rng)
    if far:
        out.modules.append(far[0])
    if not out.helpers and not subject.macro and rng.random() < 0.4:
        _add_foreign_helper(out, [*near, *(far[1] if far else [])], rng)
    functions = [(subject.written(), subject.prototype), *(_written(c, out, home) for c in near)]
    rng.shuffle(functions)
    home.functions += functions
    home.uses += [module.name for slot in subject.helped for module in [_helper_of(out, slot)]]
    if far:
        far[0].functions += [_written(c, out, far[0]) for c in far[1]]
    _place_macro(out, rng)
    if tests:
        out.others[test_file(home)] = empty_tests(home)
    _add_others(out, rng)
    return out


def styled(composition: Composition, rng: random.Random, *, plain: float = 0.45, keep: Sequence[str] = ()) -> Subject:
    """The composition in one of the ways a project may write it. plain: how often with nothing outside of it.

    keep: slots that stay in the function.
    """
    helpable = [slot for slot, part in composition.parts.items() if can_help(slot, part) and slot not in keep]
    nameable = [slot for slot, part in composition.parts.items() if can_name(slot, part)]
    capacity = bool(composition.family.prelude) and rng.random() < 0.5
    if rng.random() < plain:
        return Subject(composition, capacity=capacity)
    helped = frozenset(helpable if rng.random() < 0.3 else rng.sample(helpable, min(1, len(helpable))))
    macro = rng.choice(nameable) if nameable and (not helped or (len(helped) == 1 and rng.random() < 0.3)) else ""
    return Subject(composition, helped, macro, capacity)


def _helper_of(out: Draft, slot: str) -> Module:
    return out.helpers[Helper(slot, out.subject.composition.parts[slot]).called][0]


def _add_helper(out: Draft, helper: Helper, rng: random.Random) -> None:
    """In the module of its slot, which is made when there is none."""
    names = MODULES[helper.slot]
    module = next((m for m in out.modules if m.name in names), None)
    if module is None:
        module = Module(rng.choice(names))
        out.modules.append(module)
    module.functions.append((helper.written(), helper.prototype))
    out.helpers[helper.called] = (module, helper)


def _add_foreign_helper(out: Draft, others: Sequence[Composition], rng: random.Random) -> None:
    """One that only what stands beside the subject calls."""
    own = {(slot, part.key) for slot, part in out.subject.composition.parts.items()}
    found = [
        Helper(slot, part)
        for c in others
        for slot, part in c.parts.items()
        if can_help(slot, part) and (slot, part.key) not in own
    ]
    if found:
        _add_helper(out, rng.choice(found), rng)


def _others(subject: Subject, kind: str, rng: random.Random, count: int) -> list[Composition]:
    """Compositions beside the subject's in its module: now and then one that it shares parts with."""
    found: list[Composition] = []
    names = {subject.called}
    own = {part.key for part in subject.composition.parts.values()}
    while len(found) < count:
        drawn = [c for c in rng.sample(bystanders()[kind], 6) if Subject(c).called not in names]
        near = max(drawn, key=lambda c: len(own & {part.key for part in c.parts.values()}))
        found.append(near if rng.random() < 0.5 else drawn[0])
        names.add(Subject(found[-1]).called)
    return found


def _neighbour(out: Draft, rng: random.Random) -> tuple[Module, list[Composition]] | None:
    """Another module, of another kind."""
    if len(out.modules) > 2 or (out.helpers and out.subject.macro):
        return None  # there are files enough
    if rng.random() > (0.35 if out.helpers else 0.85):
        return None
    kind = rng.choice([k for k in sorted(bystanders()) if k != kind_of(out.subject.composition)])
    first, second = rng.sample(bystanders()[kind], 2)
    several = rng.random() < 0.5 and Subject(first).called != Subject(second).called
    return Module(rng.choice(MODULES[kind]), type_of(first, False)), [first, second] if several else [first]


def _written(composition: Composition, out: Draft, module: Module) -> tuple[str, str]:
    """A function that stands beside the subject: it calls what helpers there are."""
    helped = {}
    for slot, part in composition.parts.items():
        if can_help(slot, part) and Helper(slot, part).called in out.helpers:
            helped[slot] = out.helpers[Helper(slot, part).called][0].name
    module.uses += helped.values()
    capacity = out.subject.capacity and module is out.home
    other = Subject(composition, frozenset(helped), capacity=capacity)
    return other.written(), other.prototype


def _place_macro(out: Draft, rng: random.Random) -> None:
    constant = out.subject.constant
    if constant is None:
        return
    if rng.random() < 0.5:
        out.macros, out.home.config = [constant], True
    else:
        line = f"#define {constant[0]} {constant[1]}"
        out.home.head = f"{line}\n\n{out.home.head}" if out.home.head else line


def _add_others(out: Draft, rng: random.Random) -> None:
    room = MOST_FILES - 2 * len(out.modules) - len(out.others) - bool(out.macros)
    if room > 0 and rng.random() < 0.35:
        out.others["Makefile"] = makefile(out.modules)
        room -= 1
    if room > 0 and rng.random() < 0.3:
        out.others.setdefault(test_file(out.home), empty_tests(out.home))
