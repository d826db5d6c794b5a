"""Mints fresh held-out tasks: each amplified, its reference graded by its own oracle, and what is unsound replaced.

The same source, seed, count and known tasks give the same pack.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evaluators.gate.amplify import Amplification, amplify
from evaluators.oracles.repository import RepositorySpec
from evaluators.verdict import Kind
from loop.errors import ToolError
from loop.tasks.kata.amplify import misconceptions
from loop.tasks.kata.fresh import Known, rank
from loop.tasks.kata.generate import Composition, ask, spec_of
from loop.tasks.kata.plan import Plan, family_of
from loop.tasks.kata.projects.check import idle
from loop.tasks.kata.projects.generate import project_about
from loop.tasks.task import Pack, Task

if TYPE_CHECKING:
    from evaluators.box.workshop import Workshop
    from evaluators.oracles.session import Oracles

KNOWN, BROKEN, IDLE, THOUGHTLESS = "known already", "reference fails", "passes unchanged", "solved by nothing"
NOT_MADE = "not of this kind"
"""A composition of which a kind of projects makes nothing: no misconception, no slow way, no short tests."""


@dataclass(frozen=True)
class Minted:
    """pack: practice as it was, and the fresh tasks. missing: family -> tasks that could not be made.

    left_out: reason -> candidates that are not asked.
    """

    pack: Pack
    fresh: tuple[Task, ...]
    missing: Mapping[str, int]
    left_out: Mapping[str, int]


def mint(plan: Plan, known: Known, oracles: Oracles, tell: Callable[[int], object] = lambda done: None) -> Minted:
    """Makes what the plan says. tell: hears how many are done. Raises ToolError, EvaluatorError: the grader failed."""
    left = {unit: iter(plan.of(unit)) for unit in plan.quotas}
    owed = dict(plan.quotas)
    made: dict[str, list[Task]] = {unit: [] for unit in plan.quotas}
    left_out: Counter[str] = Counter()
    ids = set(known.ids)
    smith = _Smith(plan, oracles)
    with ThreadPoolExecutor(2 * oracles.workers) as pool:
        while batch := [(unit, c) for unit, n in owed.items() for c in _next(left[unit], n)]:
            for (unit, _), found in zip(batch, pool.map(lambda job: smith.make(*job), batch), strict=True):
                if isinstance(found, Task) and found.id in ids:
                    found = KNOWN
                if isinstance(found, Task):
                    ids.add(found.id)
                    made[unit].append(found)
                    owed[unit] -= 1
                else:
                    left_out[found] += 1
            tell(sum(len(tasks) for tasks in made.values()))
    tasks = tuple(task for unit in plan.quotas for task in made[unit])
    missing: Counter[str] = Counter()
    for unit, n in plan.wanted.items():
        missing[family_of(unit)] += n - len(made.get(unit, ()))
    pack = Pack(plan.name, (*plan.source.split("practice"), *tasks))
    return Minted(pack, tasks, {f: n for f, n in missing.items() if n > 0}, dict(left_out))


def _next(candidates: Iterator[Composition], count: int) -> list[Composition]:
    return [c for _, c in zip(range(count), candidates, strict=False)]


class _Smith:
    """Makes one task at a time, on any number of threads."""

    def __init__(self, plan: Plan, oracles: Oracles) -> None:
        self.plan, self.oracles = plan, oracles

    def make(self, unit: str, composition: Composition) -> Task | str:
        """The task, or why there is none."""
        kind, _, domain = unit.partition(" ")
        return self._project(kind, composition) if domain else self._function(composition)

    def _function(self, composition: Composition) -> Task | str:
        spec, plan = spec_of(composition), self.plan
        found = self._amplified(composition)
        if found.never:
            return THOUGHTLESS
        prompt = ask(composition, spec.signature, self._rng("phrasing", composition))
        spec = replace(spec, edge_cases=found.cases)
        task = Task(plan.name, composition.family.name, plan.split, composition.key, prompt, spec)
        return task if self._passes(task, spec.reference) else BROKEN

    def _project(self, kind: str, composition: Composition) -> Task | str:
        found = project_about(kind, self.plan.split, composition, self._rng(kind, composition))
        if found is None:
            return NOT_MADE
        task = replace(found[1], pack=self.plan.name)
        spec = task.spec
        if isinstance(spec, RepositorySpec) and spec.probe.params == composition.family.params:
            cases = self._amplified(composition).cases
            task = replace(task, spec=replace(spec, probe=replace(spec.probe, edge_cases=cases)))
        if not self._passes(task, getattr(task.spec, "reference")):  # noqa: B009
            return BROKEN
        return IDLE if self._passes(task, idle(task)) else task

    def _amplified(self, composition: Composition) -> Amplification:
        def run(workshop: Workshop) -> Amplification:
            return amplify(workshop, spec_of(composition), others=misconceptions(composition))

        found: Amplification = self.oracles.call(run).result()
        return found

    def _passes(self, task: Task, answer: str) -> bool:
        verdict = self.oracles.grade(task.spec, answer)
        if verdict.kind is Kind.INFRA:
            raise ToolError(
                f"the reference of a {task.family} task could not be graded: {verdict.evidence}",
                fix="run `loop doctor`, then mint again",
            )
        return bool(verdict.passed)

    def _rng(self, what: str, composition: Composition) -> random.Random:
        return random.Random(rank(self.plan.seed, f"{self.plan.split} {what} {composition.name}"))
