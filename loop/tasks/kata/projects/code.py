"""C of compositions as projects hold it: parts as functions of their own, constants as macros, mistakes if wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from loop.tasks.kata.generate import Composition
from loop.tasks.kata.parts import Part, Pick, V, layout
from loop.tasks.kata.projects.naming import CAPACITY, MACROS, function_name, helper_name, signature
from loop.tasks.kata.structs import IS_FULL, SLOT

HELPED = ("predicate", "map", "class")
"""Slots whose part may be a function of its own."""
_FROM_ZERO = ("positive", "natural", "above", "atleast", "within")
"""Predicates that take nothing below zero."""
_NEVER_BELOW = ("square", "abs", "floor")
"""Maps that give nothing below zero."""
_PARAM = {"predicate": "int x", "map": "int x", "class": "char c"}
_ARGUMENT = {"predicate": "x", "map": "x", "class": "c"}


@dataclass(frozen=True)
class Subject:
    """A composition and how it is written.

    helped: slots whose part is called as a function of a helper module. macro: the slot whose constant has a name; "".
    capacity: whether the size of a stack or ring has a name. name: what it is called instead of `function_name`.
    """

    composition: Composition
    helped: frozenset[str] = frozenset()
    macro: str = ""
    capacity: bool = False
    name: str = ""

    @property
    def called(self) -> str:
        return self.name or function_name(self.composition)

    @property
    def prototype(self) -> str:
        return signature(self.composition, self.called) + ";"

    @property
    def constant(self) -> tuple[str, int] | None:
        """(name, value) of the macro."""
        if not self.macro:
            return None
        part = self.composition.parts[self.macro]
        return MACROS[part.key], part.constants[0]

    def written(self, wrong: frozenset[str] = frozenset()) -> str:
        """The function. wrong: places (see `places`) where it holds the misconception."""
        composition = self.composition
        lines = composition.family.body(composition.parts, _Wording(self, wrong))
        return layout(signature(composition, self.called), lines) + "\n"

    def said(self, pick: Pick) -> str:
        """What it does, in words; a constant by its name."""
        parts = dict(self.composition.parts)
        if self.macro:
            part = parts[self.macro]
            phrases, nouns = (tuple(_named(t, self.constant) for t in said) for said in (part.phrases, part.nouns))
            parts[self.macro] = replace(part, phrases=phrases, nouns=nouns)
        return self.composition.family.say(parts, pick)

    def misconceptions(self) -> tuple[str, ...]:
        """Places of its text where people get it wrong."""
        return tuple(name for name, part in places(self.composition) if part.wrong and name not in self.helped)


def places(composition: Composition) -> Iterator[tuple[str, Part[Any]]]:
    """What can be got wrong: the slots, and what the families of structs write besides."""
    yield from composition.parts.items()
    if composition.family.name == "push":
        yield "isfull", IS_FULL
    if composition.family.name == "ring":
        yield "slot", SLOT


def mistakable(composition: Composition) -> list[str]:
    """Places whose misconception shows: some make no difference where no value is below zero."""
    keys = {name: part.key for name, part in composition.parts.items()}
    never_below = composition.family.name in ("range", "digits") or keys.get("predicate") in _FROM_ZERO
    harmless = {"odd", "half", "lastdigit"} if never_below else set()
    if keys.get("map") in _NEVER_BELOW or (never_below and keys.get("map") != "negate"):
        harmless.add("largest")
    if never_below and keys.get("map") == "negate":
        harmless.add("smallest")
    return [place for place, part in places(composition) if part.wrong and part.key not in harmless]


class _Wording:
    """A chooser (`loop.tasks.kata.parts.Chooser`)."""

    def __init__(self, subject: Subject, wrong: frozenset[str]) -> None:
        self.subject, self.wrong = subject, wrong

    def __call__(self, part: Part[V]) -> V:
        place = next(name for name, other in places(self.subject.composition) if other is part)
        if place in self.subject.helped:
            call: Any = f"{helper_name(place, part.key)}({_ARGUMENT[place]})"
            return call  # type: ignore[no-any-return]
        chosen: Any = part.wrong[0] if place in self.wrong else part.right[0]
        if place == self.subject.macro:
            chosen = _named(chosen, self.subject.constant)
        if place in ("isfull", "slot") and self.subject.capacity:
            chosen = _named(chosen, (CAPACITY, 8))
        return chosen  # type: ignore[no-any-return]


def _named(text: str, constant: tuple[str, int] | None) -> str:
    return re.sub(rf"\b{constant[1]}\b", constant[0], text) if constant else text


def can_help(slot: str, part: Part[Any]) -> bool:
    """Whether the part can be a function of its own: it does something, without a constant."""
    return slot in HELPED and not part.constants and part.key not in ("all", "same")


def can_name(slot: str, part: Part[Any]) -> bool:
    """Whether the part's constant can be a macro."""
    return slot in ("predicate", "map") and bool(part.constants) and part.constants[0] != 1


@dataclass(frozen=True)
class Helper:
    """A part as a function of its own."""

    slot: str
    part: Part[Any]
    static: bool = False

    @property
    def called(self) -> str:
        return helper_name(self.slot, self.part.key)

    @property
    def prototype(self) -> str:
        return f"{'static ' if self.static else ''}int {self.called}({_PARAM[self.slot]});"

    def written(self, wrong: bool = False) -> str:
        text = self.part.wrong[0] if wrong else self.part.right[0]
        return layout(self.prototype.removesuffix(";"), [f"return {text};"]) + "\n"


def type_of(composition: Composition, capacity: bool) -> str:
    """C of the struct that its functions work on; "" if none."""
    prelude = composition.family.prelude
    if capacity and prelude:
        return f"#define {CAPACITY} 8\n\n" + prelude.replace("[8]", f"[{CAPACITY}]")
    return prelude
