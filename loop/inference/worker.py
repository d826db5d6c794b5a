"""The process that owns llama.cpp. It is started by `loop.inference.process` and speaks pickled tuples over a socket.

It ends when told to, when its parent goes away (the socket closes; on Linux also by signal), or when it is killed.
Ctrl-C is the parent's business: a terminal sends it to both, and the worker ignores it.
"""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from loop.errors import EngineError
from loop.inference.batcher import Batcher
from loop.inference.chooser import Chooser
from loop.inference.messages import Asked, Item
from loop.inference.native import LlamaContext
from loop.inference.sampling import FloatBlock
from loop.inference.tree import TreeContext

_PR_SET_PDEATHSIG = 1


def main(argv: Sequence[str]) -> None:
    """argv: socket descriptor, parent's pid, GGUF, context, sequences, threads."""
    descriptor, parent, model, context, sequences, threads = argv
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(int(parent))
    connection = Connection(int(descriptor))
    try:
        worker = Worker(connection, Path(model), int(context), int(sequences), int(threads))
    except EngineError as error:
        connection.send(("failed", None, error.message, error.fix))
        sys.exit(1)
    worker.run()


class Worker:
    def __init__(self, connection: Connection, model: Path, context: int, sequences: int, threads: int) -> None:
        self._connection = connection
        self._llama = LlamaContext(model, context=context, sequences=sequences, threads=threads)
        self._batcher = Batcher(self._llama, sequences=sequences, length=context)
        self._context, self._threads = context, threads
        self._chooser: Chooser | None = None  # made when first asked: not every engine judges
        self._inbox: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._job = 0
        threading.Thread(target=self._read, daemon=True).start()
        connection.send(("ready", None, self._llama.vocab_size))

    def run(self) -> None:
        while True:
            try:
                message = self._inbox.get(block=self._idle)
            except queue.Empty:
                self._step()
                continue
            try:
                self._handle(*message)
            except EngineError as error:
                self._connection.send(("failed", message[1], error.message, error.fix))

    @property
    def _idle(self) -> bool:
        return self._batcher.idle and (self._chooser is None or self._chooser.idle)

    def _step(self) -> None:
        try:
            finished = self._chooser.step() if self._chooser and not self._chooser.idle else self._batcher.step()
        except EngineError as error:
            self._cancel()
            self._connection.send(("failed", self._job, error.message, error.fix))
            return
        if finished:
            self._connection.send(("finished", self._job, finished))

    def _handle(self, kind: str, job: int, *rest: Any) -> None:
        if kind == "items":
            self._submit(job, *rest)
        elif kind == "questions":
            self._submit_questions(job, *rest)
        elif kind == "cancel":
            self._cancel()
        elif kind == "tokenize":
            (texts,) = rest
            self._connection.send(("tokens", job, [self._llama.tokenize(text) for text in texts]))
        elif kind == "grammars":
            (texts,) = rest
            self._connection.send(("problems", job, [self._batcher.grammars.problem(text) for text in texts]))
        elif kind == "logits":
            self._connection.send(("logits", job, self._logits(*rest)))
        elif kind == "close":
            sys.exit(0)
        else:
            raise EngineError(f"unknown message '{kind}'")

    def _submit(self, job: int, items: list[Item], adapter: Path | None, pool: int) -> None:
        if self._begin(job):
            self._batcher.arrange(pool)
        if self._llama.use_adapter(adapter):
            self._batcher.forget()
        self._batcher.submit(items)

    def _submit_questions(self, job: int, questions: list[Asked], adapter: Path | None) -> None:
        self._begin(job)
        self._judging().submit(questions, adapter)

    def _logits(self, tokens: Sequence[int], adapter: Path | None) -> FloatBlock:
        """As exact as the weights: a small model's sampling rounds its cache more than its weights are rounded."""
        if self._llama.flash_attention:
            return self._judging().logits(tokens, adapter)
        self._batcher.cancel()
        self._llama.use_adapter(adapter)
        self._batcher.forget()
        block = self._llama.logits(tokens)
        self._batcher.forget()
        return block

    def _judging(self) -> Chooser:
        if self._chooser is None:
            tree = TreeContext(self._llama, context=self._context, threads=self._threads)
            self._chooser = Chooser(tree, self._llama.pieces(), self._llama.ends_turn())
        return self._chooser

    def _begin(self, job: int) -> bool:
        """Whether this is the first that is heard of the job."""
        if job == self._job:
            return False
        self._cancel()
        self._job = job
        return True

    def _cancel(self) -> None:
        self._batcher.cancel()
        if self._chooser is not None:
            self._chooser.cancel()

    def _read(self) -> None:
        """Fills the inbox; the parent's end closing means that nobody wants the rest."""
        while True:
            try:
                self._inbox.put(self._connection.recv())
            except (EOFError, OSError):
                os._exit(0)


def _die_with(parent: int) -> None:
    """Asks Linux for SIGKILL when the thread that started this process ends; elsewhere the closing socket does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
