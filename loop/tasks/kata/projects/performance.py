"""Performance: the same in linear time. A fold of every prefix, begun anew each time; a length that is counted anew."""

from __future__ import annotations

import random
from dataclasses import replace

from evaluators.oracles.performance import PerformanceSpec
from evaluators.projects.edits import apply_edits, render_edits
from evaluators.spec import Param
from loop.tasks.kata import ints
from loop.tasks.kata.arrays import UP, A, N
from loop.tasks.kata.generate import Composition
from loop.tasks.kata.parts import Chooser, Slots
from loop.tasks.kata.projects.asked import Asked, pick, probe
from loop.tasks.kata.projects.change import rewritten
from loop.tasks.kata.projects.code import Subject
from loop.tasks.kata.projects.draft import draft
from loop.tasks.kata.projects.naming import function_name

FACTOR = 4.0
LENGTH = "static int length(const char *s) {\n    int n = 0;\n    while (s[n])\n        n++;\n    return n;\n}\n"
OUT = Param("out", "int *", "buffer", mutable=True, of="a")


def faster(composition: Composition, rng: random.Random) -> Asked | None:
    """None for a composition that has no slow way of its own."""
    if composition.family.name == "scan" and composition.parts["extent"].right[0][0] == "s[i]":
        return _counted(composition, rng)
    if composition.family.name == "fold":
        return _prefixes(composition, rng)
    return None


def _counted(composition: Composition, rng: random.Random) -> Asked:
    """`i < length(s)` in the head of a loop."""
    subject = Subject(composition)
    made = draft(subject, rng)
    fast = subject.written()
    slow = fast.replace("; s[i]; ", "; i < length(s); ")
    made.put(slow, of=subject.prototype)
    made.home.functions.insert(0, (LENGTH, ""))
    edit = rewritten(made.home, slow, fast)
    before = made.repository()
    told = probe(subject, made.home.header)
    long = tuple(replace(p, min_len=2000, max_len=2200) for p in told.params)
    measure = replace(told, params=long, edge_cases=())
    spec = PerformanceSpec(before, told, render_edits([edit]), measure=measure, factor=FACTOR)
    why = pick(rng, "The length is counted anew for each character.", "It calls length again and again.")
    text = f"{_lead(subject, rng)} {why}"
    return Asked("performance", subject, text, spec, before, apply_edits(before, [edit]))


def _prefixes(composition: Composition, rng: random.Random) -> Asked:
    """The fold of each prefix: `out[i]` for the first i + 1 elements."""
    family = replace(composition.family, function="running", returns="void", params=(A, N, OUT), body=_running)
    running = Composition(family, composition.parts)
    subject = Subject(running, name=f"running_{function_name(composition)}")
    made = draft(subject, rng)
    fast = subject.written()
    slow = Subject(Composition(replace(family, body=_anew), composition.parts), name=subject.name).written()
    made.put(slow, of=subject.prototype)
    edit = rewritten(made.home, slow, fast)
    before = made.repository()
    told = replace(probe(subject, made.home.header), edge_cases=())
    long = tuple(replace(p, min_len=2600, max_len=2700) for p in told.params)
    spec = PerformanceSpec(before, told, render_edits([edit]), measure=replace(told, params=long), factor=FACTOR)
    why = pick(rng, "It begins anew for each i.", "It walks over a again for each i.")
    text = f"{_lead(subject, rng)} {why} For each i it is about the first i + 1 elements."
    return Asked("performance", subject, text, spec, before, apply_edits(before, [edit]))


def _running(parts: Slots, choose: Chooser) -> list[str]:
    """One walk that notes what it has so far."""
    fold, item = choose(parts["reducer"]), ["int x = a[i];"]
    step = ints.step(choose(parts["predicate"]), fold, choose(parts["map"]))
    return [fold.declare, UP + " {", *item, *step, f"out[i] = {fold.result};", "}"]


def _anew(parts: Slots, choose: Chooser) -> list[str]:
    """A walk for every place."""
    fold = choose(parts["reducer"])
    step = ints.step(choose(parts["predicate"]), fold, choose(parts["map"]))
    inner = ["for (int i = 0; i <= j; i++) {", "int x = a[i];", *step, "}"]
    return ["for (int j = 0; j < n; j++) {", fold.declare, *inner, f"out[j] = {fold.result};", "}"]


def _lead(subject: Subject, rng: random.Random) -> str:
    lead = pick(rng, f"{subject.called} is too slow.", f"Make {subject.called} faster.", f"Speed up {subject.called}.")
    return f"{lead} Keep what it does: {subject.said(rng.choice)}"
