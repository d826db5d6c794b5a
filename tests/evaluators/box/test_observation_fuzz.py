"""Whatever comes out of a box, only a reply that carries the nonce of its case becomes an observation.

The grader's real half talks to a stand-in for the box that writes what hypothesis makes up, over real pipes.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.box.observation import End, Limits, Run
from evaluators.box.observe import observe
from evaluators.box.run_server import Order
from evaluators.box.sandbox import STANDARD
from evaluators.spec import FunctionSpec, Param

SPEC = FunctionSpec("half", "int", (Param("x", "int", "scalar"),), "int half(int x) { return x / 2; }")
CASES = [(1,), (2,), (3,)]
PATIENT, SHORT = Limits(cpu=9.0, wall=30.0), Limits(cpu=9.0, wall=0.03)
"""`SHORT` is for what never answers."""
HELLO = struct.pack("<4sII", b"HELO", 0, 0)
FRAME = 16
"""Bytes of a case of `SPEC`: its nonce and one scalar."""
Step = Callable[["Driver"], bytes]


@dataclass
class Driver:
    """The far end: sends what its steps make, and remembers what it was asked and what it said.

    said: (how many cases had come by then, the bytes) in order.
    """

    steps: list[Step]
    launch: object = STANDARD
    broken: bool = False
    pids: tuple[int, ...] = ()
    said: list[tuple[int, bytes]] = field(default_factory=list)
    nonces: list[bytes] = field(default_factory=list)
    status: int | None = None

    def begin(self, order: Order, descriptors: tuple[int, ...]) -> None:
        self._cases, self._replies = os.dup(descriptors[1]), os.dup(descriptors[2])
        self._ready, self._tell = os.pipe()
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

    def next_nonce(self) -> bytes:
        """Waits for a case; b"" when no more come."""
        frame = b""
        while len(frame) < FRAME and (part := os.read(self._cases, FRAME - len(frame))):
            frame += part
        if len(frame) == FRAME:
            self.nonces.append(frame[:8])
        return frame[:8]

    def _play(self) -> None:
        try:
            for step in self.steps:
                data = step(self)
                self.said.append((len(self.nonces), data))
                while data:
                    data = data[os.write(self._replies, data) :]
        except BrokenPipeError:
            pass
        finally:
            os.close(self._replies)
            self.status = 0
            os.write(self._tell, b"E")

    def ended(self) -> int | None:
        return self.status

    def out_of_memory(self) -> bool:
        return False

    def meet(self) -> int:
        return 0  # no process: it is never asleep and uses nothing

    def fileno(self) -> int:
        return self._ready

    def finish(self, seconds: float) -> None:
        """The grader's own ends are closed right after; nobody waits for this thread but the test."""

    def close(self) -> None:
        self._thread.join()
        os.close(self._cases)
        os.close(self._ready)
        os.close(self._tell)


def reply(nonce: bytes, value: int) -> bytes:
    return b"REPL" + nonce + struct.pack("<iI", value, 5)


def right(value: int) -> Step:
    def step(driver: Driver) -> bytes:
        nonce = driver.next_nonce()
        return reply(nonce, value) if nonce else b""

    return step


def bent(value: int, bend: Callable[[bytes], bytes]) -> Step:
    """A right reply after `bend`."""

    def step(driver: Driver) -> bytes:
        return bend(reply(driver.next_nonce(), value))

    return step


def raw(data: bytes) -> Step:
    return lambda driver: data


def replayed(value: int) -> Step:
    """Waits for a case and answers the one before it."""

    def step(driver: Driver) -> bytes:
        old = driver.nonces[-1] if driver.nonces else b"\0" * 8
        return reply(old, value) if driver.next_nonce() else b""

    return step


def ahead(value: int) -> Step:
    """Answers before the case has come, with the last nonce."""
    return lambda driver: reply(driver.nonces[-1] if driver.nonces else b"\0" * 8, value)


def flipped(at: int, bit: int) -> Callable[[bytes], bytes]:
    return lambda data: data[: at % len(data)] + bytes([data[at % len(data)] ^ (1 << bit)]) + data[at % len(data) + 1 :]


values = st.integers(-(2**31), 2**31 - 1)
bends = st.one_of(
    st.builds(flipped, st.integers(0, 19), st.integers(0, 7)),
    st.integers(0, 19).map(lambda n: lambda data: data[:n]),
    st.binary(min_size=1, max_size=8).map(lambda more: lambda data: data + more),
    st.binary(min_size=1, max_size=8).map(lambda more: lambda data: more + data),
    st.just(lambda data: data + data),
)
steps = st.one_of(
    values.map(right),
    st.builds(bent, values, bends),
    st.binary(max_size=40).map(raw),
    st.sampled_from([b"REPL", b"MEM!", HELLO, b"REPL" + b"\0" * 16]).map(raw),
    values.map(replayed),
    values.map(ahead),
)
hellos = st.one_of(
    st.just(HELLO),
    st.binary(max_size=24),
    st.builds(
        lambda code, size, text: struct.pack("<4sII", b"HELO", code, size) + text,
        *[st.integers(0, 9)] * 2,
        st.binary(max_size=9),
    ),
    st.integers(0, 2**32 - 1).map(lambda size: struct.pack("<4sII", b"HELO", 0, size)),
)


def watch(driver: Driver, limits: Limits) -> Run:
    try:
        return observe(driver, b"object", SPEC, list(CASES), limits, lambda i, seen: True, sanitized=False)  # type: ignore[arg-type]
    finally:
        driver.close()


@given(hellos, st.lists(steps, max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_observation_without_its_nonce(hello: bytes, played: list[Step]) -> None:
    driver = Driver([raw(hello), *played])
    run = watch(driver, SHORT)
    assert len(run.observations) <= len(CASES)
    for i, seen in enumerate(run.observations):
        since = b"".join(data for asked, data in driver.said if asked > i)
        assert b"REPL" + driver.nonces[i] + seen.returned in since
    assert run.end is not End.DONE or len(run.observations) == len(CASES)
    assert len(run.note) <= 4096


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_arbitrary_bytes_show_nothing(data: bytes) -> None:
    run = watch(Driver([raw(data)]), SHORT)
    assert run.observations == []
    assert run.end is not End.DONE


@given(st.lists(values, min_size=3, max_size=3))
@settings(max_examples=50, deadline=None)
def test_a_right_transcript_is_taken_whole(answers: list[int]) -> None:
    run = watch(Driver([raw(HELLO), *map(right, answers)]), PATIENT)
    assert [struct.unpack("<i", o.returned)[0] for o in run.observations] == answers
    assert (run.end, run.status) == (End.DONE, 0)


@given(st.lists(values, min_size=3, max_size=3), st.binary(min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_one_byte_after_the_last_reply_is_forged(answers: list[int], more: bytes) -> None:
    run = watch(Driver([raw(HELLO), *map(right, answers), raw(more)]), PATIENT)
    assert run.end is End.FORGED


def test_a_box_that_says_nothing_ends_with_the_wall_limit() -> None:
    run = watch(Driver([raw(HELLO), lambda driver: driver.next_nonce() and driver.next_nonce()]), SHORT)
    assert run.end is End.SLOW
    assert run.observations == []
