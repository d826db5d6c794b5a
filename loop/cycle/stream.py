"""One pass of completions through the oracle: sampled, graded while others are still being sampled, journalled, stored.

Completions that somebody else wrote (`loop.cycle.bring_in`) go through the same stream to the same verdicts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evaluators.verdict import Kind, Verdict
from loop.cycle.answers import Answer
from loop.cycle.calls import room
from loop.cycle.grading import tool_errors
from loop.cycle.records import Timing
from loop.cycle.seeds import digest
from loop.cycle.wanted import Purpose, Wanted, judged, judged_by_oracle, kind_of, rendered, trajectory_id
from loop.dataset.tokens import code_sha256
from loop.inference.engine import Completion
from loop.pipeline.stage import Reading
from loop.pipeline.stages import stage_of
from loop.stage_names import StageName
from loop.store import ask, write

if TYPE_CHECKING:
    from evaluators.oracles.protocol import Spec
    from loop.cycle.context import Context

BATCH = 512  # graded completions a transaction (50 ms of CPU each); the journal keeps what is not in one yet
BATCH_SECONDS = 10.0

Answering = Callable[[Mapping[str, Wanted]], Generator[Answer, None, None]]


@dataclass(frozen=True)
class Writer:
    """Who wrote the completions, as their rows say it, and how they are come by.

    adapter: of our model; in place of one, "teacher" or "agent". source: own | teacher | agent; name: which teacher or
    agent, "" for our own. answers: wanted by id -> their answers, in any order.
    """

    adapter: str
    answers: Answering
    source: Literal["own", "teacher", "agent"] = "own"
    name: str = ""


class Stream:
    """One pass of completions through the oracle into the journal and the store."""

    def __init__(
        self,
        ctx: Context,
        stage: StageName,
        wanted: dict[str, Wanted],
        missing: dict[str, Wanted],
        purpose: Purpose,
        writer: Writer,
        oracle_seed: int,
    ) -> None:
        self.ctx, self.wanted, self.missing, self.purpose, self.writer = ctx, wanted, missing, purpose, writer
        self.stage = stage
        self.oracle_seed = oracle_seed
        self.infra: list[str] = []
        self._samples: dict[str, dict[str, Any]] = {}
        self._rows: list[dict[str, Any]] = []
        self._flushed = time.monotonic()
        self._waiting = 0.0  # seconds in which the engine was waited for
        self._own = 0.0  # seconds in the journal and the store
        self._judged: set[str] = set()
        self._passed = 0
        self._tokens = 0  # sampled; since `_began`
        self._began = time.monotonic()

    def run(self) -> None:
        self._refuse_too_long()
        if not any(judged_by_oracle(want.call) for want in self.missing.values()):
            for _ in self._jobs():  # nothing to compile: no oracle is opened
                raise AssertionError("a call with a label went to the oracle")
            return
        with tool_errors(), closing(self._jobs()) as jobs:
            for key, verdict in self.ctx.oracle(self.oracle_seed).grade_many(jobs):
                self._keep(self._samples.pop(key), verdict)
                if verdict.kind is Kind.INFRA:
                    self.infra.append(key)

    def _refuse_too_long(self) -> None:
        """A prompt of which what must stay is too much is not put to the model, which would refuse the whole batch; it
        counts as a question whose answer could not be read. Functions' prompts have nothing to leave out: the engine
        refuses them by name, since it is the pack that does not suit the model."""
        here = room(self.ctx, self.stage)
        for key, want in list(self.missing.items()):
            if want.task.truth is None or here.holds(want.call.prompt):
                continue
            tokens = here.count(want.call.prompt)
            problem = f"not asked: the prompt has {tokens} tokens, and there is room for {here.tokens}"
            reading = Reading(None, problem)
            row = self._sample_row(want, Answer(Completion(key, "", tokens, 0, "length")), reading)
            del self.missing[key]
            self._keep(row, judged(want, reading))

    def regrade(self, keys: Sequence[str], *, fresh: bool = True) -> None:
        """Judges stored completions again, whose readings stay what they are: those whose grading failed, and those
        whose verdict was recalled. fresh: with a new oracle, since it was the old one's own failure."""
        if not keys:
            return
        self.flush()
        if fresh:
            self.ctx.close_oracle()
        with self.ctx.store.read() as connection:
            stored = {
                row["id"]: {**row, "created": str(row["created"])}
                for row in ask.rows(
                    connection,
                    "SELECT * FROM samples WHERE id IN (SELECT unnest(?)) AND code IS NOT NULL",
                    [list(keys)],
                )
            }
        by_oracle = {key for key in stored if judged_by_oracle(self.wanted[key].call)}
        for key in stored.keys() - by_oracle:
            self._keep(stored[key], judged(self.wanted[key], Reading(str(stored[key]["code"]))))
        if not by_oracle:
            return
        jobs = ((key, self.wanted[key].task.spec, str(stored[key]["code"])) for key in by_oracle)
        with tool_errors():
            for key, verdict in self.ctx.oracle(self.oracle_seed).grade_many(jobs):
                self._keep(stored[key], verdict)

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

    def _so_far(self) -> str:
        """The tally, and how many tokens a second come from the engine."""
        if self.writer.source != "own":
            return self.tally()
        return f"{self.tally()}, {self._tokens / max(1e-9, time.monotonic() - self._began):,.0f} tokens/s"

    def timing(self, wall: float) -> Timing:
        """`wall` split: waiting for the engine, our own bookkeeping, and the rest, which is waiting for verdicts."""
        other = min(self._own, wall)
        sampling = min(self._waiting, wall - other)
        if not self.missing and not self._judged:
            return Timing(other=wall)
        return Timing(sampling=sampling, grading=wall - other - sampling, other=other)

    def _jobs(self) -> Generator[tuple[str, Spec, str], None, None]:
        """Completions as grading jobs; judgments, and what cannot be read, get their verdicts at once."""
        stage = stage_of(self.stage)
        arrived = time.monotonic()
        for answer in self._answers():
            completion = answer.completion
            self._tokens += completion.completion_tokens
            want = self.missing[completion.request_id]
            reading = stage.read(want.call, completion.text)
            row = self._sample_row(want, answer, reading)
            if self.writer.source == "own":  # how long others took is not known
                row["seconds"], arrived = time.monotonic() - arrived, time.monotonic()
            if reading.value is None or not judged_by_oracle(want.call):
                self._keep(row, judged(want, reading))
            else:
                self._samples[completion.request_id] = row
                yield completion.request_id, want.task.spec, reading.value

    def _answers(self) -> Iterator[Answer]:
        if not self.missing:
            return
        started = time.monotonic()
        with closing(self.writer.answers(self.missing)) as stream:
            for answer in stream:
                self._waiting += time.monotonic() - started
                yield answer
                started = time.monotonic()
        self._waiting += time.monotonic() - started

    def _prompt(self, want: Wanted) -> str:
        return rendered(self.ctx, want.call)

    def _sample_row(self, want: Wanted, answer: Answer, reading: Reading) -> dict[str, Any]:
        call, completion, choice, own = want.call, answer.completion, answer.choice, self.writer.source == "own"
        return {
            "id": completion.request_id,
            "purpose": self.purpose.kind,
            "cycle_id": self.purpose.cycle_id,
            "audit_id": self.purpose.id if self.purpose.kind != "practice" else None,
            "task_id": want.task.id,
            "stage": call.stage,
            "call_id": call.id,
            "question": call.kind,
            "item": call.item,
            "label": call.label,
            "positive": call.positive,
            "dropped": list(call.dropped),
            "trajectory": trajectory_id(self.purpose, want) if own else "",
            "idx": want.index,
            "adapter": self.writer.adapter,
            "source": self.writer.source,
            "source_name": self.writer.name,
            "base_sha256": self.ctx.base(self.stage).sha256,
            "prompt_sha256": digest(self._prompt(want)),
            "temperature": want.temperature,
            "seed": want.seed,
            "completion": completion.text,
            "code": reading.value,
            "code_sha256": code_sha256(reading.value) if reading.value is not None else None,
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "think_tokens": completion.think_tokens,
            "finish": completion.finish,
            "seconds": 0.0,
            "score": answer.score(call, reading.value),
            "entropy": choice.entropy if choice else None,
            "mass": choice.mass if choice else None,
        }

    def _keep(self, sample: dict[str, Any], verdict: Verdict) -> None:
        """From here on a kill does not lose this completion."""
        started = time.monotonic()
        verdict_row = {
            "sample_id": sample["id"],
            "kind": kind_of(self.wanted[sample["id"]].call, verdict),
            "evidence": verdict.evidence,
            "tier": verdict.tier,
            "oracle": verdict.oracle,
            "oracle_class": verdict.oracle_class,
            "seconds": verdict.seconds,
            "cases_passed": verdict.cases_passed,
            "cases_total": verdict.cases_total,
        }
        prompt = self._prompt(self.wanted[sample["id"]])
        if digest(prompt) != sample["prompt_sha256"]:
            prompt = ""  # graded again under other settings, or without the words: the store has what was asked
        row = {"sample": sample, "verdict": verdict_row, "prompt": prompt}
        self.ctx.journal.append(row)
        self._rows.append(row)
        self._passed += verdict.passed
        if sample["id"] not in self._judged:
            self._judged.add(sample["id"])
            self.ctx.reporter.advance(1, self._so_far())
        if len(self._rows) >= BATCH or time.monotonic() - self._flushed > BATCH_SECONDS:
            self.flush()
        self._own += time.monotonic() - started
