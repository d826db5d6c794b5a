"""Features: a new function where it belongs, declared in the header; some bring a helper or a constant of their own."""

from __future__ import annotations

import random

from loop.tasks.kata.generate import Composition
from loop.tasks.kata.projects.asked import Asked, change_of, pick
from loop.tasks.kata.projects.change import added, declared
from loop.tasks.kata.projects.code import Helper, Subject, can_help, can_name
from loop.tasks.kata.projects.draft import Draft, draft, styled


def feature(composition: Composition, rng: random.Random) -> Asked:
    """A function; what it may call is there already."""
    subject = styled(composition, rng, plain=0.6)
    if subject.macro:
        subject = Subject(composition, subject.helped, capacity=subject.capacity)
    made = _without(draft(subject, rng))
    home = made.home
    for slot in sorted(subject.helped):
        called = Helper(slot, composition.parts[slot]).called
        home.uses.append(made.helpers[called][0].name)
    edits = [added(home, [subject.written()]), declared(home.header, [subject.prototype])]
    return change_of("feature", subject, _request(subject, "", rng), made.repository(), edits, home.header)


def wide_feature(composition: Composition, rng: random.Random) -> Asked | None:
    """A function and what it rests on: a static function for one of its parts, or a constant in its header."""
    helpable = [slot for slot, part in composition.parts.items() if can_help(slot, part)]
    nameable = [slot for slot, part in composition.parts.items() if can_name(slot, part)]
    if helpable and (not nameable or rng.random() < 0.7):
        return _with_helper(composition, rng.choice(helpable), rng)
    return _with_constant(composition, rng.choice(nameable), rng) if nameable else None


def _with_helper(composition: Composition, slot: str, rng: random.Random) -> Asked | None:
    made = _without(draft(Subject(composition), rng))
    helper = Helper(slot, composition.parts[slot], static=True)
    if helper.called in made.helpers:
        return None
    subject = Subject(composition, frozenset((slot,)))
    made.subject = subject
    edits = [added(made.home, [helper.written(), subject.written()]), declared(made.home.header, [subject.prototype])]
    more = pick(rng, f"Make {helper.called} a static function of its own.", f"Write a static {helper.called} for it.")
    return change_of("feature", subject, _request(subject, more, rng), made.repository(), edits, made.home.header)


def _with_constant(composition: Composition, slot: str, rng: random.Random) -> Asked:
    made = _without(draft(Subject(composition), rng))
    subject = made.subject = Subject(composition, macro=slot)
    assert subject.constant is not None
    name, value = subject.constant
    edits = [
        added(made.home, [subject.written()]),
        declared(made.home.header, [subject.prototype, "", f"#define {name} {value}"]),
    ]
    more = pick(rng, f"Define {name} as {value} in the header.", f"{name} is a new macro, {value}.")
    return change_of("feature", subject, _request(subject, more, rng), made.repository(), edits, made.home.header)


def _without(made: Draft) -> Draft:
    """The draft before its subject was written."""
    made.home.functions = [f for f in made.home.functions if f[1] != made.subject.prototype]
    return made


def _request(subject: Subject, more: str, rng: random.Random) -> str:
    what = subject.prototype.removesuffix(";")
    lead = pick(rng, "Add a function", "We need a function", "Please add")
    return " ".join(text for text in (f"{lead}: {what}. {subject.said(rng.choice)}", more) if text)
