"""Test writing: two checks of one function, which known-bad versions of it fail.

What a check expects is as little arithmetic as can be: what comes of one value that is taken, and of one that is not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from evaluators.oracles.written_tests import WrittenTestsSpec
from evaluators.projects.edits import Edit, apply_edits, render_edits
from evaluators.projects.variants import Variant
from loop.tasks.kata.generate import Composition
from loop.tasks.kata.projects.asked import Asked, pick
from loop.tasks.kata.projects.code import Subject
from loop.tasks.kata.projects.draft import Draft, draft, styled
from loop.tasks.kata.projects.project import test_file
from loop.tasks.kata.projects.values import folded, numbers_of, scanned, texts_of

THRESHOLD = 0.6
MUTANTS = 6
EMPTY = "    return 0;"
_STARTS, _ENDS = "int i = 0;", "i < n;"


def tests(composition: Composition, rng: random.Random) -> Asked | None:
    """None for a composition whose tests would not be short."""
    if composition.family.name not in ("fold", "scan") or _takes_spaces(composition):
        return None
    subject = replace(styled(composition, rng, plain=0.6), macro="")  # who writes tests does not see the constant
    made = draft(subject, rng, tests=True)
    before = made.repository()
    path = test_file(made.home)
    edit = Edit(path, EMPTY, "\n".join(checks(subject)))
    text = subject.written()
    mutants = tuple(_variant(made, name, text, bad) for name, bad in _known_bad(subject))[:MUTANTS]
    equivalent = text.replace("i++", "++i")
    if len(mutants) < 3 or equivalent == text:
        return None
    spec = WrittenTestsSpec(
        before, (path,), mutants, (_variant(made, "counts before", text, equivalent),), render_edits([edit]), THRESHOLD
    )
    lead = pick(rng, f"Write tests for {subject.called}.", f"{subject.called} has no tests yet.")
    request = f"{lead} run_tests returns 0 when all is well. What it does: {subject.said(rng.choice)}"
    return Asked("tests", subject, request, spec, before, apply_edits(before, [edit]))


def _takes_spaces(composition: Composition) -> bool:
    """Whether it looks for spaces besides what it takes: the checks' strings would have to hold more."""
    return "extent" in composition.parts and composition.parts["extent"].key == "afterspace"


def checks(subject: Subject) -> list[str]:
    """The body of `run_tests`: a check that meets nothing to take, and one that meets one thing."""
    composition = subject.composition
    if composition.family.name == "scan":
        first, cases = [], [(f'"{text}"', scanned(composition, text)) for text in texts_of(composition)]
    else:
        other, taken = numbers_of(composition)
        numbers, few = ([taken], 0) if other is None else ([other, taken], 1)
        first = [f"    const int a[] = {{{', '.join(map(str, numbers))}}};"]
        cases = [(f"a, {count}", folded(composition, numbers[:count])) for count in (few, few + 1)]
    found = []
    for i, (arguments, result) in enumerate(cases, 1):
        found += [f"    if ({subject.called}({arguments}) != {result})", f"        return {i};"]
    return [*first, *found, EMPTY]


def _known_bad(subject: Subject) -> Iterator[tuple[str, str]]:
    """(name, the function with one mistake)."""
    text = subject.written()
    for place in subject.misconceptions():
        yield f"misconception {place}", subject.written(frozenset((place,)))
    head, brace, _ = text.partition("{\n")
    unused = " ".join(f"(void){p.name};" for p in subject.composition.family.params)
    for value in (0, 1):
        yield f"always {value}", f"{head}{brace}    {unused}\n    return {value};\n}}\n"
    for name, old, new in (
        ("starts late", _STARTS, "int i = 1;"),
        ("ends early", _ENDS, "i < n - 1;"),
        ("ends early", "; s[i]; ", "; s[i] && s[i + 1]; "),
        ("takes the others", "        if (", "        if (!("),
        ("returns one more", "    return r;", "    return r + 1;"),
    ):
        if text.count(old) == 1:
            changed = text.replace(old, new)
            yield name, _closed(changed) if "(!(" in new else changed


def _closed(text: str) -> str:
    """The condition that `!(` begins gets its second bracket at the end of its line."""
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if "if (!(" in line)
    bare = lines[at].removesuffix(" {")
    lines[at] = bare + ")" + lines[at].removeprefix(bare)
    return "\n".join(lines)


def _variant(made: Draft, name: str, text: str, new: str) -> Variant:
    return Variant(name, ((made.home.source, made.home.source_text().replace(text, new)),))
