"""The outside half: feed cases to a box one by one, and collect what it shows. Nothing is judged here.

The next input leaves only after the reply to the one before it. All that the box writes is bounded and drained while
we wait for it.
"""

from __future__ import annotations

import os
import select
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from evaluators.driver import encode_case, observed_sizes, shape_of
from evaluators.sandbox import Box, sealed, start_box
from evaluators.spec import Case, FunctionSpec
from evaluators.toolchain import Toolchain

HELLO, REPLY, OUT_OF_MEMORY = b"HELO", b"REPL", b"MEM!"
NOISE_BYTES = 64 << 10
"""What a candidate may print (stdout and stderr together)."""
LOOK_AFTER, LOOK_EVERY = 0.1, 0.04
"""Seconds: when a slow box is first looked at (CPU time, resident memory), and how often from then on."""
ASLEEP = 2.0
"""Seconds after which a box in which every process sleeps is given up: it waits for what never comes."""

ASAN_OPTIONS = ":".join(
    (
        "detect_leaks=0",
        "symbolize=0",
        "quarantine_size_mb=1",
        "malloc_context_size=0",
        "max_allocation_size_mb=64",
        "use_sigaltstack=1",
        "handle_abort=0",
        "detect_stack_use_after_return=0",
        "color=never",
        "exitcode=99",
    )
)


class End(StrEnum):
    """How a run ended, before anybody compares anything."""

    DONE = "done"
    STOPPED = "stopped"  # `accept` refused a reply
    EXITED = "exited"  # the box fell silent before all replies
    TIMEOUT = "timeout"
    SLOW = "slow"  # the wall limit, with little CPU used: perhaps the machine was busy
    MEMORY = "memory"
    OUTPUT = "output"
    FORGED = "forged"  # bytes where none were due
    UNLOADABLE = "unloadable"
    SILENT = "silent"  # it never said hello: the candidate has not run


@dataclass(frozen=True)
class Observation:
    """The function's returned 32 bits (little endian) and the observed allocations."""

    returned: bytes
    buffers: tuple[bytes, ...]


@dataclass(frozen=True)
class Limits:
    """cpu and wall: seconds for all cases together. resident: bytes of the whole tree. address_space: 0 for none."""

    cpu: float = 0.5
    wall: float = 10.0
    resident: int = 256 << 20
    address_space: int = 128 << 20


@dataclass
class Run:
    """What was seen. `status` is bubblewrap's (128 + n for signal n), None if the box had to be killed.
    cpu: seconds that the calls say they took; only to be believed of a reference.
    pids: the box's processes, root first, when it was last looked at (slow runs only).
    """

    end: End
    observations: list[Observation] = field(default_factory=list)
    noise: bytes = b""
    status: int | None = None
    note: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    pids: tuple[int, ...] = ()


def observe(
    tools: Toolchain,
    driver: int,
    shared_object: bytes,
    spec: FunctionSpec,
    cases: list[Case],
    limits: Limits,
    accept: Callable[[int, Observation], bool] = lambda i, o: True,
    *,
    sanitized: bool = False,
) -> Run:
    """Run the candidate on `cases` in a fresh box; stops at the first reply that `accept` refuses.

    Raises OSError when the box cannot be started.
    """
    started = time.monotonic()
    with _Session(tools, driver, shared_object, spec, limits, sanitized) as session:
        run = session.talk(spec, cases, accept)
    run.seconds = time.monotonic() - started
    return run


class _Session:
    """One box and its three pipes."""

    def __init__(
        self, tools: Toolchain, driver: int, shared_object: bytes, spec: FunctionSpec, limits: Limits, sanitized: bool
    ) -> None:
        self.limits = limits
        case_read, self.cases = os.pipe()
        self.replies, reply_write = os.pipe()
        self.noise_read, noise_write = os.pipe()
        candidate = sealed("candidate", shared_object)
        address_space = 0 if sanitized else limits.address_space
        inside = (case_read, reply_write, candidate, noise_write)
        try:
            self.box: Box = start_box(
                tools,
                driver,
                [str(case_read), str(reply_write), str(candidate), shape_of(spec), spec.name, str(address_space)],
                stdin=subprocess.DEVNULL,
                stdout=noise_write,
                stderr=noise_write,
                keep=(case_read, reply_write, candidate),
                environment={"ASAN_OPTIONS": ASAN_OPTIONS} if sanitized else None,
            )
        except OSError:
            self._close_outside()
            raise
        finally:
            for fd in inside:
                os.close(fd)
        for fd in (self.cases, self.replies, self.noise_read):
            os.set_blocking(fd, False)
        self.deadline = time.monotonic() + limits.wall
        self.look_at = time.monotonic() + LOOK_AFTER
        self.awake_at = self.look_at
        self.poller = select.poll()
        self.poller.register(self.replies, select.POLLIN)
        self.poller.register(self.noise_read, select.POLLIN)
        self.outgoing = b""
        self.incoming = bytearray()
        self.noise = bytearray()
        self.cpu = 0.0
        self.pids: tuple[int, ...] = ()
        self.ended = False
        self.verdict: End | None = None

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.box.kill()
        self._close_outside()

    def _close_outside(self) -> None:
        for fd in (self.cases, self.replies, self.noise_read):
            if fd >= 0:
                os.close(fd)

    def talk(self, spec: FunctionSpec, cases: list[Case], accept: Callable[[int, Observation], bool]) -> Run:
        run = Run(End.DONE)
        run.end, run.note = self._hello()
        for i, case in enumerate(cases if run.end is End.DONE else []):
            observation = self._ask(spec, case)
            if isinstance(observation, End):
                run.end = observation
                break
            run.observations.append(observation)
            if not accept(i, observation):
                run.end = End.STOPPED
                break
        if run.end in (End.DONE, End.EXITED, End.SILENT):
            self._finish(run)
        run.noise, run.cpu, run.pids = bytes(self.noise), self.cpu, self.pids
        return run

    def _hello(self) -> tuple[End, str]:
        if not self._fill(12):
            return (self.verdict or End.SILENT), ""
        magic, code, size = struct.unpack("<4sII", self.incoming[:12])
        if magic != HELLO or size > 4096 or not self._fill(12 + size):
            return End.SILENT, "it did not begin with a hello"
        text = bytes(self.incoming[12 : 12 + size]).decode("utf-8", "replace")
        del self.incoming[: 12 + size]
        return (End.UNLOADABLE if code else End.DONE), text

    def _ask(self, spec: FunctionSpec, case: Case) -> Observation | End:
        if self.incoming:
            return End.FORGED
        nonce = os.urandom(8)
        sizes = observed_sizes(spec, case)
        self._send(encode_case(spec, case, nonce))
        if not self._fill(4):
            return self.verdict or End.EXITED
        if self.incoming[:4] == OUT_OF_MEMORY:
            return End.MEMORY
        size = 20 + sum(sizes)
        if not self._fill(size):
            return self.verdict or (End.EXITED if self.incoming[:4] == REPLY else End.FORGED)
        if self.incoming[:12] != REPLY + nonce:
            return End.FORGED
        reply = bytes(self.incoming[:size])
        del self.incoming[:size]
        buffers, at = [], 20
        for n in sizes:
            buffers.append(reply[at : at + n])
            at += n
        self.cpu += int.from_bytes(reply[16:20], "little") / 1e6
        return Observation(reply[12:16], tuple(buffers))

    def _finish(self, run: Run) -> None:
        """After the last reply nothing more is due: wait for the end, and see how it ended."""
        os.close(self.cases)
        self.cases = -1
        if self._fill(1) or self.verdict is End.OUTPUT:
            run.end = self.verdict or End.FORGED
            return
        if self.verdict is not None:
            run.end = self.verdict
            return
        run.status = self.box.wait(ASLEEP)
        if run.status is None:
            run.end = End.TIMEOUT
        self._drain_noise()
        if len(self.noise) > NOISE_BYTES:
            run.end = End.OUTPUT

    def _send(self, data: bytes) -> None:
        self.outgoing = data
        self._push()

    def _push(self) -> None:
        try:
            self.outgoing = self.outgoing[os.write(self.cases, self.outgoing) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.outgoing = b""  # the reply's pipe will tell how it ended
        if self.outgoing:
            self.poller.register(self.cases, select.POLLOUT)
        elif self.cases >= 0:
            self._forget(self.cases)

    def _forget(self, fd: int) -> None:
        try:
            self.poller.unregister(fd)
        except KeyError:
            return

    def _fill(self, size: int) -> bool:
        """Wait until `size` bytes of reply are there. False: they never will be, and `verdict` may say why."""
        while len(self.incoming) < size:
            if self.ended or self.verdict is not None:
                return False
            self._step()
        return True

    def _step(self) -> None:
        now = time.monotonic()
        if now >= self.look_at:
            self._look(now)
            if self.verdict is not None:
                return
        until = min(self.deadline, self.look_at)
        for fd, _ in self.poller.poll(max(0.0, until - now) * 1000 + 0.2):
            if fd == self.cases:
                self._push()
            elif fd == self.noise_read:
                self._drain_noise()
            else:
                part = os.read(self.replies, 1 << 16)
                self.incoming += part
                self.ended = not part

    def _drain_noise(self) -> None:
        try:
            part = os.read(self.noise_read, 1 << 16)
        except BlockingIOError:
            return
        if not part:
            self._forget(self.noise_read)
        self.noise += part
        if len(self.noise) > NOISE_BYTES:
            self.verdict = End.OUTPUT

    def _look(self, now: float) -> None:
        use = self.box.use()
        self.look_at = now + LOOK_EVERY
        self.pids = use.pids
        self.awake_at = self.awake_at if use.asleep else now
        if use.resident > self.limits.resident:
            self.verdict = End.MEMORY
        elif use.cpu > self.limits.cpu or now - self.awake_at > ASLEEP:
            self.verdict = End.TIMEOUT
        elif now >= self.deadline:
            self.verdict = End.SLOW
