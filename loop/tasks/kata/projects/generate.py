"""The projects of the kata pack: whose subject is practised is practised, whose is held out is held out.

What a project's change writes, tests or speeds up is its subject, a composition of the pack; it lies in the split of
that composition. What merely stands beside it comes from practice.
"""

from __future__ import annotations

import functools
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path

from evaluators.projects.ground_truth import ground_truth
from loop.tasks.kata.generate import Composition, asked
from loop.tasks.kata.projects import bugfix, feature, performance, written_tests
from loop.tasks.kata.projects.asked import Asked
from loop.tasks.kata.projects.draft import is_short
from loop.tasks.kata.projects.naming import DOMAINS
from loop.tasks.task import Split, Task

Make = Callable[[Composition, random.Random], Asked | None]
KINDS: Mapping[str, Make] = {
    "bugfix": bugfix.bug_fix,
    "cross": bugfix.cross_fix,
    "feature": feature.feature,
    "wide": feature.wide_feature,
    "tests": written_tests.tests,
    "performance": performance.faster,
}
SHARES: Mapping[Split, Mapping[str, int]] = {
    "practice": {"bugfix": 56, "cross": 22, "feature": 30, "wide": 20, "tests": 40, "performance": 16},
    "audit": {"bugfix": 5, "cross": 3, "feature": 3, "wide": 2, "tests": 4, "performance": 2},
    "vault": {"bugfix": 5, "cross": 3, "feature": 3, "wide": 2, "tests": 4, "performance": 2},
}
"""Split -> kind -> projects of each domain, at most."""
UNSOUND = Path(__file__).with_name("unsound.txt")


@functools.cache
def unsound() -> frozenset[str]:
    """Ids of tasks that a wrong version passes or that the reference does not: see `loop.tasks.kata.projects.check`."""
    return frozenset(UNSOUND.read_text().split())


def project_tasks() -> Iterator[Task]:
    """In the pack's order; the same on every machine."""
    return drafted(unsound())


def drafted(without: Set[str]) -> Iterator[Task]:
    """As many as the shares say; others take the place of those whose ids are in `without`."""
    for split, shares in SHARES.items():
        subjects = [c for s, c in asked() if s == split and c.family.name in DOMAINS and is_short(c)]
        for kind, count in shares.items():
            left = dict.fromkeys(DOMAINS.values(), count)
            for composition in sorted(subjects, key=lambda c: _rank(f"{kind} {c.name}")):
                domain = DOMAINS[composition.family.name]
                rng = random.Random(_rank(f"{kind} {composition.name}"))
                made = project_about(kind, split, composition, rng) if left[domain] else None
                if made is not None and made[1].id not in without:
                    left[domain] -= 1
                    yield made[1]


def drawn(kind: str, rng: random.Random) -> tuple[Asked, Task] | None:
    """Any project of the kind whose subject practice has: there are many more than the pack holds."""
    return project_about(kind, "practice", rng.choice(practised()), rng)


@functools.cache
def practised() -> tuple[Composition, ...]:
    """Practice's compositions that a project may be about."""
    return tuple(c for split, c in asked() if split == "practice" and c.family.name in DOMAINS and is_short(c))


def project_about(kind: str, split: Split, composition: Composition, rng: random.Random) -> tuple[Asked, Task] | None:
    """A project of the kind whose subject is the composition; None when the kind can make nothing of it."""
    made = KINDS[kind](composition, rng)
    if made is None:
        return None
    truth = ground_truth(made.before, made.after, made.request)
    family = f"{made.type}-{DOMAINS[composition.family.name]}"
    key = (made.type, *composition.key)
    return made, Task("kata", family, split, key, made.request, made.spec, type=made.type, truth=truth)


def _rank(text: str) -> str:
    return hashlib.sha256(f"project {text}".encode()).hexdigest()
