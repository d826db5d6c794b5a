"""Bug fixes: a misconception in one function, or one in a function and another in what it rests on."""

from __future__ import annotations

import random
from dataclasses import replace

from loop.tasks.kata.generate import Composition
from loop.tasks.kata.projects.asked import Asked, change_of, pick
from loop.tasks.kata.projects.change import replaced_line, rewritten
from loop.tasks.kata.projects.code import Subject, can_help, can_name, mistakable, places
from loop.tasks.kata.projects.draft import Draft, draft, styled
from loop.tasks.kata.projects.symptoms import symptom


def bug_fix(composition: Composition, rng: random.Random) -> Asked | None:
    """One function, one misconception. None when nobody gets the composition wrong."""
    wrong = mistakable(composition)
    if not wrong:
        return None
    place = rng.choice(wrong)
    subject = styled(composition, rng, plain=0.55, keep=(place,))
    made = draft(subject, rng)
    edit = rewritten(made.home, *_broken(made, place))
    named = rng.random() < 0.6
    text = _request(subject, [_symptom(subject, place)] if named or rng.random() < 0.8 else [], named, rng)
    return change_of("bugfix", subject, text, made.repository(), [edit], made.home.header)


def cross_fix(composition: Composition, rng: random.Random) -> Asked | None:
    """Two places, the one used by the other: a helper that is wrong too, or a constant that is to change too."""
    parts = dict(places(composition))
    wrong = mistakable(composition)
    helped = [place for place in wrong if can_help(place, parts[place])]
    named = [place for place, part in parts.items() if can_name(place, part)]
    pairs = [(place, other) for place in helped for other in wrong if place != other]
    if pairs and (not named or rng.random() < 0.6):
        return _with_helper(composition, *rng.choice(pairs), rng)
    if named and wrong:
        return _with_constant(composition, rng.choice(named), rng.choice(wrong), rng)
    return None


def _with_helper(composition: Composition, helped: str, place: str, rng: random.Random) -> Asked:
    subject = Subject(composition, frozenset((helped,)), capacity=bool(composition.family.prelude))
    made = draft(subject, rng)
    edit = rewritten(made.home, *_broken(made, place))
    module, helper = next(found for found in made.helpers.values() if found[1].slot == helped)
    made.put(helper.written(wrong=True), of=helper.prototype)
    edits = [rewritten(module, helper.written(wrong=True), helper.written()), edit]
    noticed = [_symptom(subject, helped), _symptom(subject, place)]
    text = _request(subject, noticed, rng.random() < 0.5, rng)
    return change_of("bugfix-cross", subject, text, made.repository(), edits, made.home.header)


def _with_constant(composition: Composition, named: str, place: str, rng: random.Random) -> Asked:
    subject = Subject(composition, macro=named)
    made = draft(subject, rng)
    edit = rewritten(made.home, *_broken(made, place))
    constant = subject.constant
    assert constant is not None
    name, value = constant
    old, new = f"#define {name} {value + rng.choice((1, 2))}", f"#define {name} {value}"
    before = made.repository()
    before = replace(before, files=tuple((p, t.replace(new, old)) for p, t in before.files))
    edits = [replaced_line(made.macro_file, old, new), edit]
    lead = pick(rng, f"{name} has to be {value} now.", f"Set {name} to {value}.", f"{name} must become {value}.")
    text = lead + " " + _request(subject, [_symptom(subject, place)], rng.random() < 0.5, rng)
    return change_of("bugfix-cross", subject, text, before, edits, made.home.header)


def _broken(made: Draft, place: str) -> tuple[str, str]:
    """(the subject with the misconception, as it should be); the draft is left with the former."""
    right, wrong = made.subject.written(), made.subject.written(frozenset((place,)))
    made.put(wrong, of=made.subject.prototype)
    return wrong, right


def _symptom(subject: Subject, place: str) -> str:
    part = dict(places(subject.composition))[place]
    constant = subject.constant[0] if subject.constant and subject.macro == place else str((*part.constants, "")[0])
    return symptom(place, part.key, constant)


def _request(subject: Subject, noticed: list[str], named: bool, rng: random.Random) -> str:
    wanted, seen = subject.said(rng.choice), " ".join(noticed)
    if named:
        lead = pick(
            rng, f"{subject.called} is wrong.", f"Fix {subject.called}.", f"There is a bug in {subject.called}."
        )
    else:
        lead = pick(rng, "This does not work as it should.", "Wrong results here.", "Please fix this.")
    return " ".join(text for text in (lead, seen, f"Wanted: {wanted}") if text)
