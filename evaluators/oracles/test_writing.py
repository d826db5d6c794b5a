"""Test writing: tests pass on right implementations and fail on known-bad ones; the score is the mutants killed.

Here the candidate is the test, and the implementations are ours. A test cannot know which of them it is linked to but
by what it does: their functions have the same names, nothing else of them is in the box, each run has a process of its
own, and the order is drawn anew each time. What recognises the reference by its code instead (its bytes, its size, its
calls of the C library) fails on the equivalents, some of which are as near to the reference as the mutants are; what
guesses is unsteady, for every mutant is run twice; what defines the function under test itself is refused. A test fails
by returning anything but 0, by a crash, and by not ending.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from evaluators.box.observation import End, Limits, Run
from evaluators.box.symbols import symbols_of
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault, ReferenceBroken
from evaluators.oracles.behaviour import Exam, judge_run
from evaluators.oracles.protocol import Setting, Slow
from evaluators.oracles.written_tests import ENTRY, WrittenTestsSpec, implementation_tree, implementations, tests_tree
from evaluators.projects.edits import EditError
from evaluators.spec import FunctionSpec
from evaluators.verdict import EVIDENCE, Kind, OracleClass, Verdict

CALL = FunctionSpec(ENTRY, "int", (), "")
LIMITS = Limits(cpu=0.5, wall=10.0)
"""Of one run of all tests on one implementation."""
SURVIVORS = 3
"""Mutants that the evidence names."""
UNSTEADY = "the tests say different things of the same implementation"
BAD = "mutant "
"""Names of implementations that the tests are to fail on begin so."""
_NOISE = 160
_order = random.SystemRandom()
Objects = dict[str, bytes]


@dataclass(frozen=True)
class WrittenTestsExam:
    """objects: build -> name of an implementation -> its units as one object. tested: functions that it shows."""

    spec: WrittenTestsSpec
    objects: dict[str, Objects]
    tested: frozenset[str]


class WrittenTestsOracle:
    """Answers are edits (`evaluators.projects.edits`), or the C of one test file where the spec says so."""

    oracle_class: OracleClass = "A"
    executes = True

    def prepare(self, spec: WrittenTestsSpec, setting: Setting, workshop: Workshop) -> WrittenTestsExam:
        objects = {build: dict(_compiled(spec, setting.seed, build, workshop)) for build in ("plain", "sanitized")}
        exam = WrittenTestsExam(spec, objects, symbols_of(objects["plain"][""]).shown)
        verdict = self.grade(exam, spec.reference, workshop, alone=True)
        if not verdict.passed:
            raise ReferenceBroken(f"the reference's tests fail: {verdict.evidence}")
        return exam

    def grade(self, exam: WrittenTestsExam, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        return _Trial(exam, workshop, alone).verdict(answer)

    def normal_form(self, answer: str) -> str:
        """As it stands: without its spec nobody can say whether it is edits or C."""
        return answer


def _compiled(spec: WrittenTestsSpec, seed: int, build: str, workshop: Workshop) -> Iterator[tuple[str, bytes]]:
    for name, repository in implementations(spec, seed).items():
        data, failure = workshop.merge(implementation_tree(spec, repository), build)
        if failure:
            raise ReferenceBroken(f"{name or 'the reference'} does not compile: {failure.evidence}")
        yield name, data


class _Trial:
    """One candidate's tests, tried on all implementations."""

    def __init__(self, exam: WrittenTestsExam, workshop: Workshop, alone: bool) -> None:
        self._exam, self._workshop, self._alone = exam, workshop, alone
        self._mutants = [name for name in exam.objects["plain"] if name.startswith(BAD)]
        self._tests: Objects = {}

    def verdict(self, answer: str) -> Verdict:
        """Raises GraderFault and, unless alone, Slow."""
        try:
            tree = tests_tree(self._exam.spec, answer)
        except EditError as error:
            return Verdict(Kind.FORMAT_ERROR, error.reason[:EVIDENCE], cases_total=len(self._mutants))
        if refused := self._workshop.refused(tree, self._exam.spec.repository.texts):
            return self._failed(Verdict(Kind.TAMPER, refused))
        for build in ("plain", "sanitized"):
            self._tests[build], failure = self._workshop.merge(tree, build)
            if failure:
                return self._failed(failure)
            if own := sorted(symbols_of(self._tests[build]).defined & self._exam.tested):
                return self._failed(Verdict(Kind.TAMPER, f"it defines {own[0]}, which it is to test"))
            if problem := self._wrong_with("", build):
                return self._failed(problem)
        return self._tried()

    def _failed(self, verdict: Verdict) -> Verdict:
        return Verdict(verdict.kind, verdict.evidence, cases_total=len(self._mutants))

    def _tried(self) -> Verdict:
        """Right implementations once more among the mutants, each mutant twice, in an order that nobody knows.

        What the plain build lets live may still be seen by the sanitizers.
        """
        survivors = self._mutants
        for build in ("plain", "sanitized"):
            killed = self._killed(survivors, build)
            if isinstance(killed, Verdict):
                return self._failed(killed)
            survivors = [name for name in survivors if name not in killed]
            if not survivors:
                break
        return self._scored(survivors)

    def _killed(self, mutants: list[str], build: str) -> set[str] | Verdict:
        """Those of the mutants that the tests fail on, or what is wrong with the tests."""
        right = [name for name in self._exam.objects[build] if not name.startswith(BAD)]
        order = [*right, *mutants, *mutants]
        _order.shuffle(order)
        said: dict[str, bool] = {}
        for name in order:
            if not name.startswith(BAD):
                if problem := self._wrong_with(name, build):
                    return problem
            elif said.setdefault(name, killed := self._kills(name, build)) != killed:
                return Verdict(Kind.WRONG_ANSWER, UNSTEADY)
        return {name for name, killed in said.items() if killed}

    def _scored(self, survivors: list[str]) -> Verdict:
        total = len(self._mutants)
        killed, asked = total - len(survivors), math.ceil(self._exam.spec.threshold * total - 1e-9)
        if killed >= asked:
            return Verdict(Kind.PASS, cases_passed=killed, cases_total=total)
        named = ", ".join(name.removeprefix(BAD) for name in survivors[:SURVIVORS])
        more = "" if len(survivors) <= SURVIVORS else f" and {len(survivors) - SURVIVORS} more"
        text = f"{killed} of {total} known-bad implementations fail the tests, {asked} are asked; not {named}{more}"
        return Verdict(Kind.WRONG_ANSWER, text[:EVIDENCE], cases_passed=killed, cases_total=total)

    def _wrong_with(self, name: str, build: str) -> Verdict | None:
        """What happens on a right implementation, if it is anything but a silent 0."""
        run = self._run(name, build)
        where = "another right implementation" if name else "the right implementation"
        if run.end is End.DONE and run.status == 0:
            returned = int.from_bytes(run.observations[0].returned, "little", signed=True)
            text = f"the tests fail on {where}: {ENTRY} returns {returned}"
            return Verdict(Kind.WRONG_ANSWER, text) if returned else None
        if run.end is End.UNLOADABLE and run.note == ENTRY:
            return Verdict(Kind.COMPILE_ERROR, f"it does not define int {ENTRY}(void)")
        verdict = judge_run(Exam(CALL, [()], [], LIMITS), run, build)
        noise = " ".join(run.noise.decode("utf-8", "replace").split())[:_NOISE]
        return Verdict(verdict.kind, f"on {where}: {verdict.evidence} {noise}".strip()[:EVIDENCE])

    def _kills(self, name: str, build: str) -> bool:
        """Whether the tests fail on it. Tests that cannot be linked to it say nothing of it."""
        run = self._run(name, build)
        if run.end is End.DONE and run.status == 0:
            return any(run.observations[0].returned)
        return run.end is not End.UNLOADABLE

    def _run(self, name: str, build: str) -> Run:
        linked, failure = self._workshop.link((self._tests[build], self._exam.objects[build][name]), build)
        if failure:
            raise GraderFault(f"tests and implementation cannot be linked: {failure.evidence}")
        run = self._workshop.observe(linked, CALL, [()], LIMITS, build)
        if run.end is End.SILENT:
            raise GraderFault(f"the box ended (status {run.status}) before the tests were loaded: {run.note}")
        if run.end is End.SLOW and not self._alone:
            raise Slow
        return run
