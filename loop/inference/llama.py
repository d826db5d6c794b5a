"""The llama.cpp engine: requests in, completions out as they finish, in worker processes that can be killed.

A small model's decode is hundreds of tiny operations, and threads that meet after each of them cost more than they
give, far more when something else wants the cores (grading does). So a small model is run by several one-thread
workers, each with its share of the requests; a large one by a single worker with all threads.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from loop.errors import EngineError
from loop.inference.engine import Choice, Completion, Question, Request
from loop.inference.judging import asked_of, blocks, choice_of, completion_of
from loop.inference.messages import Item
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
        self._jobs: dict[int, _Job] = {_STARTUP: _Job(_STARTUP)}
        self._numbers = itertools.count(1)
        self._busy = threading.Lock()
        self._dead = ""
        specs = plan_workers(model_gguf, context, parallel, threads or available_cores())
        self._workers = [WorkerProcess(spec, self._deliver) for spec in specs]
        self._sequences = specs[0].sequences
        try:
            for _ in self._workers:
                self._jobs[_STARTUP].next("ready")
        except BaseException:
            self.close()
            raise
        del self._jobs[_STARTUP]

    @property
    def worker_pids(self) -> list[int]:
        return [worker.pid for worker in self._workers if worker.pid is not None]

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
            items = self._items(requests)
            lengths = [len(item.prompt) for item in items]
            groups = _groups(items, self._sequences)
            with closing(self._finished("items", groups, adapter, ahead=2 * self._sequences)) as finished:
                for done in finished:
                    yield completion_of(requests[done.key], done, lengths[done.key])

    def choose(self, questions: Sequence[Question], adapter: Path | None) -> Iterator[Choice]:
        """Choices as they come. They are made in the order of their prompts, as far as there is one worker."""
        with self._alone():
            asked = asked_of(questions, self.tokenize_many, self.context)
            lengths = {each.key: len(each.prompt) for each in asked}
            groups = blocks(asked, len(self._workers))
            ahead = max(map(len, groups), default=0)
            with closing(self._finished("questions", groups, adapter, ahead=ahead)) as finished:
                for done in finished:
                    yield choice_of(questions[done.key], done, lengths[done.key])

    def _finished(
        self, kind: str, groups: Sequence[Sequence[Any]], adapter: Path | None, *, ahead: int
    ) -> Generator[Any, None, None]:
        """What the workers make of groups of items or questions, one by one as it comes."""
        wanted = sum(map(len, groups))
        job = _Job(next(self._numbers), kind, groups, adapter, ahead=ahead)
        self._jobs[job.number] = job
        try:
            for worker in self._workers:
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
        self._dead = self._dead or "the engine is closed"
        for worker in self._workers:
            worker.close(patience=0)

    def __enter__(self) -> LlamaEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _items(self, requests: Sequence[Request]) -> list[Item]:
        """Requests as tokens, checked. Raises EngineError that names the request at fault."""
        if len({request.id for request in requests}) < len(requests):
            raise EngineError("two requests have the same id")
        texts = list(dict.fromkeys(request.prompt for request in requests))
        prompts = dict(zip(texts, map(tuple, self.tokenize_many(texts)), strict=True))
        items = []
        for key, request in enumerate(requests):
            prompt = prompts[request.prompt]
            room = self.context - len(prompt)
            if not prompt:
                raise EngineError(f"request {request.id}: the prompt is empty")
            if room < 1:
                raise EngineError(
                    f"request {request.id}: its prompt has {len(prompt)} tokens, the context is {self.context}",
                    fix=f"raise model.context above {len(prompt)} (prompt and answer share it), or shorten the task",
                )
            if request.max_tokens < 1 or not (0 <= request.temperature < math.inf):
                raise EngineError(f"request {request.id}: max_tokens must be >= 1 and temperature finite and >= 0")
            limit = min(room, request.max_tokens)
            items.append(Item(key, prompt, request.seed, request.temperature, limit))
        return items

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise EngineError("the engine is still generating", fix="finish or close the other iterator first")
        try:
            yield
        finally:
            self._busy.release()

    def _ask(self, reply: str, kind: str, *payload: Any) -> Any:
        if self._dead:
            raise EngineError(self._dead, fix="open a new engine")
        job = _Job(next(self._numbers))
        self._jobs[job.number] = job
        try:
            self._workers[0].send(kind, job.number, *payload)
            return job.next(reply)
        finally:
            del self._jobs[job.number]

    def _cancel(self, number: int) -> None:
        for worker in self._workers:
            with contextlib.suppress(EngineError):  # a dead worker has nothing to cancel; the next call reports it
                worker.send("cancel", number)

    def _deliver(self, worker: WorkerProcess, message: tuple[Any, ...]) -> None:
        """Runs in the worker's reader thread."""
        kind, number, *rest = message
        if kind == "died":
            self._dead = self._dead or rest[0]
            for job in list(self._jobs.values()):
                job.messages.put(("failed", rest[0], "open a new engine"))
            return
        owner = self._jobs.get(_STARTUP if number is None else number)
        if owner is None:
            return  # cancelled meanwhile
        if kind == "finished":
            owner.feed(worker, returned=len(rest[0]))
        owner.messages.put((kind, *rest))


class _Job:
    """One call's share of the conversation with the workers: what is still to be sent, and what came back."""

    def __init__(
        self,
        number: int,
        kind: str = "",
        groups: Sequence[Sequence[Any]] = (),
        adapter: Path | None = None,
        *,
        ahead: int = 0,
    ) -> None:
        self.number = number
        self._kind = kind
        self.messages: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._groups = deque(groups)
        self._adapter = adapter
        self._ahead = ahead
        self._in_flight: dict[WorkerProcess, int] = {}
        self._lock = threading.Lock()

    def next(self, kind: str) -> Any:
        """The payload of the next message, which must be of this kind. Raises the worker's EngineError."""
        got, *payload = self.messages.get()
        if got == "failed":
            raise EngineError(payload[0], fix=payload[1])
        if got != kind:
            raise EngineError(f"the inference worker answered '{got}' where '{kind}' was due")
        return payload[0]

    def feed(self, worker: WorkerProcess, returned: int = 0) -> None:
        """Sends the worker whole groups until it has `ahead` in hand: its slots full, and as many waiting."""
        with self._lock:
            in_hand = self._in_flight.get(worker, 0) - returned
            batch: list[Any] = []
            while self._groups and in_hand + len(batch) < self._ahead:
                batch += self._groups.popleft()
            self._in_flight[worker] = in_hand + len(batch)
            if batch:
                with contextlib.suppress(EngineError):  # its death is delivered as a message of its own
                    worker.send(self._kind, self.number, batch, self._adapter)

    def close(self) -> bool:
        """Sends nothing more; True when requests were still out."""
        with self._lock:
            unsent = bool(self._groups)
            self._groups.clear()
            return unsent or any(self._in_flight.values())


def available_cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(items: Sequence[Item], largest: int) -> list[list[Item]]:
    """Runs of adjacent items with one prompt, so that the same worker gets them and evaluates it once."""
    groups: list[list[Item]] = []
    for item in items:
        if groups and groups[-1][0].prompt is item.prompt and len(groups[-1]) < largest:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups
