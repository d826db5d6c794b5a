"""Is a task fit to be asked? Its reference must hold however it is built, cheap answers and small mistakes must fail.

with Oracles(...) as oracles:
    print(Gate(oracles).check(spec))
"""

from __future__ import annotations

import threading
from typing import Any

from evaluators.box.workshop import Workshop
from evaluators.errors import EvaluatorError, ReferenceBroken
from evaluators.gate.cheats import signature_of, tampering, thoughtless
from evaluators.gate.mutation import MutationReport, mutation_report, subjects
from evaluators.gate.other_types import answer_of, changes_score, refused_answers, unsteady
from evaluators.gate.reference import RUNS, reference_problems
from evaluators.gate.results import Checked, Results
from evaluators.inputs import draw_cases
from evaluators.oracles.protocol import Spec
from evaluators.oracles.registry import oracle_for
from evaluators.oracles.repository import RepositorySpec
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Kind

THRESHOLD = 0.9
"""The mutation score below which a task is weak."""


class Gate:
    """Checks tasks with the hidden cases of one `Oracles`. May be asked by many threads, but by none of its pool's."""

    def __init__(self, oracles: Oracles, *, results: Results | None = None, runs: int = RUNS) -> None:
        """results: what was found before, and is not looked for again. runs: times that a reference is run."""
        self._oracles = oracles
        self._results = results
        self._runs = runs
        self._tampered: dict[tuple[str, ...], list[str]] = {}
        self._lock = threading.Lock()

    def check(self, spec: Spec, *, fresh: bool = False) -> Checked:
        """What there is to say against the task. Raises EvaluatorError when the grader itself cannot go on."""
        key = f"{self._oracles.hash(spec)}|{self._runs}"
        if self._results and not fresh and (known := self._results.get(key)):
            return known
        try:
            found = self._function(spec) if isinstance(spec, FunctionSpec) else self._other(spec)
        except ReferenceBroken as error:
            found = Checked(spec.type, (error.message,))
        if self._results:
            self._results.keep(key, found)
        return found

    def _function(self, spec: FunctionSpec) -> Checked:
        problems = self._own_answer(spec, spec.reference)
        if problems:
            return Checked(spec.type, tuple(problems))
        cases = draw_cases(spec, self._oracles.seed, self._oracles.cases)

        def examined(workshop: Workshop) -> tuple[list[str], MutationReport | None]:
            made = subjects(workshop, spec, cases, thoughtless(spec))
            found = reference_problems(workshop, made, self._runs)
            return found, None if found else mutation_report(workshop, made)

        problems, report = self._oracles.call(examined).result()
        if report is None:
            return Checked(spec.type, tuple(problems))
        problems = [f"{name} passes all {len(cases)} cases" for name in report.passed]
        # a tampering answer that also returns a constant proves nothing where constants pass
        return _checked(spec, problems or self._tampering(spec), report)

    def _own_answer(self, spec: Spec, answer: str) -> list[str]:
        """What the oracle says against our own answer. Raises ReferenceBroken, EvaluatorError."""
        oracle, setting = oracle_for(spec), self._oracles.setting(spec)
        self._oracles.call(lambda workshop: oracle.prepare(spec, setting, workshop)).result()
        verdict = self._oracles.grade(spec, answer)
        if verdict.kind is Kind.INFRA:
            raise EvaluatorError(f"the reference could not be graded: {verdict.evidence}", fix="try again")
        return [] if verdict.passed else [f"the reference is judged {verdict.kind}: {verdict.evidence}"]

    def _tampering(self, spec: FunctionSpec) -> list[str]:
        """What such answers try does not depend on the task, so one task of each signature stands for all."""
        key = signature_of(spec)
        with self._lock:
            if key not in self._tampered:
                self._tampered[key] = self._passing(spec, list(tampering(spec).items()))
            return self._tampered[key]

    def _passing(self, spec: Spec, answers: list[tuple[str, str]]) -> list[str]:
        verdicts = self._oracles.grade_many((name, spec, answer) for name, answer in answers)
        return sorted(f"{name} passes" for name, verdict in verdicts if verdict.passed)

    def _other(self, spec: Spec) -> Checked:
        answer = answer_of(spec)
        problems = self._own_answer(spec, answer)
        if problems:
            return Checked(spec.type, tuple(problems))
        problems = self._passing(spec, refused_answers(spec))
        problems += unsteady(self._oracles, spec, answer, self._runs)
        report = changes_score(self._oracles, spec) if isinstance(spec, RepositorySpec) else None
        return _checked(spec, problems, report)


def _checked(spec: Any, problems: list[str], report: MutationReport | None) -> Checked:
    if report is None:
        return Checked(spec.type, tuple(problems))
    return Checked(
        spec.type,
        tuple(problems),
        report.score,
        report.mutants,
        report.killed,
        report.equivalent,
        report.same_code,
        report.survivors,
    )


def judged(found: Checked, threshold: float = THRESHOLD) -> Checked:
    """The same, with a problem more when the mutation score is below the threshold."""
    if found.mutation_score is None or found.mutation_score >= threshold:
        return found
    few = (
        f"weak: {found.killed} of {found.mutants - found.equivalent} mutants are noticed, {threshold:.0%} are asked for"
    )
    return found.with_problem(few)
