"""All oracles behind one door: threads with a workshop each, answers graded once, verdicts kept on disk.

with Oracles(cache_dir=Path("cache")) as oracles:
    for job, verdict in oracles.grade_many([("a", spec, "int f(int x) { return x; }")]): ...
"""

from __future__ import annotations

import functools
import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluators.alone import Turnstile
from evaluators.box.driver import Drivers, compile_server
from evaluators.box.tiers import launch_of, probe
from evaluators.box.toolchain import find_toolchain
from evaluators.box.workshop import Workshop
from evaluators.cache import VerdictCache
from evaluators.errors import GraderFault, ReferenceBroken
from evaluators.oracles.behaviour import TOO_SLOW
from evaluators.oracles.protocol import Oracle, Setting, Slow, Spec
from evaluators.oracles.registry import oracle_for
from evaluators.verdict import Kind, Verdict, printable

BACKLOG = 4096
"""Jobs taken from the caller and not yet graded."""
EXAMS = 512
"""Prepared tasks that are kept; the oldest is made anew (from the cache on disk) when it is asked for again."""


class Oracles:
    """Grades answers to tasks of every kind. One object, many threads; `close` it."""

    def __init__(
        self, *, cache_dir: Path, sandbox: str = "auto", cases: int = 24, seed: int = 0, workers: int = 0
    ) -> None:
        """workers 0: one a core. Raises SandboxUnavailable or CompilerUnavailable: nothing runs in an unproved box."""
        self._cases, self._seed = cases, seed
        self._report = probe(cache_dir, sandbox)
        self._tools = find_toolchain()
        self._drivers = Drivers(self._tools, cache_dir / "drivers")
        self._server = compile_server(self._drivers)
        self._launch = launch_of(self._report.tier, self._drivers, asked=sandbox == "strong")
        self._cache = VerdictCache(cache_dir / "verdicts.sqlite")
        self._code = oracle_code() + "|" + "|".join(self._tools.versions)
        self.workers = workers or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="grade")
        self._own = threading.local()
        self._workshops: list[Workshop] = []
        self._futures: dict[tuple[str, str], Future[Verdict]] = {}
        self._exams: dict[str, Any] = {}
        self._exam_locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._turnstile = Turnstile()

    @property
    def tier(self) -> str:
        return self._report.tier

    @property
    def seed(self) -> int:
        """What the hidden cases are drawn with."""
        return self._seed

    @property
    def cases(self) -> int:
        """How many hidden cases there are, where a task does not bring more of its own."""
        return self._cases

    def setting(self, spec: Spec, *, seed: int | None = None, cases: int = 0) -> Setting:
        """What `Oracle.prepare` needs: for this object's own exams, or for one with other hidden cases."""
        if seed is None and not cases:
            return Setting(self._seed, self._cases, self.hash(spec), self._cache)
        chosen = self._seed if seed is None else seed, cases or self._cases
        key = hashlib.sha256(f"{self.hash(spec)}|{chosen}".encode()).hexdigest()
        return Setting(*chosen, key, self._cache)

    def hash(self, spec: Spec) -> str:
        """Oracle version: code, tools, spec, seed and number of cases. Equal hashes mean comparable verdicts."""
        return hashlib.sha256(f"{self._code}|{spec.oracle_sha256}|{self._seed}|{self._cases}".encode()).hexdigest()

    def grade_many(self, jobs: Iterable[tuple[str, Spec, str]]) -> Iterator[tuple[str, Verdict]]:
        """(job id, verdict) in the order they are done. Takes (id, spec, answer) as they come, in the caller's thread.

        Raises EvaluatorError when the grader as a whole cannot go on; a single box's fault is an `infra` verdict.
        """
        done: queue.SimpleQueue[tuple[str, bool, Future[Verdict]]] = queue.SimpleQueue()
        open_jobs = 0
        for job, spec, answer in jobs:
            future, first = self._submit(spec, answer)
            future.add_done_callback(lambda f, job=job, first=first: done.put((job, first, f)))  # type: ignore[misc]
            open_jobs += 1
            while open_jobs and (open_jobs >= BACKLOG or not done.empty()):
                yield _taken(*done.get())
                open_jobs -= 1
        for _ in range(open_jobs):
            yield _taken(*done.get())

    def grade(self, spec: Spec, answer: str) -> Verdict:
        """One answer, now."""
        return next(self.grade_many([("", spec, answer)]))[1]

    def call(self, work: Callable[[Workshop], Any]) -> Future[Any]:
        """Run `work` on a thread that owns a workshop: for what is no grading (mutants, amplification)."""
        return self._pool.submit(lambda: work(self._workshop()))

    def close(self) -> None:
        """Ends all boxes; grading that has not begun is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for workshop in self._workshops:
            workshop.close()
        self._drivers.close()
        self._cache.close()

    def __enter__(self) -> Oracles:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(self, spec: Spec, answer: str) -> tuple[Future[Verdict], bool]:
        """The answer's future, and whether this call was the first to ask for it."""
        oracle = oracle_for(spec)
        form = oracle.normal_form(answer)
        key = (self.hash(spec), hashlib.sha256(form.encode("utf-8", "replace")).hexdigest())
        with self._lock:
            if known := self._futures.get(key):
                return known, False
            future = self._futures[key] = self._pool.submit(self._graded, oracle, spec, answer, *key)
        future.add_done_callback(lambda _: self._forget(key))
        return future, True

    def _forget(self, key: tuple[str, str]) -> None:
        """Who asks again is answered from the cache on disk (or, after `infra`, graded again)."""
        with self._lock:
            self._futures.pop(key, None)

    def _graded(self, oracle: Oracle[Any, Any], spec: Spec, answer: str, key: str, form: str) -> Verdict:
        if kept := self._cache.verdict(key, form, self.tier):
            return replace(kept, oracle_class=oracle.oracle_class)
        started = time.monotonic()
        verdict = self._judged(oracle, spec, answer, key)
        took = time.monotonic() - started
        verdict = replace(verdict, evidence=printable(verdict.evidence))
        tier = self.tier if oracle.executes and verdict.kind is not Kind.FORMAT_ERROR else ""
        verdict = replace(verdict, tier=tier, oracle=key, seconds=took, oracle_class=oracle.oracle_class)
        if tier and verdict.kind is not Kind.INFRA and verdict.evidence != TOO_SLOW:
            self._cache.keep(form, verdict)
        return verdict

    def _judged(self, oracle: Oracle[Any, Any], spec: Spec, answer: str, key: str) -> Verdict:
        """With one retry after a fault of the grader's own."""
        try:
            try:
                return self._examine(oracle, self._exam(oracle, spec, key), answer)
            except ReferenceBroken:
                raise
            except GraderFault:
                return self._examine(oracle, self._exam(oracle, spec, key), answer)
        except GraderFault as fault:
            return Verdict(Kind.INFRA, fault.message)

    def _examine(self, oracle: Oracle[Any, Any], exam: Any, answer: str) -> Verdict:
        """What a clock decides is tried once more, while no other candidate runs."""
        try:
            with self._turnstile.shared():
                return oracle.grade(exam, answer, self._workshop(), alone=False)
        except Slow:
            with self._turnstile.alone():
                return oracle.grade(exam, answer, self._workshop(), alone=True)

    def _workshop(self) -> Workshop:
        """This thread's own."""
        if not hasattr(self._own, "workshop"):
            self._own.workshop = Workshop(self._tools, self._drivers, self._server, self._launch)
            with self._lock:
                self._workshops.append(self._own.workshop)
        workshop: Workshop = self._own.workshop
        return workshop

    def _exam(self, oracle: Oracle[Any, Any], spec: Spec, key: str) -> Any:
        """What `oracle.prepare` made of the spec, once. Raises GraderFault."""
        with self._lock:
            lock = self._exam_locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._exams:
                setting = Setting(self._seed, self._cases, key, self._cache)
                try:
                    made = oracle.prepare(spec, setting, self._workshop())
                except ReferenceBroken as error:
                    made = error
                self._remember(key, made)
            exam = self._exams[key]
        if isinstance(exam, ReferenceBroken):
            raise exam
        return exam

    def _remember(self, key: str, exam: Any) -> None:
        with self._lock:
            while len(self._exams) >= EXAMS:
                oldest = next(iter(self._exams))
                del self._exams[oldest]
                self._exam_locks.pop(oldest, None)
            self._exams[key] = exam


def _taken(job: str, first: bool, future: Future[Verdict]) -> tuple[str, Verdict]:
    verdict = future.result()
    return job, verdict if first else replace(verdict, seconds=0.0)


@functools.cache
def oracle_code() -> str:
    """Hash of the code that decides a verdict."""
    here = Path(__file__).parents[1]
    files = sorted(
        p
        for p in here.rglob("*")
        if p.suffix in (".py", ".c", ".h") and p.relative_to(here).parts[0] not in ("gate", "bench")
    )
    return hashlib.sha256(b"".join(p.name.encode() + p.read_bytes() for p in files)).hexdigest()
