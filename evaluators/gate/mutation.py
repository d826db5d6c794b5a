"""The mutation score of a function's hidden cases: the share of small mistakes that they notice.

Stages, each on the survivors of the one before it: the plain build on the cases; the optimised code (a mutant that
compiles to the reference's code is no mistake: trivial compiler equivalence, Papadakis et al., 2015); the sanitizer
build on the cases; a search through further inputs of the task's own domains, plain and sanitized. What even that
cannot tell from the reference is equivalent on the domain, and does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluators.box.workshop import Workshop
from evaluators.gate.kill_matrix import Versions, build_versions, kill_matrix
from evaluators.gate.mutate import Mutant, mutants
from evaluators.gate.same_code import Optimised, optimised
from evaluators.gate.search import SEARCH, search_cases
from evaluators.spec import Case, FunctionSpec


@dataclass(frozen=True)
class MutationReport:
    """mutants: those that compile. equivalent: those of them that are no mistake on the task's domain.

    same_code: the part of `equivalent` that the compiler proved. survivors: descriptions of mutants that the cases miss
    although another input kills them. passed: names of the other answers that no case refuses.
    """

    mutants: int
    killed: int
    equivalent: int
    same_code: int
    survivors: tuple[str, ...]
    passed: tuple[str, ...] = ()

    @property
    def killable(self) -> int:
        return self.mutants - self.equivalent

    @property
    def score(self) -> float | None:
        """None: no mutant can be killed, so nothing is known."""
        return self.killed / self.killable if self.killable else None


@dataclass(frozen=True)
class Subjects:
    """The reference with everything that is to fail, compiled together. made: the mutants, by number from 1.

    others: names of further answers, by the numbers after those. alive: what the cases miss in the plain build.
    optimised: the optimised code of the reference and of what is alive.
    """

    spec: FunctionSpec
    cases: Sequence[Case]
    made: Mapping[int, Mutant]
    others: Mapping[int, str]
    plain: Versions
    alive: frozenset[int]
    optimised: Optimised


def subjects(
    workshop: Workshop, spec: FunctionSpec, cases: Sequence[Case], others: Mapping[str, str] | None = None
) -> Subjects:
    """Mutants of the reference, and further answers (name -> C). Raises GraderFault when they cannot be compiled."""
    made = dict(enumerate(mutants(spec.reference), start=1))
    named = dict(enumerate(others or {}, start=len(made) + 1))
    sources = {n: mutant.source for n, mutant in made.items()} | {n: (others or {})[name] for n, name in named.items()}
    plain = build_versions(workshop, spec, sources, "plain")
    alive = _survivors(workshop, plain, set(plain.sources), cases)
    quick = optimised(workshop, spec, {n: plain.sources[n] for n in alive})
    return Subjects(spec, cases, made, named, plain, frozenset(alive), quick)


def mutation_report(workshop: Workshop, subjects: Subjects, *, search: int = SEARCH) -> MutationReport:
    """What the cases make of the subjects. Raises ReferenceBroken, GraderFault."""
    spec, made, plain = subjects.spec, subjects.made, subjects.plain
    same = subjects.optimised.same & set(made)
    alive = set(subjects.alive - same)
    sanitized = build_versions(workshop, spec, {n: plain.sources[n] for n in alive}, "sanitized") if alive else None
    alive = _survivors(workshop, sanitized, alive, subjects.cases)
    passed = tuple(subjects.others[n] for n in sorted(alive & set(subjects.others)))
    alive -= set(subjects.others)
    further = search_cases(spec, search) if alive else []
    unseen = _survivors(workshop, plain, alive, further)
    unseen = _survivors(workshop, sanitized, unseen, further)
    total = len(set(plain.sources) & set(made))
    missed = tuple(_named(made[n]) for n in sorted(alive - unseen))
    return MutationReport(total, total - len(same) - len(alive), len(same) + len(unseen), len(same), missed, passed)


def _survivors(workshop: Workshop, built: Versions | None, asked: set[int], cases: Sequence[Case]) -> set[int]:
    """Those of `asked` that no case kills."""
    if not asked or built is None:
        return set()
    matrix = kill_matrix(workshop, built.only(asked), cases, first=True)
    return {number for number, kills in matrix.kills.items() if not kills}


def _named(mutant: Mutant) -> str:
    return f"{mutant.operator}, {mutant.description}"
