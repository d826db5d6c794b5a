"""The outside half of native/compile_server.c: files and commands into a box, what they made and said out of it."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import time

from evaluators.box.sandbox import STANDARD, Box, Launch, sealed, start_box
from evaluators.box.toolchain import Toolchain
from evaluators.errors import GraderFault

CPU_SECONDS, WALL_SECONDS = 2, 20
"""Of one command."""
ADDRESS_SPACE = 1 << 30
FILE_BYTES = 8 << 20
UNCONFINED = 0xFFFFFFFF
"""Of native/compile_server.c: it cannot confine itself on this kernel."""


class CompileServer:
    """One long-lived box, for one thread. Restarted by the next request after a fault."""

    def __init__(self, tools: Toolchain, server: bytes, launch: Launch = STANDARD) -> None:
        self._tools, self._launch = tools, launch
        self._program = sealed("compile-server", server)
        self._box: Box | None = None
        self._requests = self._replies = -1

    def run(
        self, files: tuple[tuple[str, bytes], ...], commands: list[list[str]], output: str
    ) -> tuple[int, int, bytes, bytes]:
        """In an emptied directory with these files: (number of the command that failed or 0, its wait status,
        diagnostics of at most 4 KiB, bytes of the file `output`). Raises GraderFault when the box fails."""
        try:
            if self._box is None:
                self._start()
            return self._ask(files, commands, output)
        except OSError as error:
            self._stop()
            raise GraderFault(f"the compiler's box failed: {error}") from error

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the box that waits for requests: bubblewrap's, the server's, and the kept programs'."""
        return self._box.use().pids if self._box else ()

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
                [*limits, str(request_read), str(reply_write), str(int(self._launch.confined))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                keep=(request_read, reply_write),
                compiler=True,
                launch=self._launch,
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

    def _ask(
        self, files: tuple[tuple[str, bytes], ...], commands: list[list[str]], output: str
    ) -> tuple[int, int, bytes, bytes]:
        request = [struct.pack("<I", len(files))]
        for path, data in files:
            request += [_blob(path.encode()), _blob(data)]
        request.append(struct.pack("<I", len(commands)))
        request += [_blob("\0".join(command).encode() + b"\0") for command in commands]
        request += [struct.pack("<I", 1), _blob(output.encode())]
        deadline = time.monotonic() + 3 * WALL_SECONDS + 5 * len(commands)
        self._send(b"".join(request), deadline)
        failed, status = struct.unpack("<II", self._receive(8, deadline))
        if failed == UNCONFINED:
            raise OSError(self._receive_blob(deadline).decode())
        return failed, status, self._receive_blob(deadline), self._receive_blob(deadline)

    def _receive_blob(self, deadline: float) -> bytes:
        return self._receive(struct.unpack("<I", self._receive(4, deadline))[0], deadline)

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


def _blob(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
