"""An event loop in a thread of its own, so that requests overlap while the caller is an ordinary generator."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar

from loop.errors import EngineError

T = TypeVar("T")
R = TypeVar("R")

THREAD = "server-engine"
_CLOSING_SECONDS = 5.0


class Background:
    """Ends with `close`, or with the process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=THREAD, daemon=True)
        self._thread.start()

    def call(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Its result; what it raises is raised here."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:  # Ctrl-C in the waiting thread ends the request as well
            future.cancel()
            raise

    def stream(self, ask: Callable[[T], Awaitable[R]], items: Sequence[T], at_once: int) -> Iterator[R]:
        """ask(item) of all items, `at_once` of them under way, as they finish.

        When one fails no further one is begun: those under way are delivered, and then its error is raised. Closing
        the iterator early cancels the rest, which closes their connections.
        """
        outbox: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        all_asked = _ask_all(ask, items, at_once, outbox.put)
        future = asyncio.run_coroutine_threadsafe(all_asked, self._loop)
        try:
            while True:
                going_on, payload = outbox.get()
                if going_on:
                    yield payload
                elif payload is not None:
                    raise payload
                else:
                    return
        finally:
            future.cancel()

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Awaits `last()`, cancels what is still under way, and ends the thread."""
        try:
            asyncio.run_coroutine_threadsafe(self._end(last), self._loop).result(timeout=_CLOSING_SECONDS)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=_CLOSING_SECONDS)
            if not self._thread.is_alive():
                self._loop.close()

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await last()


async def _ask_all(
    ask: Callable[[T], Awaitable[R]], items: Sequence[T], at_once: int, put: Callable[[tuple[bool, Any]], None]
) -> None:
    """Puts (True, result) for each that succeeds and (False, error or None) as the last."""
    waiting = deque(items)
    failed: list[Exception] = []

    async def work() -> None:
        while waiting and not failed:
            item = waiting.popleft()
            try:
                put((True, await ask(item)))
            except Exception as error:  # noqa: BLE001 - raised in the caller's thread
                failed.append(error)

    try:
        await asyncio.gather(*(work() for _ in range(min(at_once, len(items)))))
    except asyncio.CancelledError:
        put((False, EngineError("the engine was closed while it was generating", fix="open a new engine")))
        raise
    put((False, failed[0] if failed else None))
