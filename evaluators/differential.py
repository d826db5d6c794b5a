"""Class A: a candidate is right when it behaves as the reference does, on hidden inputs and under the sanitizers.

oracle = DifferentialOracle(cache_dir=Path("cache"))
for job, verdict in oracle.grade_many([("a", spec, "int f(int x) { return x; }")]): ...
"""

from __future__ import annotations

import functools
import hashlib
import os
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from evaluators.alone import Turnstile
from evaluators.cache import VerdictCache
from evaluators.canaries import compile_server
from evaluators.driver import Drivers
from evaluators.errors import GraderFault, ReferenceBroken, SandboxUnavailable
from evaluators.grade import Exam, Grader, Slow
from evaluators.inputs import draw_cases
from evaluators.observation import End, Limits, Run
from evaluators.sandbox import probe
from evaluators.source_text import normalise
from evaluators.spec import Case, FunctionSpec
from evaluators.toolchain import find_toolchain
from evaluators.verdict import Kind, Verdict

CPU_SECONDS = 0.2
"""What any candidate may use for all its cases; more when the reference is slow (`REFERENCE_TIMES` its own time)."""
REFERENCE_TIMES = 20.0
REFERENCE_LIMITS = Limits(cpu=2.0, wall=30.0)
TOO_SLOW = "wall time limit exceeded, twice"
BACKLOG = 4096
"""Jobs taken from the caller and not yet graded."""


class DifferentialOracle:
    """Grades completions of `FunctionSpec` tasks. One object, many threads; `close` it."""

    def __init__(
        self, *, cache_dir: Path, sandbox: str = "auto", cases: int = 24, seed: int = 0, workers: int = 0
    ) -> None:
        """workers 0: one a core. Raises SandboxUnavailable or CompilerUnavailable: nothing runs in an unproved box."""
        if sandbox not in ("auto", "standard"):
            raise SandboxUnavailable(f"sandbox tier '{sandbox}' is not available", fix="use tier 'auto'")
        self._cases, self._seed = cases, seed
        self._report = probe(cache_dir)
        self._tools = find_toolchain()
        self._drivers = Drivers(self._tools, cache_dir / "drivers")
        self._server = compile_server(self._drivers)
        self._cache = VerdictCache(cache_dir / "verdicts.sqlite")
        self._code = oracle_code() + "|" + "|".join(self._tools.versions)
        self._pool = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="grade")
        self._own = threading.local()
        self._graders: list[Grader] = []
        self._futures: dict[tuple[str, str], Future[Verdict]] = {}
        self._exams: dict[str, Exam | ReferenceBroken] = {}
        self._exam_locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._turnstile = Turnstile()

    @property
    def tier(self) -> str:
        return self._report.tier

    def hash(self, spec: FunctionSpec) -> str:
        """Oracle version: code, tools, spec, seed and number of cases. Equal hashes mean comparable verdicts."""
        return hashlib.sha256(f"{self._code}|{spec.sha256}|{self._seed}|{self._cases}".encode()).hexdigest()

    def grade_many(self, jobs: Iterable[tuple[str, FunctionSpec, str]]) -> Iterator[tuple[str, Verdict]]:
        """(job id, verdict) in the order they are done. Takes jobs as they come, in the caller's thread.

        Raises EvaluatorError when the grader as a whole cannot go on; a single box's fault is an `infra` verdict.
        """
        done: queue.SimpleQueue[tuple[str, bool, Future[Verdict]]] = queue.SimpleQueue()
        open_jobs = 0
        for job, spec, source in jobs:
            future, first = self._submit(spec, source)
            future.add_done_callback(lambda f, job=job, first=first: done.put((job, first, f)))  # type: ignore[misc]
            open_jobs += 1
            while open_jobs and (open_jobs >= BACKLOG or not done.empty()):
                yield _taken(*done.get())
                open_jobs -= 1
        for _ in range(open_jobs):
            yield _taken(*done.get())

    def grade(self, spec: FunctionSpec, source: str) -> Verdict:
        """One candidate, now."""
        return next(self.grade_many([("", spec, source)]))[1]

    def close(self) -> None:
        """Ends all boxes; grading that has not begun is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for grader in self._graders:
            grader.close()
        self._drivers.close()
        self._cache.close()

    def __enter__(self) -> DifferentialOracle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(self, spec: FunctionSpec, source: str) -> tuple[Future[Verdict], bool]:
        """The candidate's future, and whether this call was the first to ask for it."""
        key = (self.hash(spec), hashlib.sha256(normalise(source).encode("utf-8", "replace")).hexdigest())
        with self._lock:
            known = self._futures.get(key)
            if known is not None and not (known.done() and known.result().kind is Kind.INFRA):
                return known, False
            future = self._futures[key] = self._pool.submit(self._graded, spec, source, *key)
            return future, True

    def _graded(self, spec: FunctionSpec, source: str, oracle: str, source_hash: str) -> Verdict:
        if kept := self._cache.verdict(oracle, source_hash, self.tier):
            return kept
        started = time.monotonic()
        verdict = self._judged(spec, source)
        verdict = replace(verdict, tier=self.tier, oracle=oracle, seconds=time.monotonic() - started)
        if verdict.kind is not Kind.INFRA and verdict.evidence != TOO_SLOW:
            self._cache.keep(source_hash, verdict)
        return verdict

    def _judged(self, spec: FunctionSpec, source: str) -> Verdict:
        """With one retry after a fault of the grader's own."""
        try:
            try:
                return self._examine(self._exam(spec), source)
            except ReferenceBroken:
                raise
            except GraderFault:
                return self._examine(self._exam(spec), source)
        except GraderFault as fault:
            return Verdict(Kind.INFRA, fault.message)

    def _examine(self, exam: Exam, source: str) -> Verdict:
        """A timeout that a busy machine could explain is tried once more, while no other candidate runs."""
        try:
            with self._turnstile.shared():
                return self._grader().grade(exam, source)
        except Slow:
            with self._turnstile.alone():
                try:
                    return self._grader().grade(exam, source)
                except Slow:
                    return Verdict(Kind.TIMEOUT, TOO_SLOW, cases_total=len(exam.cases))

    def _grader(self) -> Grader:
        """This thread's own."""
        if not hasattr(self._own, "grader"):
            self._own.grader = Grader(self._tools, self._drivers, self._server)
            with self._lock:
                self._graders.append(self._own.grader)
        grader: Grader = self._own.grader
        return grader

    def _exam(self, spec: FunctionSpec) -> Exam:
        """Cases and expected observations of a spec; the reference is run once. Raises GraderFault."""
        oracle = self.hash(spec)
        with self._lock:
            lock = self._exam_locks.setdefault(oracle, threading.Lock())
        with lock:
            if oracle not in self._exams:
                try:
                    self._exams[oracle] = self._make_exam(spec, oracle)
                except ReferenceBroken as error:
                    self._exams[oracle] = error
            exam = self._exams[oracle]
        if isinstance(exam, ReferenceBroken):
            raise exam
        return exam

    def _make_exam(self, spec: FunctionSpec, oracle: str) -> Exam:
        cases = draw_cases(spec, self._seed, self._cases)
        kept = self._cache.expected(oracle)
        if kept is None:
            run = self._run_reference(spec, cases)
            kept = run.observations, run.cpu
            self._cache.keep_expected(oracle, *kept)
        expected, cpu = kept
        return Exam(spec, cases, expected, Limits(cpu=max(CPU_SECONDS, REFERENCE_TIMES * cpu)))

    def _run_reference(self, spec: FunctionSpec, cases: list[Case]) -> Run:
        """Raises ReferenceBroken when it fails by itself, GraderFault when the machine is too busy to tell."""
        failure, run = self._grader().run(spec, spec.reference, cases, REFERENCE_LIMITS, "plain")
        if failure:
            raise ReferenceBroken(f"the reference of '{spec.name}' fails: {failure.evidence}")
        if run.end in (End.SLOW, End.SILENT):
            raise GraderFault(f"the reference of '{spec.name}' could not be run: {run.end} {run.note}")
        if run.end is not End.DONE or run.status != 0:
            raise ReferenceBroken(f"the reference of '{spec.name}' fails: {run.end}, status {run.status}")
        return run


def _taken(job: str, first: bool, future: Future[Verdict]) -> tuple[str, Verdict]:
    verdict = future.result()
    return job, verdict if first else replace(verdict, seconds=0.0)


@functools.cache
def oracle_code() -> str:
    """Hash of the code that decides a verdict."""
    here = Path(__file__).parent
    files = sorted(p for p in here.rglob("*") if p.suffix in (".py", ".c") and p.stem not in ("bench", "check"))
    return hashlib.sha256(b"".join(p.name.encode() + p.read_bytes() for p in files)).hexdigest()
