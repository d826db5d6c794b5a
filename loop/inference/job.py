"""One call's share of the conversation with the workers: what is still to be sent, what is out, and what came back.

A worker that dies takes nothing with it: what it had answered is there, and the rest is given out again.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from loop.errors import EngineError
from loop.inference.process import WorkerProcess

RESTARTS = 2
"""Workers that are replaced without an answer in between; one more death is the call's end."""


class WorkerLost(EngineError):
    """The worker that was asked died; another one can be."""


class Job:
    """groups: of items or questions, each group for one worker; every member has a `key`. payload: what goes with each
    of them. ahead: how many a worker has in hand. Threads of several workers call it."""

    def __init__(
        self,
        number: int,
        kind: str = "",
        groups: Sequence[Sequence[Any]] = (),
        payload: tuple[Any, ...] = (),
        *,
        ahead: int = 0,
    ) -> None:
        self.number = number
        self.messages: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._kind = kind
        self._groups = deque(groups)
        self._payload = payload
        self._ahead = ahead
        self._out: dict[WorkerProcess, dict[int, Any]] = {}
        self._deaths = 0
        self._lock = threading.Lock()

    def next(self, kind: str) -> Any:
        """The payload of the next message, which must be of this kind. Raises the worker's EngineError."""
        got, *payload = self.messages.get()
        if got == "lost":
            raise WorkerLost(payload[0])
        if got == "failed":
            raise EngineError(payload[0], fix=payload[1])
        if got != kind:
            raise EngineError(f"the inference worker answered '{got}' where '{kind}' was due")
        return payload[0]

    def ask(self, worker: WorkerProcess, kind: str, *payload: Any) -> None:
        """Sends one question of its own kind; `next` raises WorkerLost when the worker dies over it."""
        with self._lock:
            self._out[worker] = {}
        if worker.dead:  # and that was said before this call was known
            raise WorkerLost("the inference worker is gone")
        with contextlib.suppress(EngineError):  # its death is delivered as a message of its own
            worker.send(kind, self.number, *payload)

    def feed(self, worker: WorkerProcess) -> None:
        """Sends the worker whole groups until it has `ahead` in hand: its slots full, and as many waiting."""
        with self._lock:
            if not self._groups:
                return
            out = self._out.setdefault(worker, {})
            batch: list[Any] = []
            while self._groups and len(out) + len(batch) < self._ahead:
                batch += self._groups.popleft()
            out.update((member.key, member) for member in batch)
            if batch:
                with contextlib.suppress(EngineError):  # its death is delivered as a message of its own
                    worker.send(self._kind, self.number, batch, *self._payload)

    def returned(self, worker: WorkerProcess, keys: Iterable[int]) -> None:
        """The worker has answered these."""
        with self._lock:
            self._deaths = 0
            for key in keys:
                self._out[worker].pop(key, None)

    def lost(self, worker: WorkerProcess, reason: str) -> bool:
        """The worker died. True when the call goes on with another in its place. What it had in hand comes last now, so
        that a request which kills its workers keeps no other waiting."""
        with self._lock:
            out = self._out.pop(worker, None)
            if not self._kind:
                if out is not None:
                    self.messages.put(("lost", reason))
                return False
            self._deaths += 1
            if self._deaths > RESTARTS:
                self.messages.put(("failed", f"{reason}\n({self._deaths} workers died without an answer between)", ""))
                return False
            if out:
                self._groups.append(list(out.values()))
            return bool(self._groups)

    def close(self) -> bool:
        """Sends nothing more; True when requests were still out."""
        with self._lock:
            unsent = bool(self._groups)
            self._groups.clear()
            return unsent or any(self._out.values())
