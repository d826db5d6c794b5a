"""Sampling and grading as one stream: completions are graded while others are still being sampled.

The stream resumes: what the store already holds is not asked for again, and whatever was graded before a kill is kept.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evaluators.verdict import Kind, Verdict
from loop.cycle.grading import tool_errors
from loop.cycle.records import Timing
from loop.cycle.seeds import digest
from loop.cycle.tokens import code_sha256
from loop.inference.chat import parse_answer, render_prompt
from loop.inference.engine import Completion, Request
from loop.store import ask, write

if TYPE_CHECKING:
    from evaluators.oracles.protocol import Spec
    from loop.cycle.context import Context
    from loop.tasks.task import Task

BATCH = 512  # graded completions a transaction (50 ms of CPU each); the journal keeps what is not in one yet
BATCH_SECONDS = 10.0
GREEDY = -1  # the index of a task's greedy completion


@dataclass(frozen=True)
class Wanted:
    """One completion that is wanted: the `index`-th of a task, under these decoding settings."""

    task: Task
    index: int
    temperature: float
    seed: int


@dataclass(frozen=True)
class Purpose:
    """What samples are for: `id` is the cycle's (practice) or the audit's (audit, honeypot)."""

    kind: Literal["practice", "audit", "honeypot"]
    id: str
    cycle_id: str | None


@dataclass(frozen=True)
class Collected:
    """How much was new, how much was there already, and where the time went."""

    sampled: int
    reused: int
    timing: Timing


def sample_id(purpose: Purpose, adapter: str, base_sha256: str, want: Wanted) -> str:
    """Identity of a completion: everything that determines it."""
    return digest(
        purpose.kind, purpose.id, want.task.id, want.index, adapter, base_sha256, want.temperature, want.seed
    )[:32]


def collect(
    ctx: Context, wanted: Sequence[Wanted], purpose: Purpose, adapter: str, oracle_seed: int, label: str
) -> Collected:
    """Samples and grades `wanted` with `adapter`, and returns when every one of them is in the store with its verdict.

    Call it under `hold(home)`. Raises EngineError, ToolError (the sandbox), StoreError, ModelError.
    """
    began = time.monotonic()
    ctx.journal.replay(ctx.store)
    by_id = {sample_id(purpose, adapter, ctx.base.sha256, want): want for want in wanted}
    with ctx.store.read() as connection:
        known = ask.graded(connection, list(by_id))
    missing = {key: want for key, want in by_id.items() if key not in known}
    unjudged = [key for key, kind in known.items() if kind == Kind.INFRA]
    stream = _Stream(ctx, by_id, missing, purpose, adapter, oracle_seed)
    if missing or unjudged:
        with ctx.store.write() as connection:
            write.insert_tasks(connection, (want.task for want in missing.values()))
        ctx.reporter.start(label, len(missing) + len(unjudged))
        try:
            stream.run()
            stream.regrade([*unjudged, *stream.infra])
        finally:
            stream.flush()
        ctx.reporter.done(stream.tally())
    return Collected(len(missing), len(by_id) - len(missing), stream.timing(time.monotonic() - began))


class _Stream:
    """One pass of completions through the oracle into the journal and the store."""

    def __init__(
        self,
        ctx: Context,
        wanted: dict[str, Wanted],
        missing: dict[str, Wanted],
        purpose: Purpose,
        adapter: str,
        oracle_seed: int,
    ) -> None:
        self.ctx, self.wanted, self.missing, self.purpose, self.adapter = ctx, wanted, missing, purpose, adapter
        self.oracle_seed = oracle_seed
        self.infra: list[str] = []
        self._samples: dict[str, dict[str, Any]] = {}
        self._rows: list[dict[str, Any]] = []
        self._flushed = time.monotonic()
        self._waiting = 0.0  # seconds in which the engine was waited for
        self._own = 0.0  # seconds in the journal and the store
        self._judged: set[str] = set()
        self._passed = 0

    def run(self) -> None:
        with tool_errors(), closing(self._jobs()) as jobs:
            for key, verdict in self.ctx.oracle(self.oracle_seed).grade_many(jobs):
                self._keep(self._samples.pop(key), verdict)
                if verdict.kind is Kind.INFRA:
                    self.infra.append(key)

    def regrade(self, keys: list[str]) -> None:
        """Judges stored completions again whose grading failed, with a new oracle: the failure was the grader's own."""
        if not keys:
            return
        self.flush()
        self.ctx.close_oracle()
        with self.ctx.store.read() as connection:
            stored = {
                row["id"]: row
                for row in ask.rows(
                    connection, "SELECT * FROM samples WHERE list_contains(?, id) AND code IS NOT NULL", [keys]
                )
            }
        jobs = ((key, self.wanted[key].task.spec, str(row["code"])) for key, row in stored.items())
        with tool_errors():
            for key, verdict in self.ctx.oracle(self.oracle_seed).grade_many(jobs):
                row = {**stored[key], "created": str(stored[key]["created"])}
                self._keep(row, verdict)

    def flush(self) -> None:
        """Moves the batch into the store; the journal is empty afterwards."""
        if self._rows:
            with self.ctx.store.write() as connection:
                write.insert_graded(connection, self._rows)
        self._rows = []
        self.ctx.journal.clear()
        self._flushed = time.monotonic()

    def tally(self) -> str:
        return f"{self._passed}/{len(self._judged)} pass"

    def timing(self, wall: float) -> Timing:
        """`wall` split: waiting for the engine, our own bookkeeping, and the rest, which is waiting for verdicts."""
        other = min(self._own, wall)
        sampling = min(self._waiting, wall - other)
        if not self.missing and not self._judged:
            return Timing(other=wall)
        return Timing(sampling=sampling, grading=wall - other - sampling, other=other)

    def _jobs(self) -> Generator[tuple[str, Spec, str], None, None]:
        """Completions as grading jobs; those without code become format errors at once."""
        for completion in self._completions():
            want = self.missing[completion.request_id]
            answer = parse_answer(completion.text)
            row = self._sample_row(want, completion, answer.code)
            if answer.code is None:
                self._keep(row, _format_error(want.task, answer.problem))
            else:
                self._samples[completion.request_id] = row
                yield completion.request_id, want.task.spec, answer.code

    def _completions(self) -> Iterator[Completion]:
        if not self.missing:
            return
        started = time.monotonic()
        limit = self.ctx.settings.sampling.max_tokens
        requests = [
            Request(key, render_prompt(want.task.prompt), want.seed, want.temperature, limit)
            for key, want in self.missing.items()
        ]
        stream = self.ctx.engine.generate(requests, self.ctx.adapter_gguf(self.adapter))
        try:
            for completion in stream:
                self._waiting += time.monotonic() - started
                yield completion
                started = time.monotonic()
            self._waiting += time.monotonic() - started
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()

    def _sample_row(self, want: Wanted, completion: Completion, code: str | None) -> dict[str, Any]:
        return {
            "id": completion.request_id,
            "purpose": self.purpose.kind,
            "cycle_id": self.purpose.cycle_id,
            "audit_id": self.purpose.id if self.purpose.kind != "practice" else None,
            "task_id": want.task.id,
            "idx": want.index,
            "adapter": self.adapter,
            "base_sha256": self.ctx.base.sha256,
            "prompt_sha256": digest(render_prompt(want.task.prompt)),
            "temperature": want.temperature,
            "seed": want.seed,
            "completion": completion.text,
            "code": code,
            "code_sha256": code_sha256(code) if code is not None else None,
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "finish": completion.finish,
        }

    def _keep(self, sample: dict[str, Any], verdict: Verdict) -> None:
        """From here on a kill does not lose this completion."""
        started = time.monotonic()
        judged = {
            "sample_id": sample["id"],
            "kind": str(verdict.kind),
            "evidence": verdict.evidence,
            "tier": verdict.tier,
            "oracle": verdict.oracle,
            "oracle_class": verdict.oracle_class,
            "seconds": verdict.seconds,
            "cases_passed": verdict.cases_passed,
            "cases_total": verdict.cases_total,
        }
        row = {"sample": sample, "verdict": judged}
        self.ctx.journal.append(row)
        self._rows.append(row)
        self._passed += verdict.passed
        if sample["id"] not in self._judged:
            self._judged.add(sample["id"])
            self.ctx.reporter.advance(1, self.tally())
        if len(self._rows) >= BATCH or time.monotonic() - self._flushed > BATCH_SECONDS:
            self.flush()
        self._own += time.monotonic() - started


def _format_error(task: Task, problem: str) -> Verdict:
    """Of the class that any other verdict on the task has."""
    from evaluators.oracles.registry import oracle_for

    return Verdict(Kind.FORMAT_ERROR, evidence=problem, oracle_class=oracle_for(task.spec).oracle_class)
