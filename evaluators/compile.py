"""C source -> shared object, by gcc inside a box. The compiler is attacked too: includes, `.incbin`, macro bombs.

One box serves many compiles (gcc's programs are trusted, only their input is not), each in an emptied directory, so no
source ever sees another one's files. No test input is ever in that box.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from evaluators.errors import GraderFault
from evaluators.sandbox import Box, sealed, start_box
from evaluators.toolchain import Toolchain

CPU_SECONDS, WALL_SECONDS = 2, 20
ADDRESS_SPACE = 1 << 30
FILE_BYTES = 8 << 20
MAX_SOURCE = 1 << 17


@dataclass(frozen=True)
class Compiled:
    """`shared_object` is empty when it failed; then `diagnostics` (at most 4 KiB) says why."""

    shared_object: bytes
    diagnostics: str

    @property
    def ok(self) -> bool:
        return bool(self.shared_object)


class CompileBox:
    """One long-lived sandboxed compiler, for one thread. Restarted by the next compile after a fault."""

    def __init__(self, tools: Toolchain, server: bytes) -> None:
        self._tools = tools
        self._program = sealed("compile-server", server)
        self._box: Box | None = None
        self._requests = self._replies = -1

    def compile(self, source: bytes, build: str) -> Compiled:
        """Build `source` as `plain` or `sanitized`. Raises GraderFault when the box itself fails."""
        if len(source) > MAX_SOURCE:
            return Compiled(b"", f"the source has {len(source)} bytes, more than {MAX_SOURCE}")
        try:
            if self._box is None:
                self._start()
            failed, status, diagnostics, shared_object = self._ask(source, build)
        except OSError as error:
            self._stop()
            raise GraderFault(f"the compiler's box failed: {error}") from error
        if not failed and shared_object:
            return Compiled(shared_object, "")
        return Compiled(b"", _why(failed, status, diagnostics))

    def close(self) -> None:
        self._stop()
        if self._program >= 0:
            os.close(self._program)
            self._program = -1

    def _start(self) -> None:
        request_read, self._requests = os.pipe()
        self._replies, reply_write = os.pipe()
        os.set_blocking(self._requests, False)
        limits = [str(n) for n in (CPU_SECONDS, WALL_SECONDS, ADDRESS_SPACE, FILE_BYTES)]
        try:
            self._box = start_box(
                self._tools,
                self._program,
                [*limits, str(request_read), str(reply_write)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                keep=(request_read, reply_write),
                compiler=True,
            )
        finally:
            os.close(request_read)
            os.close(reply_write)

    def _stop(self) -> None:
        if self._box is not None:
            self._box.kill()
            self._box = None
        for fd in (self._requests, self._replies):
            if fd >= 0:
                os.close(fd)
        self._requests = self._replies = -1

    def _ask(self, source: bytes, build: str) -> tuple[int, int, bytes, bytes]:
        steps = ["\0".join(step).encode() + b"\0" for step in self._tools.compile_steps[build]]
        request = struct.pack("<II", len(steps), len(source)) + source
        request += b"".join(struct.pack("<I", len(step)) + step for step in steps)
        deadline = time.monotonic() + 3 * WALL_SECONDS + 10
        self._send(request, deadline)
        failed, status, diag_len, object_len = struct.unpack("<IIII", self._receive(16, deadline))
        return failed, status, self._receive(diag_len, deadline), self._receive(object_len, deadline)

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            _await(self._requests, select.POLLOUT, deadline)
            view = view[os.write(self._requests, view) :]

    def _receive(self, size: int, deadline: float) -> bytes:
        parts = []
        while size:
            _await(self._replies, select.POLLIN, deadline)
            part = os.read(self._replies, size)
            if not part:
                raise OSError("it ended")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _await(fd: int, event: int, deadline: float) -> None:
    poller = select.poll()
    poller.register(fd, event)
    if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise OSError("it does not answer")


def _why(failed: int, status: int, diagnostics: bytes) -> str:
    text = diagnostics.decode("utf-8", "replace").strip()
    stage = {1: "compiler", 2: "assembler", 3: "linker"}.get(failed, "linker")
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        limit = {signal.SIGXCPU: "CPU time", signal.SIGALRM: "time", signal.SIGXFSZ: "output"}.get(
            signal.Signals(number)
        )
        text = f"the {stage} exceeded its {limit} limit" if limit else f"the {stage} died of signal {number}\n{text}"
    return text or f"the {stage} failed with status {status} and said nothing"


def build_trusted(tools: Toolchain, source: str, flags: tuple[str, ...], scratch: Path) -> bytes:
    """Build a program of our own (driver, compile server) outside any box and return the executable's bytes.

    Raises CompilerUnavailable with gcc's words when it cannot be built.
    """
    from evaluators.errors import CompilerUnavailable

    scratch.mkdir(parents=True, exist_ok=True)
    c_file = scratch / f"build-{os.getpid()}-{time.monotonic_ns()}.c"
    program = c_file.with_suffix(".out")
    try:
        c_file.write_text(source)
        done = subprocess.run(
            [tools.gcc, "-std=gnu11", "-O1", *flags, str(c_file), "-o", str(program), "-ldl", "-lm"],
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            fix = "apt-get install gcc libc6-dev libgcc-12-dev (headers and the sanitizers' libraries)"
            raise CompilerUnavailable(f"gcc cannot build the grader's own program:\n{done.stderr[:2000]}", fix=fix)
        return program.read_bytes()
    finally:
        c_file.unlink(missing_ok=True)
        program.unlink(missing_ok=True)
