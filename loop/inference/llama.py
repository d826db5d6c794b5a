"""The llama.cpp engine: requests in, completions out as they finish, in worker processes that can be killed.

A small model's decode is hundreds of tiny operations, and threads that meet after each of them cost more than they
give, far more when something else wants the cores (grading does). So a small model is run by several one-thread
workers, each with its share of the requests; a large one by a single worker with all threads.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from loop.errors import EngineError
from loop.inference.engine import Choice, Completion, Question, Request
from loop.inference.generating import completion_of, groups_of, items_of
from loop.inference.job import RESTARTS, Job, WorkerLost
from loop.inference.judging import asked_of, blocks, choice_of
from loop.inference.layout import pool_for
from loop.inference.plan import plan_workers
from loop.inference.process import WorkerProcess

if TYPE_CHECKING:
    import numpy as np

_STARTUP = 0


class LlamaEngine:
    """Implements `loop.inference.engine.Engine`. Use it as a context manager, or call `close`.

    context: tokens a sequence may hold, prompt and completion together. parallel: sequences decoded at a time.
    threads: cores to use, 0 for all. One `generate` at a time; `tokenize` is allowed meanwhile.
    Raises EngineError when the model cannot be loaded.
    """

    def __init__(self, model_gguf: Path, *, context: int, parallel: int, threads: int = 0) -> None:
        if not model_gguf.is_file():
            raise EngineError(f"no model at {model_gguf}", fix="loop models verify")
        self.context = context
        self._jobs: dict[int, Job] = {_STARTUP: Job(_STARTUP)}
        self._numbers = itertools.count(1)
        self._busy, self._lifecycle = threading.Lock(), threading.Lock()
        self._closed = False
        specs = plan_workers(model_gguf, context, parallel, threads or available_cores())
        self._workers = [WorkerProcess(spec, self._deliver) for spec in specs]
        self._sequences, self._model_bytes = specs[0].sequences, model_gguf.stat().st_size
        try:
            for _ in self._workers:
                self._jobs[_STARTUP].next("ready")
        except BaseException:
            self.close()
            raise
        del self._jobs[_STARTUP]

    @property
    def worker_pids(self) -> list[int]:
        """Those not known to be dead; a process id that was given back may be another program's by now."""
        return [worker.pid for worker in self._workers if worker.pid is not None and not worker.dead]

    def tokenize(self, text: str) -> list[int]:
        return self.tokenize_many([text])[0]

    def tokenize_many(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of many rendered texts in one round trip."""
        tokens: list[list[int]] = self._ask("tokens", "tokenize", list(texts))
        return tokens

    def logits(self, tokens: Sequence[int], adapter: Path | None) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Logits (len(tokens), vocabulary), float32."""
        if not 0 < len(tokens) <= self.context:
            raise EngineError(f"{len(tokens)} tokens do not fit a context of {self.context}")
        with self._alone():
            block: np.ndarray[Any, np.dtype[np.float32]] = self._ask("logits", "logits", list(tokens), adapter)
        return block

    def generate(self, requests: Sequence[Request], adapter: Path | None) -> Iterator[Completion]:
        """Completions as they finish. Sampling starts with the first `next` and runs ahead of a slow caller; closing
        the iterator early cancels the rest."""
        with self._alone():
            items = items_of(requests, self.tokenize_many, self._problems, self.context)
            lengths = [len(item.prompt) for item in items]
            groups = groups_of(items, self._sequences)
            payload = (adapter, pool_for(items, self._sequences, self._model_bytes))
            with closing(self._finished("items", groups, payload, ahead=2 * self._sequences)) as finished:
                for done in finished:
                    yield completion_of(requests[done.key], done, lengths[done.key])

    def choose(self, questions: Sequence[Question], adapter: Path | None) -> Iterator[Choice]:
        """Choices as they come. They are made in the order of their prompts, as far as there is one worker."""
        with self._alone():
            asked = asked_of(questions, self.tokenize_many, self.context)
            lengths = {each.key: len(each.prompt) for each in asked}
            groups = blocks(asked, len(self._workers))
            ahead = max(map(len, groups), default=0)
            with closing(self._finished("questions", groups, (adapter,), ahead=ahead)) as finished:
                for done in finished:
                    yield choice_of(questions[done.key], done, lengths[done.key])

    def _finished(
        self, kind: str, groups: Sequence[Sequence[Any]], payload: tuple[Any, ...], *, ahead: int
    ) -> Generator[Any, None, None]:
        """What the workers make of groups of items or questions, one by one as it comes."""
        wanted = sum(map(len, groups))
        job = Job(next(self._numbers), kind, groups, payload, ahead=ahead)
        self._jobs[job.number] = job
        try:
            self._revive()
            for worker in self._workers:
                if worker.ready:  # else it is fed when it is
                    job.feed(worker)
            while wanted:
                batch = job.next("finished")
                wanted -= len(batch)
                yield from batch
        finally:
            del self._jobs[job.number]
            if job.close():
                self._cancel(job.number)

    def close(self) -> None:
        with self._lifecycle:
            self._closed = True
        for worker in self._workers:
            worker.close(patience=0)

    def __enter__(self) -> LlamaEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise EngineError("the engine is still generating", fix="finish or close the other iterator first")
        try:
            yield
        finally:
            self._busy.release()

    def _ask(self, reply: str, kind: str, *payload: Any) -> Any:
        """What a worker answers to one question; another one, should it die over it."""
        for attempt in range(RESTARTS + 1):
            self._revive()
            job = Job(next(self._numbers))
            self._jobs[job.number] = job
            try:
                job.ask(self._workers[0], kind, *payload)
                return job.next(reply)
            except WorkerLost as lost:
                if attempt == RESTARTS:
                    raise EngineError(lost.message) from lost
            finally:
                del self._jobs[job.number]

    def _problems(self, grammars: list[str]) -> list[str]:
        problems: list[str] = self._ask("problems", "grammars", grammars)
        return problems

    def _revive(self) -> None:
        """Starts a worker in the place of each that died. Raises EngineError when the engine is closed."""
        with self._lifecycle:
            if self._closed:
                raise EngineError("the engine is closed", fix="open a new engine")
            for i, worker in enumerate(self._workers):
                if worker.dead:
                    self._workers[i] = WorkerProcess(worker.spec, self._deliver)

    def _cancel(self, number: int) -> None:
        for worker in self._workers:
            with contextlib.suppress(EngineError):  # a dead worker has nothing to cancel
                worker.send("cancel", number)

    def _deliver(self, worker: WorkerProcess, message: tuple[Any, ...]) -> None:
        """Runs in the worker's reader thread."""
        kind, number, *rest = message
        jobs = list(self._jobs.values())
        if kind == "died":
            self._mourn(worker, rest[0], jobs)
        elif _STARTUP in self._jobs and number is None:
            self._jobs[_STARTUP].messages.put((kind, *rest))
        elif kind == "ready":
            for job in jobs:
                job.feed(worker)
        elif (owner := self._jobs.get(number)) is not None:  # else cancelled meanwhile
            if kind == "finished":
                owner.returned(worker, [done.key for done in rest[0]])
                owner.feed(worker)
            owner.messages.put((kind, *rest))

    def _mourn(self, worker: WorkerProcess, reason: str, jobs: Sequence[Job]) -> None:
        if _STARTUP in self._jobs or self._closed:
            for job in jobs:
                job.messages.put(("failed", reason, ""))
        elif any([job.lost(worker, reason) for job in jobs]):
            with contextlib.suppress(EngineError):  # closed meanwhile
                self._revive()


def available_cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
