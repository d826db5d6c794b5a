"""Pipes to and from a candidate: bounded, drained while we wait, watched for time, memory and sleep."""

from __future__ import annotations

import os
import select
import time

from evaluators.box.observation import End, Limits
from evaluators.box.process_tree import process_cpu, process_use, waited_for_a_core
from evaluators.box.run_server import Order, RunServer
from evaluators.box.sandbox import sealed
from evaluators.errors import GraderFault

NOISE_BYTES, NOISE_KEPT = 8 << 20, 64 << 10
"""What a candidate may print (stdout and stderr together, all cases), and how much of its end is kept."""
SYSTEM_SECONDS = 5.0
"""What a candidate may use in the kernel besides: the first touch of 200 MB takes some 0.2 s of that."""
LOOK_AFTER, LOOK_EVERY = 0.02, 0.02
"""Seconds: when a slow run is first looked at (CPU time, resident memory), and how often from then on: some 50 MB of
memory can be touched in between."""
ASLEEP = 2.0
"""Seconds after which a candidate all of whose threads sleep is given up: it waits for what never comes."""
CROWDED = 0.1
"""Share of the wall limit that a candidate must have waited for a core for the machine to be blamed."""
BUSY = 0.001
"""Seconds of CPU time between two looks that nobody uses in his sleep."""


class Channel:
    """A candidate in its process, its three pipes, and the limits it is held to. A context manager: leaving kills it.

    incoming: reply bytes that nobody took yet. verdict: why waiting was given up, if it was.
    """

    def __init__(self, server: RunServer, order: Order, shared_object: bytes, limits: Limits) -> None:
        """Raises OSError when the server is gone."""
        self.limits = limits
        self._server = server
        case_read, self._cases = os.pipe()
        self._replies, reply_write = os.pipe()
        self._noise, noise_write = os.pipe()
        candidate = sealed("candidate", shared_object)
        try:
            server.begin(order, (candidate, case_read, reply_write, noise_write))
        except (OSError, GraderFault):
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
        self._cpu = 0.0
        self._printed = 0
        self.incoming = bytearray()
        self.noise = bytearray()
        self.verdict: End | None = None

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.finish(ASLEEP)
        self._close()

    @property
    def pids(self) -> tuple[int, ...]:
        self._server.meet()
        return self._server.pids

    def cpu(self) -> float:
        """Seconds that the candidate's process has used, all threads, dead ones too, as the kernel counts them."""
        self._cpu = process_cpu(self._server.meet()) or self._cpu
        return self._cpu

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
        """No more cases: the candidate's process ends."""
        self._forget(self._cases)
        os.close(self._cases)
        self._cases = -1

    def wait(self) -> int | None:
        """Exit status (128 + n for signal n) of a candidate whose replies have ended; None if it lingers.

        Raises OSError when the server ended instead.
        """
        until = time.monotonic() + ASLEEP
        self._forget(self._replies)  # at its end it is always ready: we would spin
        self._poller.register(self._server, select.POLLIN)
        while self._server.ended() is None and not self._server.broken and self.verdict is None:
            left = until - time.monotonic()
            if left <= 0:
                break
            if any(fd == self._noise for fd, _ in self._poller.poll(left * 1000 + 0.2)):
                self._drain()
        while self._drain():
            pass
        if self._server.broken:
            raise OSError("the candidate's server ended")
        if self._server.out_of_memory():
            self.verdict = End.MEMORY
        return self._server.ended()

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

    def _drain(self) -> bool:
        """Take what was printed; False when there is nothing, or nothing more will be taken."""
        try:
            part = os.read(self._noise, 1 << 16)
        except BlockingIOError:
            return False
        if not part:
            self._forget(self._noise)
        self._printed += len(part)
        self.noise += part
        del self.noise[:-NOISE_KEPT]
        if self._printed > NOISE_BYTES:
            self.verdict = End.OUTPUT
        return bool(part) and self.verdict is None

    def _look(self, now: float) -> None:
        self._look_at = now + LOOK_EVERY
        before, cpu = self._cpu, self.cpu()
        use = process_use(self._server.meet())
        if not use.asleep or cpu - before > BUSY:
            self._awake_at = now
        if use.resident > self.limits.resident:
            self.verdict = End.MEMORY
        elif use.user > self.limits.cpu or use.system > SYSTEM_SECONDS or now - self._awake_at > ASLEEP:
            self.verdict = End.TIMEOUT
        elif now >= self._deadline:
            crowded = waited_for_a_core(self._server.meet()) > CROWDED * self.limits.wall
            self.verdict = End.SLOW if crowded else End.TIMEOUT
