"""One candidate through the stages: text, plain build, cases, sanitizer build, the same cases again.

The cheap stages come first. A pass needs every stage; any one of them can end it. Exit statuses and sanitizer reports
only ever count against a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from signal import Signals

from evaluators.compile import CompileBox
from evaluators.driver import Drivers, shape_of
from evaluators.errors import GraderFault
from evaluators.judge import difference, same
from evaluators.object_audit import audit_object
from evaluators.observation import End, Limits, Observation, Run
from evaluators.observe import observe
from evaluators.source_text import forbidden, with_prelude
from evaluators.spec import Case, FunctionSpec
from evaluators.toolchain import Toolchain
from evaluators.verdict import Kind, Verdict

EVIDENCE = 600
SANITIZED_TIMES = 3.0
"""How much more CPU time the sanitizer build may use."""
_MEMORY_REPORT = re.compile(r"allocation-size-too-big|out of memory|out-of-memory|rss limit|calloc-overflow")
_HEADLINE = re.compile(r"(ERROR: AddressSanitizer: [^\n]*|[^\n]*runtime error: [^\n]*)")
_ADDRESS = re.compile(r"0x[0-9a-f]+|==\d+==")


@dataclass(frozen=True)
class Exam:
    """A spec with its cases, the reference's observations on them, and the limits that follow from its speed."""

    spec: FunctionSpec
    cases: list[Case]
    expected: list[Observation]
    limits: Limits


class Slow(Exception):
    """The wall limit passed with little CPU used: to be tried again when nothing else runs."""


class Grader:
    """What one worker thread owns. Not shared between threads: its compile box dies with the thread that started it."""

    def __init__(self, tools: Toolchain, drivers: Drivers, server: bytes) -> None:
        self._tools = tools
        self._drivers = drivers
        self._compiler = CompileBox(tools, server)

    def close(self) -> None:
        self._compiler.close()

    def grade(self, exam: Exam, source: str) -> Verdict:
        """Verdict without tier, oracle and seconds. Raises GraderFault (a box failed) and Slow."""
        if found := forbidden(source):
            return Verdict(Kind.TAMPER, f"'{found}' is refused")
        for build in ("plain", "sanitized"):
            verdict = self._build_and_run(exam, source, build)
            if not verdict.passed:
                break
        return replace(verdict, cases_total=len(exam.cases))

    def run(
        self, spec: FunctionSpec, source: str, cases: list[Case], limits: Limits, build: str
    ) -> tuple[Verdict | None, Run]:
        """Compile and observe without judging: for references and canaries. The verdict says why it did not run."""
        shared_object, failure = self._compile(spec, source, build)
        if failure:
            return failure, Run(End.SILENT)
        return None, self._observe(spec, shared_object, cases, limits, build, lambda i, o: True)

    def _build_and_run(self, exam: Exam, source: str, build: str) -> Verdict:
        shared_object, failure = self._compile(exam.spec, source, build)
        if failure:
            return failure

        def accept(i: int, seen: Observation) -> bool:
            return same(exam.spec, exam.expected[i], seen)

        run = self._observe(exam.spec, shared_object, exam.cases, exam.limits, build, accept)
        return judge_run(exam, run, build)

    def _compile(self, spec: FunctionSpec, source: str, build: str) -> tuple[bytes, Verdict | None]:
        compiled = self._compiler.compile(with_prelude(spec.prelude, source), build)
        if not compiled.ok:
            return b"", Verdict(Kind.COMPILE_ERROR, compiled.diagnostics[:EVIDENCE])
        try:
            problem = audit_object(compiled.shared_object, sanitized=build == "sanitized")
        except ValueError as error:
            return b"", Verdict(Kind.TAMPER, f"the object is {error}")
        return compiled.shared_object, Verdict(Kind.TAMPER, problem) if problem else None

    def _observe(
        self,
        spec: FunctionSpec,
        shared_object: bytes,
        cases: list[Case],
        limits: Limits,
        build: str,
        accept: Callable[[int, Observation], bool],
    ) -> Run:
        sanitized = build == "sanitized"
        if sanitized:
            limits = replace(limits, cpu=SANITIZED_TIMES * limits.cpu)
        driver = self._drivers.descriptor(shape_of(spec), build)
        try:
            return observe(self._tools, driver, shared_object, spec, cases, limits, accept, sanitized=sanitized)
        except OSError as error:
            raise GraderFault(f"a box could not be run: {error}") from error


def judge_run(exam: Exam, run: Run, build: str) -> Verdict:
    """What a run says of the candidate. Raises Slow, and GraderFault when the box never reached the candidate."""
    where = " under the sanitizers" if build == "sanitized" else ""
    done = len(run.observations)
    match run.end:
        case End.SLOW:
            raise Slow
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
        shown = _ADDRESS.sub("", headline.group()).strip()[:EVIDENCE]
        kind = Kind.MEMORY if _MEMORY_REPORT.search(shown) else Kind.SANITIZER
        return Verdict(kind, shown, cases_passed=done)
    status = run.status or 0
    if status > 128 and status - 128 in set(Signals):
        name = Signals(status - 128).name
        if name == "SIGXCPU":
            return Verdict(Kind.TIMEOUT, f"CPU limit exceeded in case {done + 1}{where}", cases_passed=done)
        return Verdict(Kind.RUNTIME_ERROR, f"{name} in case {done + 1}{where}", cases_passed=done)
    return Verdict(Kind.RUNTIME_ERROR, f"ended with status {status} in case {done + 1}{where}", cases_passed=done)
