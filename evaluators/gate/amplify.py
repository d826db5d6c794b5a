"""Amplification: extra inputs under which mutants die that a task's hidden cases may miss.

The rule: every mutant that can be killed - by one of the inputs that `search_cases` draws from the task's own domains,
plain or under the sanitizers - is killed by a case that no seed changes: an edge case of the spec, or one of the
domain's extremes. Random draws come on top; nothing hangs on their luck. The inputs are a greedy set cover
(Chvátal, 1979), each then made as small as it can be. Answers that look at nothing count as mutants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluators.box.workshop import Workshop
from evaluators.gate.cheats import thoughtless
from evaluators.gate.kill_matrix import Versions, build_versions, kill_matrix
from evaluators.gate.mutate import mutants
from evaluators.gate.search import SEARCH, search_cases
from evaluators.gate.shrink import smaller, weight
from evaluators.inputs import draw_cases
from evaluators.spec import Case, FunctionSpec

MUTANTS = 160
"""Far more than the gate samples: inputs that only fit the gate's own mutants would prove little."""
EXTREMES = 9
SHRINKS = 8
"""Rounds of making inputs smaller."""


@dataclass(frozen=True)
class Amplification:
    """cases: new edge cases. versions: mutants and thoughtless answers. already: killed without the new cases.

    never: names of thoughtless answers that no input tells from the reference: such a task asks for nothing.
    """

    cases: tuple[Case, ...]
    versions: int
    killable: int
    already: int
    never: tuple[str, ...] = ()


def fixed_cases(spec: FunctionSpec) -> list[Case]:
    """The hidden cases that are the same under every seed: its edge cases, and those of the extremes without a draw."""
    drawn = [draw_cases(replace(spec, edge_cases=()), seed, EXTREMES)[:EXTREMES] for seed in (1, 2, 3)]
    always = [case for case in drawn[0] if case in drawn[1] and case in drawn[2]]
    return list(dict.fromkeys([*spec.edge_cases, *always]))


def amplify(
    workshop: Workshop, spec: FunctionSpec, *, others: Sequence[str] = (), search: int = SEARCH
) -> Amplification:
    """others: further sources that are to die. Raises GraderFault when the reference itself cannot be run."""
    cheats = thoughtless(spec)
    made = [mutant.source for mutant in mutants(spec.reference, limit=MUTANTS)]
    sources = dict(enumerate([*cheats.values(), *others, *made], start=1))
    fixed = fixed_cases(spec)
    pool = sorted(set(search_cases(spec, search)) - set(fixed), key=weight)
    plain = build_versions(workshop, spec, sources, "plain")
    early = _kills(workshop, plain, fixed)
    open_versions = {n for n in plain.sources if not early[n]}
    kills = _kills(workshop, plain.only(open_versions), pool)
    needed = {n: set(kills[n]) for n in open_versions if kills[n]}
    chosen = _cover(needed, pool)
    cases = _shrunk(workshop, plain, spec, chosen)
    unseen = open_versions - set(needed)
    more, extra, early_too = _sanitized(workshop, spec, plain, unseen, [*fixed, *cases], pool)
    names = tuple(name for n, name in enumerate(cheats, start=1) if n in unseen - extra - early_too)
    already = len(plain.sources) - len(open_versions) + len(early_too)
    return Amplification((*cases, *more), len(plain.sources), already + len(needed) + len(extra), already, names)


def _kills(workshop: Workshop, built: Versions, cases: list[Case]) -> dict[int, tuple[int, ...]]:
    return kill_matrix(workshop, built, cases).kills


def _cover(needed: dict[int, set[int]], pool: list[Case]) -> list[tuple[Case, set[int]]]:
    """(input, the versions that it has to kill), each version with one input; of equal inputs the lightest."""
    by_case: dict[int, set[int]] = defaultdict(set)
    for version, numbers in needed.items():
        for number in numbers:
            by_case[number].add(version)
    left, chosen = set(needed), []
    while left:
        best = max(sorted(by_case), key=lambda number: len(by_case[number] & left))
        chosen.append((pool[best], by_case[best] & left))
        left -= by_case[best]
    return chosen


def _shrunk(workshop: Workshop, plain: Versions, spec: FunctionSpec, chosen: list[tuple[Case, set[int]]]) -> list[Case]:
    """Each input as light as it can be while it kills what it has to; all of them in one run a round."""
    for _ in range(SHRINKS):
        tried = [(i, case) for i, (old, _) in enumerate(chosen) for case in smaller(spec, old)]
        if not tried:
            break
        duty = set[int]().union(*(versions for _, versions in chosen))
        kills = {n: set(found) for n, found in _kills(workshop, plain.only(duty), [c for _, c in tried]).items()}
        better: dict[int, Case] = {}
        for number, (i, case) in enumerate(tried):  # the lightest first
            if i not in better and all(number in kills[version] for version in chosen[i][1]):
                better[i] = case
        if not better:
            break
        chosen = [(better.get(i, case), versions) for i, (case, versions) in enumerate(chosen)]
    return list(dict.fromkeys(case for case, _ in chosen))


def _sanitized(
    workshop: Workshop, spec: FunctionSpec, plain: Versions, unseen: set[int], fixed: list[Case], pool: list[Case]
) -> tuple[list[Case], set[int], set[int]]:
    """(inputs, versions) that only the sanitizers tell from the reference, and the versions that `fixed` kills so.

    The pool is sorted by weight and a run ends at a version's first kill: its lightest input.
    """
    if not unseen:
        return [], set(), set()
    sources = {n: plain.sources[n] for n in unseen}
    built = build_versions(workshop, spec, sources, "sanitized")
    first = {
        n: found[0] for n, found in kill_matrix(workshop, built, [*fixed, *pool], first=True).kills.items() if found
    }
    early = {n for n, number in first.items() if number < len(fixed)}
    late = {n: number - len(fixed) for n, number in first.items() if n not in early}
    return [pool[number] for number in sorted(set(late.values()))], set(late), early
