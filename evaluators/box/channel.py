"""Pipes to and from a box: bounded, drained while we wait, watched for time, memory and sleep."""

from __future__ import annotations

import os
import select
import subprocess
import time

from evaluators.box.observation import End, Limits
from evaluators.box.sandbox import Box, sealed, start_box
from evaluators.box.toolchain import Toolchain

NOISE_BYTES = 64 << 10
"""What a candidate may print (stdout and stderr together)."""
LOOK_AFTER, LOOK_EVERY = 0.1, 0.04
"""Seconds: when a slow box is first looked at (CPU time, resident memory), and how often from then on."""
ASLEEP = 2.0
"""Seconds after which a box in which every process sleeps is given up: it waits for what never comes."""


class Channel:
    """A driver in a fresh box, its three pipes, and the limits it is held to. A context manager: leaving kills the box.

    incoming: reply bytes that nobody took yet. verdict: why waiting was given up, if it was.
    """

    def __init__(
        self,
        tools: Toolchain,
        driver: int,
        shared_object: bytes,
        words: list[str],
        limits: Limits,
        environment: dict[str, str],
    ) -> None:
        """`words` follow the three descriptors in the driver's arguments. Raises OSError when no box can be started."""
        self.limits = limits
        case_read, self._cases = os.pipe()
        self._replies, reply_write = os.pipe()
        self._noise, noise_write = os.pipe()
        candidate = sealed("candidate", shared_object)
        try:
            self._box: Box = start_box(
                tools,
                driver,
                [str(case_read), str(reply_write), str(candidate), *words],
                stdin=subprocess.DEVNULL,
                stdout=noise_write,
                stderr=noise_write,
                keep=(case_read, reply_write, candidate),
                environment=environment,
            )
        except OSError:
            self._close()
            raise
        finally:
            for fd in (case_read, reply_write, candidate, noise_write):
                os.close(fd)
        for fd in (self._cases, self._replies, self._noise):
            os.set_blocking(fd, False)
        now = time.monotonic()
        self._deadline, self._look_at, self._awake_at = now + limits.wall, now + LOOK_AFTER, now + LOOK_AFTER
        self._poller = select.poll()
        self._poller.register(self._replies, select.POLLIN)
        self._poller.register(self._noise, select.POLLIN)
        self._outgoing = b""
        self._ended = False
        self.incoming = bytearray()
        self.noise = bytearray()
        self.pids: tuple[int, ...] = ()
        self.verdict: End | None = None

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_: object) -> None:
        self._box.kill()
        self._close()

    def send(self, data: bytes) -> None:
        """Queue `data`; what does not fit into the pipe now goes out while we wait for the reply."""
        self._outgoing += data
        self._push()

    def fill(self, size: int) -> bool:
        """Wait until `incoming` has `size` bytes. False: it never will, and `verdict` may say why."""
        while len(self.incoming) < size:
            if self._ended or self.verdict is not None:
                return False
            self._step()
        return True

    def take(self, size: int) -> bytes:
        """Remove the first `size` bytes of `incoming`."""
        taken = bytes(self.incoming[:size])
        del self.incoming[:size]
        return taken

    def hang_up(self) -> None:
        """No more cases: the driver ends."""
        self._forget(self._cases)
        os.close(self._cases)
        self._cases = -1

    def wait(self) -> int | None:
        """Exit status of a box whose replies have ended; None if it lingers."""
        status = self._box.wait(ASLEEP)
        self._drain()
        return status

    def _close(self) -> None:
        for fd in (self._cases, self._replies, self._noise):
            if fd >= 0:
                os.close(fd)

    def _push(self) -> None:
        try:
            self._outgoing = self._outgoing[os.write(self._cases, self._outgoing) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._outgoing = b""  # the replies' pipe will tell how it ended
        if self._outgoing:
            self._poller.register(self._cases, select.POLLOUT)
        else:
            self._forget(self._cases)

    def _forget(self, fd: int) -> None:
        try:
            self._poller.unregister(fd)
        except KeyError:
            return

    def _step(self) -> None:
        now = time.monotonic()
        if now >= self._look_at:
            self._look(now)
            if self.verdict is not None:
                return
        until = min(self._deadline, self._look_at)
        for fd, _ in self._poller.poll(max(0.0, until - now) * 1000 + 0.2):
            if fd == self._cases:
                self._push()
            elif fd == self._noise:
                self._drain()
            else:
                part = os.read(self._replies, 1 << 16)
                self.incoming += part
                self._ended = not part

    def _drain(self) -> None:
        try:
            part = os.read(self._noise, 1 << 16)
        except BlockingIOError:
            return
        if not part:
            self._forget(self._noise)
        self.noise += part
        if len(self.noise) > NOISE_BYTES:
            self.verdict = End.OUTPUT

    def _look(self, now: float) -> None:
        use = self._box.use()
        self._look_at = now + LOOK_EVERY
        self.pids = use.pids
        self._awake_at = self._awake_at if use.asleep else now
        if use.resident > self.limits.resident:
            self.verdict = End.MEMORY
        elif use.cpu > self.limits.cpu or now - self._awake_at > ASLEEP:
            self.verdict = End.TIMEOUT
        elif now >= self._deadline:
            self.verdict = End.SLOW
