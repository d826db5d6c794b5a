"""Does it behave as the reference does? Plain build and sanitizer build, each on all hidden cases in a fresh box.

The cheap stages come first. A pass needs every stage; any one of them can end it. Exit statuses and sanitizer reports
only ever count against a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from signal import Signals

from evaluators.box.observation import End, Limits, Observation, Run
from evaluators.box.source_tree import SourceTree
from evaluators.box.workshop import NOTHING, Workshop
from evaluators.errors import GraderFault, ReferenceBroken
from evaluators.inputs import draw_cases
from evaluators.judge import difference, same
from evaluators.oracles.protocol import Setting, Slow
from evaluators.spec import Case, FunctionSpec
from evaluators.verdict import EVIDENCE, Kind, Verdict

CPU_SECONDS = 0.2
"""What any candidate may use for all its cases; more when the reference is slow (`REFERENCE_TIMES` its own time)."""
REFERENCE_TIMES = 20.0
REFERENCE_LIMITS = Limits(cpu=2.0, wall=30.0)
_MEMORY_REPORT = re.compile(r"allocation-size-too-big|out of memory|out-of-memory|rss limit|calloc-overflow")
_HEADLINE = re.compile(r"(ERROR: (?:Address|Leak)Sanitizer: [^\n]*|[^\n]*runtime error: [^\n]*)")
_SAYS_NO_MORE = re.compile(r"SEGV|BUS|stack-overflow")
_PLACE = re.compile(r" (?:on|for) (?:unknown )?address.*")
_ACCESS = re.compile(r"\b(?:READ|WRITE) of size \d+")
_ADDRESS = re.compile(r"0x[0-9a-f]+|==\d+==")


@dataclass(frozen=True)
class Exam:
    """A function to call, its cases, what the reference showed on them, and the limits that follow from its speed."""

    spec: FunctionSpec
    cases: list[Case]
    expected: list[Observation]
    limits: Limits


def make_exam(spec: FunctionSpec, reference: SourceTree, setting: Setting, workshop: Workshop) -> Exam:
    """Draws the hidden cases of `spec` and sees what `reference` does on them (kept under `setting.key`).

    Raises ReferenceBroken when it fails by itself, GraderFault when the machine is too busy to tell.
    """
    cases = draw_cases(spec, setting.seed, setting.cases)
    kept = setting.cache.expected(setting.key)
    if kept is None:
        run = _run_reference(spec, reference, cases, workshop)
        kept = run.observations, run.cpu
        setting.cache.keep_expected(setting.key, *kept)
    expected, cpu = kept
    return Exam(spec, cases, expected, Limits(cpu=max(CPU_SECONDS, REFERENCE_TIMES * cpu)))


def _run_reference(spec: FunctionSpec, reference: SourceTree, cases: list[Case], workshop: Workshop) -> Run:
    shared_object, failure = workshop.build(reference, "plain")
    if failure:
        raise ReferenceBroken(f"the reference of '{spec.name}' fails: {failure.evidence}")
    run = workshop.observe(shared_object, spec, cases, REFERENCE_LIMITS, "plain")
    if run.end in (End.SLOW, End.SILENT):
        raise GraderFault(f"the reference of '{spec.name}' could not be run: {run.end} {run.note}")
    if run.end is not End.DONE or run.status != 0:
        raise ReferenceBroken(f"the reference of '{spec.name}' fails: {run.end}, status {run.status}")
    return run


def grade_behaviour(
    exam: Exam, tree: SourceTree, workshop: Workshop, *, alone: bool, given: Mapping[str, str] = NOTHING
) -> Verdict:
    """given: texts of the tree that are trusted while they are unchanged, by path.

    Raises GraderFault (a box failed) and, unless `alone`, Slow.
    """
    if refused := workshop.refused(tree, given):
        return Verdict(Kind.TAMPER, refused, cases_total=len(exam.cases))
    verdict = run_build(exam, tree, "plain", workshop, alone=alone)
    if verdict.passed:
        verdict = run_build(exam, tree, "sanitized", workshop, alone=alone)
    elif verdict.kind is Kind.RUNTIME_ERROR and verdict.evidence.startswith(("SIGSEGV", "SIGBUS")):
        named = run_build(exam, tree, "sanitized", workshop, alone=alone)  # what was overrun, and by how much
        if named.kind is Kind.SANITIZER and not _SAYS_NO_MORE.search(named.evidence):
            verdict = named
    return replace(verdict, cases_total=len(exam.cases))


def run_build(exam: Exam, tree: SourceTree, build: str, workshop: Workshop, *, alone: bool) -> Verdict:
    """One build of `tree` on all cases. Raises what `grade_behaviour` raises."""
    shared_object, failure = workshop.build(tree, build)
    if failure:
        return failure

    def accept(i: int, seen: Observation) -> bool:
        return same(exam.spec, exam.expected[i], seen)

    run = workshop.observe(shared_object, exam.spec, exam.cases, exam.limits, build, accept)
    if run.end is End.SLOW:
        if not alone:
            raise Slow
        return Verdict(Kind.TIMEOUT, TOO_SLOW, cases_passed=len(run.observations))
    return judge_run(exam, run, build)


TOO_SLOW = "wall time limit exceeded, twice"
"""Evidence of a verdict that is not kept: another time it may be quicker."""


def judge_run(exam: Exam, run: Run, build: str) -> Verdict:
    """What a run says of the candidate. Raises GraderFault when the box never reached it."""
    where = " under the sanitizers" if build == "sanitized" else ""
    done = len(run.observations)
    match run.end:
        case End.SILENT:
            text = run.noise.decode("utf-8", "replace")[:EVIDENCE]
            raise GraderFault(f"the box ended (status {run.status}) before the candidate was loaded: {text} {run.note}")
        case End.UNLOADABLE:
            return _unloadable(run)
        case End.STOPPED:
            at = done - 1
            text = difference(exam.spec, exam.cases[at], exam.expected[at], run.observations[at])
            return Verdict(Kind.WRONG_ANSWER, (text + where)[:EVIDENCE], cases_passed=at)
        case End.TIMEOUT:
            return Verdict(Kind.TIMEOUT, f"time limit exceeded in case {done + 1}{where}", cases_passed=done)
        case End.MEMORY:
            return Verdict(Kind.MEMORY, f"memory limit exceeded in case {done + 1}{where}", cases_passed=done)
        case End.OUTPUT:
            return Verdict(Kind.OUTPUT_LIMIT, "it prints without end", cases_passed=done)
        case End.FORGED:
            return Verdict(Kind.TAMPER, "it writes to the grader's descriptor", cases_passed=done)
    if run.end is End.DONE and run.status == 0:
        return Verdict(Kind.PASS, cases_passed=done)
    return _died(run, done, where)


def _unloadable(run: Run) -> Verdict:
    note = re.sub(r"/proc/self/fd/\d+: ", "", run.note)
    if any(words in note for words in ("cannot map", "failed to map", "Cannot allocate")):
        return Verdict(Kind.MEMORY, note[:EVIDENCE])
    return Verdict(Kind.COMPILE_ERROR, note[:EVIDENCE])


def _died(run: Run, done: int, where: str) -> Verdict:
    text = run.noise.decode("utf-8", "replace")
    if headline := _HEADLINE.search(text):
        shown = _ADDRESS.sub("", _PLACE.sub("", headline.group())).strip()
        if access := _ACCESS.search(text, headline.end()):
            shown += f", {access.group()}"
        shown = shown[: EVIDENCE - 20]
        kind = Kind.MEMORY if _MEMORY_REPORT.search(shown) else Kind.SANITIZER
        return Verdict(kind, f"{shown} in case {done + 1}", cases_passed=done)
    status = run.status or 0
    if status > 128 and status - 128 in set(Signals):
        name = Signals(status - 128).name
        if name == "SIGXCPU":
            return Verdict(Kind.TIMEOUT, f"CPU limit exceeded in case {done + 1}{where}", cases_passed=done)
        return Verdict(Kind.RUNTIME_ERROR, f"{name} in case {done + 1}{where}", cases_passed=done)
    return Verdict(Kind.RUNTIME_ERROR, f"ended with status {status} in case {done + 1}{where}", cases_passed=done)
