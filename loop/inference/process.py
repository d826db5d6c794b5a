"""The parent's side of one worker process: start it, talk to it, end it, and say why it died."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from loop.errors import EngineError
from loop.inference.plan import WorkerSpec, worker_environment

_ROOT = str(Path(__file__).resolve().parents[2])
# -P and this line instead of -m: neither the current directory nor PYTHONPATH decides which `loop` the worker runs.
_START = (
    "import sys; root = sys.argv[1]; root in sys.path or sys.path.insert(0, root); "
    "from loop.inference.worker import main; main(sys.argv[2:])"
)
_LOG_SHOWN = 12  # lines of the worker's log that an error quotes


class WorkerProcess:
    """Messages from the worker go to `deliver(worker, message)`, called in the thread that reads them.

    The last one is ("died", None, reason). Reading in a thread means that the worker never waits for a slow caller.
    """

    def __init__(self, spec: WorkerSpec, deliver: Callable[[WorkerProcess, tuple[Any, ...]], None]) -> None:
        self.spec = spec
        self.ready = False  # its model is loaded
        self.dead = False
        self._deliver = deliver
        self._closing = False
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection, self._far_end = Pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the worker)
        self._send_lock = threading.Lock()
        # Linux ends the worker when the *thread* that started it ends, so the reader, which outlives it, starts it.
        self._reader = threading.Thread(target=self._run, name="llama-worker-reader", daemon=True)
        self._reader.start()
        self._started.wait()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def send(self, *message: Any) -> None:
        """Raises EngineError when the worker is gone."""
        try:
            with self._send_lock:
                self._connection.send(message)
        except (OSError, ValueError) as error:
            raise EngineError("the inference worker is gone", fix="open a new engine") from error

    def close(self, patience: float = 2.0) -> None:
        """Ends the worker: asked first, killed after `patience` seconds (at once when 0)."""
        self._closing = True
        if self._process is None:
            return
        if patience and self._process.poll() is None:
            try:
                self.send("close", 0)
                self._process.wait(patience)
            except (EngineError, subprocess.TimeoutExpired):
                pass  # killed below
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def _run(self) -> None:
        try:
            self._process = self._start()
        except OSError as error:
            self.dead = True
            self._started.set()
            self._deliver(self, ("died", None, f"the inference worker cannot be started: {error.strerror or error}"))
            return
        self._far_end.close()
        self._started.set()
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                break
            self.ready = self.ready or message[0] == "ready"
            self._deliver(self, message)
        self._process.wait()
        self._connection.close()
        reason = self._obituary(self._process.returncode)
        self._log.close()
        self.dead, self.ready = True, False
        self._deliver(self, ("died", None, reason))

    def _start(self) -> subprocess.Popen[bytes]:
        spec = self.spec
        descriptor = self._far_end.fileno()
        # BLAS threads would only take memory.
        environment = {**worker_environment(os.environ), "OPENBLAS_NUM_THREADS": "1"}
        arguments = [descriptor, os.getpid(), spec.model, spec.context, spec.sequences, spec.threads]
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _START, _ROOT, *map(str, arguments)],
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=environment,
        )

    def log_tail(self) -> str:
        """The last lines that llama.cpp (or Python) wrote, debug chatter left out."""
        try:
            size = os.fstat(self._log.fileno()).st_size
            tail = os.pread(self._log.fileno(), 8192, max(0, size - 8192)).decode("utf-8", errors="replace")
        except (OSError, ValueError):
            return ""
        return "\n".join(tail.strip().splitlines()[-_LOG_SHOWN:])

    def _obituary(self, status: int) -> str:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        tail = "" if self._closing else self.log_tail()
        return f"the inference worker {how}" + (f"; its last words:\n{tail}" if tail else "")
