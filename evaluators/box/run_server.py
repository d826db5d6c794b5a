"""A box in which candidates run one after another, each in a process of its own (native/run_server.h).

The sanitizer's runtime starts once a server, not once a run. Between two candidates nothing is shared but the server's
own program: a candidate cannot trace, signal, limit or even see it, and what it leaves would end the box. A server
about which anything is odd is `broken`; its owner starts another one.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import subprocess
import time
from dataclasses import dataclass

from evaluators.box.sandbox import STANDARD, Box, Launch, start_box
from evaluators.box.toolchain import Toolchain
from evaluators.errors import GraderFault

RUNS = 500
"""Candidates that one server serves."""
START_SECONDS = 30.0
_ORDER = struct.Struct("<QQIIII64s192s")
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True)
class Order:
    """What a candidate's process is told before it is confined (struct order in native/run_server.h).

    address_space, data: bytes, 0 for no limit; data counts from what the server has itself.
    profile: see native/seccomp.h.
    """

    shape: str
    name: str
    address_space: int
    data: int
    cpu_seconds: int
    processes: int
    profile: int
    confined: bool = True

    def packed(self) -> bytes:
        """Raises GraderFault when a name does not fit."""
        shape, name = self.shape.encode(), self.name.encode()
        if len(shape) > 63 or len(name) > 191:
            raise GraderFault(f"'{self.name[:80]}' or its shape is too long")
        numbers = (self.address_space, self.data, self.cpu_seconds, self.processes, self.profile, int(self.confined))
        return _ORDER.pack(*numbers, shape, name)


class RunServer:
    """One box for one thread. host_pid: the server's pid as the host counts; broken: to be thrown away."""

    def __init__(
        self, tools: Toolchain, driver: int, stack: int, environment: dict[str, str], launch: Launch = STANDARD
    ) -> None:
        """`driver`: descriptor of the program; `stack`: bytes. Raises OSError or GraderFault when no box starts."""
        self.runs = 0
        self.broken = False
        self.launch = launch
        self._killed = 0
        self.candidate = 0
        self._ended: int | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._control.setblocking(False)
        said, says = os.pipe()
        try:
            self._box: Box = start_box(
                tools,
                driver,
                [str(theirs.fileno()), str(stack)],
                stdin=subprocess.DEVNULL,
                stdout=says,
                stderr=says,
                keep=(theirs.fileno(),),
                environment=environment,
                launch=launch,
            )
        except OSError:
            os.close(said)
            self._control.close()
            raise
        finally:
            theirs.close()
            os.close(says)
        try:
            self.host_pid = self._started(said)
        finally:
            os.close(said)

    @property
    def spent(self) -> bool:
        return self.broken or self.runs >= RUNS

    @property
    def pids(self) -> tuple[int, ...]:
        """The box's outermost process, the server, and the candidate that runs."""
        return (self._box.process.pid, self.host_pid, *([self.candidate] if self.candidate else []))

    def fileno(self) -> int:
        """Readable when the candidate that runs has ended."""
        return self._control.fileno()

    def begin(self, order: Order, descriptors: tuple[int, int, int, int]) -> None:
        """Start a candidate: shared object, cases, replies, noise. Raises OSError when the server is gone."""
        self.runs += 1
        self.candidate, self._ended = 0, None
        self._killed = self._kills()
        try:
            socket.send_fds(self._control, [order.packed()], list(descriptors))
        except OSError:
            self.broken = True
            raise

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed for the memory of the box's cgroup since the candidate began."""
        return self._kills() > self._killed

    def _kills(self) -> int:
        return self._box.scope.killed_for_memory() if self._box.scope else 0

    def meet(self) -> int:
        """The candidate's pid as the host counts, named by the kernel before anything hostile ran; 0: unknown."""
        if not self.candidate and not self.broken:
            self._listen()
        return self.candidate

    def ended(self) -> int | None:
        """Exit status as a shell gives it (128 + n for signal n), None while it runs or when it cannot be known."""
        while self._ended is None and not self.broken and self._listen():
            pass
        return self._ended

    def finish(self, seconds: float) -> None:
        """Leave nothing of the run: kills what still runs, and gives the server up when it does not confirm that."""
        if self.ended() is not None or self.broken:
            return
        try:
            self._control.send(b"K")
        except OSError:
            self.broken = True
        until = time.monotonic() + seconds
        while self.ended() is None and not self.broken:
            if not _readable(self._control.fileno(), until - time.monotonic()):
                self.broken = True

    def close(self) -> None:
        self.broken = True
        self._box.kill()
        self._control.close()

    def _started(self, said: int) -> int:
        until = time.monotonic() + START_SECONDS
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.poll(START_SECONDS * 1000)
        packet = self._packet() if time.monotonic() < until else None
        if packet is None or packet[0] != b"R":
            self.close()
            os.set_blocking(said, False)
            try:
                words = os.read(said, 1000).decode("utf-8", "replace").strip()
            except BlockingIOError:
                words = ""
            raise GraderFault(f"the box ended before it could run anything: {words or 'it said nothing'}")
        return packet[1]

    def _listen(self) -> bool:
        """Take one packet, if there is one."""
        packet = self._packet()
        if packet is None:
            return False
        data, sender = packet
        if data == b"C" and not self.candidate and sender != self.host_pid:
            self.candidate = sender
        elif data[:4] == b"E\0\0\0" and len(data) == 8 and sender == self.host_pid:
            code = os.waitstatus_to_exitcode(struct.unpack("<i", data[4:])[0])
            self._ended = 128 - code if code < 0 else code
        else:
            self.broken = True
        return not self.broken

    def _packet(self) -> tuple[bytes, int] | None:
        """(data, the sender's pid as the host counts); None when there is none yet. A hung-up server is broken."""
        try:
            data, extra, _, _ = self._control.recvmsg(64, socket.CMSG_SPACE(_CREDENTIALS.size))
        except BlockingIOError:
            return None
        except OSError:
            data, extra = b"", []
        if not data:
            self.broken = True
            return None
        senders = [_CREDENTIALS.unpack(d)[0] for _, kind, d in extra if kind == socket.SCM_CREDENTIALS]
        return data, senders[0] if senders else 0


def _readable(fd: int, seconds: float) -> bool:
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(max(0.0, seconds) * 1000))
