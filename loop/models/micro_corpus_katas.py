"""Answers to katas of one function: a misconception where one is held, a slip now and then."""

from __future__ import annotations

import functools
import random
from collections import defaultdict

from loop.models.micro_corpus_flaws import FORMAT_SHARE, SLIP_SHARE, slip
from loop.tasks.kata.generate import Composition, ask, spec_of, split_compositions, write
from loop.tasks.kata.parts import Imperfect


@functools.cache
def by_family() -> dict[str, list[Composition]]:
    """Practice's compositions."""
    found: dict[str, list[Composition]] = defaultdict(list)
    for composition in split_compositions()["practice"]:
        found[composition.family.name].append(composition)
    return dict(found)


def drawn_composition(rng: random.Random) -> Composition:
    """Families take turns in proportion to the square root of their size."""
    families = by_family()
    names = sorted(families)
    return rng.choice(families[rng.choices(names, [len(families[name]) ** 0.5 for name in names])[0]])


def answered(composition: Composition, rng: random.Random) -> tuple[str, str, bool]:
    """(request, answer, whether it is flawed)."""
    choose = Imperfect(rng)
    signature = spec_of(composition).signature
    source = write(composition, signature, choose)
    is_slip = rng.random() < SLIP_SHARE
    if is_slip:
        source = slip(source, rng)
    answer = f"```c\n{source}\n```"
    if rng.random() < FORMAT_SHARE:
        answer = rng.choice((source, f"```c\n{source}", f"{source}\n```"))
    return ask(composition, signature, rng), answer, choose.misconceived or is_slip


def thought(composition: Composition) -> str:
    """The composition spelled out: slot by slot."""
    return "; ".join(f"{slot}: {part.key}" for slot, part in composition.parts.items())
