"""Class B: a suite of assertions that runs in the candidate's own process, such as Unity's.

What is done for it: the suite and every header that it sees are the task's, compiled where no unit of the candidate's
can read them; the candidate's object shows it the names that it calls the project by and no others (no `strcmp` of its
own); it may not define or ask for what is the suite's, nor call what leaves or bends the flow of control; the suite is
called case by case, and how many checks each ran and failed is compared outside with what the reference showed; and
the suite has to fail every control. What this cannot defend: candidate and suite share one address space, so code that
finds the suite's counters or its caller's frame (by scanning memory, by an index out of bounds that no sanitizer sees)
can have an assertion counted that did not hold. That is why class B alone never promotes anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from evaluators.box.observation import End, Limits, Observation
from evaluators.box.source_tree import SourceTree
from evaluators.box.symbols import Symbols, symbols_of
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault, ReferenceBroken
from evaluators.oracles.behaviour import TOO_SLOW, Exam, judge_run
from evaluators.oracles.protocol import Setting, Slow
from evaluators.oracles.suite_spec import SUITE_HEADER, SuiteSpec, frames_refused, names_refused, suite_header
from evaluators.projects.edits import EditError, apply_edits, parse_edits, render_edits
from evaluators.projects.repository import Repository
from evaluators.projects.variants import varied
from evaluators.spec import Case, FunctionSpec, Param
from evaluators.verdict import EVIDENCE, Kind, OracleClass, Verdict

CALL = FunctionSpec("suite_case", "int", (Param("index", "int", "scalar"),), "")
LIMITS = Limits(cpu=1.0, wall=10.0)
"""Of all cases together."""
UNIT = "suite.c"
BUILDS = ("plain", "sanitized")


@dataclass(frozen=True)
class SuiteExam:
    """suite: build -> the suite's object. names: that object's. api: those of them that are the project's.

    checks: how many the reference runs in each case, by case. known: names that the reference asks for.
    """

    spec: SuiteSpec
    suite: dict[str, bytes]
    names: Symbols
    api: frozenset[str]
    known: frozenset[str]
    checks: tuple[int, ...] = ()

    @property
    def cases(self) -> list[Case]:
        return [(i,) for i in range(self.spec.cases)]


class SuiteOracle:
    """Answers are edits (`evaluators.projects.edits`)."""

    oracle_class: OracleClass = "B"
    executes = True

    def prepare(self, spec: SuiteSpec, setting: Setting, workshop: Workshop) -> SuiteExam:
        try:
            changed = apply_edits(spec.repository, parse_edits(spec.reference), spec.editable)
        except EditError as error:
            raise ReferenceBroken(f"the suite's reference cannot be applied: {error.reason}") from error
        suite = {build: _merged(_suite_tree(spec, changed), build, workshop, "the suite") for build in BUILDS}
        ours = symbols_of(_merged(changed.tree(), "plain", workshop, "the reference"))
        names = symbols_of(suite["plain"])
        exam = SuiteExam(spec, suite, names, names.wanted & ours.shown, ours.wanted)
        exam = replace(exam, checks=_reference_checks(exam, changed, workshop))
        verdict = _graded(exam, changed, workshop, alone=True)
        if not verdict.passed:
            raise ReferenceBroken(f"the suite fails on the reference: {verdict.kind}, {verdict.evidence}")
        for control in spec.controls:
            verdict = _graded(exam, varied(changed, control), workshop, alone=True)
            if verdict.passed or verdict.kind in (Kind.COMPILE_ERROR, Kind.TAMPER):
                raise ReferenceBroken(f"the suite does not catch '{control.name}': {verdict.kind} {verdict.evidence}")
        return exam

    def grade(self, exam: SuiteExam, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        try:
            after = apply_edits(exam.spec.repository, parse_edits(answer), exam.spec.editable)
        except EditError as error:
            return Verdict(Kind.FORMAT_ERROR, error.reason[:EVIDENCE], cases_total=exam.spec.cases)
        verdict = _graded(exam, after, workshop, alone=alone)
        return replace(verdict, cases_total=exam.spec.cases)

    def normal_form(self, answer: str) -> str:
        """The edits without what stands around them; an answer without edits is its own normal form."""
        try:
            return render_edits(parse_edits(answer))
        except EditError:
            return answer


def _suite_tree(spec: SuiteSpec, changed: Repository) -> SourceTree:
    """The suite with the headers that are pinned for it."""
    pinned = {**dict(changed.headers()), **dict(spec.headers), SUITE_HEADER: suite_header(), UNIT: spec.suite}
    return SourceTree(tuple(pinned.items()), (UNIT,), changed.include)


def _merged(tree: SourceTree, build: str, workshop: Workshop, what: str) -> bytes:
    data, failure = workshop.merge(tree, build)
    if failure:
        raise ReferenceBroken(f"{what} does not compile: {failure.evidence}")
    return data


def _reference_checks(exam: SuiteExam, changed: Repository, workshop: Workshop) -> tuple[int, ...]:
    """Checks by case, as the reference shows them. Raises ReferenceBroken for a case that checks nothing."""
    objects = _merged(_exported(exam, changed), "plain", workshop, "the reference"), exam.suite["plain"]
    linked, failure = workshop.link(objects, "plain")
    if failure:
        raise ReferenceBroken(f"suite and reference cannot be linked: {failure.evidence}")
    run = workshop.observe(linked, CALL, exam.cases, LIMITS, "plain")
    if run.end in (End.SILENT, End.SLOW):
        raise GraderFault(f"the suite could not be run: {run.end} {run.note}")
    if run.end is not End.DONE or run.status != 0:
        raise ReferenceBroken(f"the suite fails on the reference: {run.end}, status {run.status} {run.note}")
    seen = [_read(observation) for observation in run.observations]
    if bad := [i for i, (failed, checks, _) in enumerate(seen) if failed or not checks]:
        raise ReferenceBroken(f"the reference fails case {bad[0]} of the suite, or nothing is checked there")
    return tuple(checks for _, checks, _ in seen)


def _exported(exam: SuiteExam, after: Repository) -> SourceTree:
    """The candidate's units, which show the suite what it asks for and nothing else."""
    return replace(after.tree(), exports=tuple(sorted(exam.api)))


def _graded(exam: SuiteExam, after: Repository, workshop: Workshop, *, alone: bool) -> Verdict:
    """Both builds. Raises GraderFault and, unless `alone`, Slow."""
    tree = _exported(exam, after)
    if refused := workshop.refused(tree, exam.spec.repository.texts) or frames_refused(after):
        return Verdict(Kind.TAMPER, refused)
    for build in BUILDS:
        verdict = _run(exam, tree, build, workshop, alone=alone)
        if not verdict.passed:
            break
    return verdict


def _run(exam: SuiteExam, tree: SourceTree, build: str, workshop: Workshop, *, alone: bool) -> Verdict:
    data, failure = workshop.merge(tree, build)
    if failure:
        return failure
    if problem := names_refused(symbols_of(data), exam.names, exam.api, exam.known):
        return Verdict(Kind.TAMPER, problem)
    linked, failure = workshop.link((data, exam.suite[build]), build)
    if failure:
        return failure

    def accept(i: int, seen: Observation) -> bool:
        return _read(seen)[:2] == (0, exam.checks[i])

    run = workshop.observe(linked, CALL, exam.cases, LIMITS, build, accept)
    if run.end is End.SLOW:
        if not alone:
            raise Slow
        return Verdict(Kind.TIMEOUT, TOO_SLOW, cases_passed=len(run.observations))
    if run.end is End.STOPPED:
        at = len(run.observations) - 1
        return Verdict(Kind.WRONG_ANSWER, _told(at, exam.checks[at], run.observations[at]), cases_passed=at)
    return judge_run(Exam(CALL, exam.cases, [], LIMITS), run, build)


def _read(seen: Observation) -> tuple[int, int, int]:
    """(checks that failed, checks that were run, line of the first that failed) of a case; see `suite.h`."""
    value = int.from_bytes(seen.returned, "little")
    return value & 0xFF, value >> 8 & 0xFFF, value >> 20


def _told(at: int, expected: int, seen: Observation) -> str:
    failed, checks, line = _read(seen)
    if failed:
        return f"case {at} of the suite: {failed} of {checks} checks failed, the first on line {line}"
    return f"case {at} of the suite: {checks} checks were run, {expected} expected"
