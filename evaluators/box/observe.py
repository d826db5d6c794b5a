"""The outside half: feed cases to a box one by one, and collect what it shows. Nothing is judged here.

The next input leaves only after the reply to the one before it, and each reply carries that input's nonce.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable

from evaluators.box.channel import SYSTEM_SECONDS, Channel
from evaluators.box.driver import encode_case, observed_sizes, shape_of
from evaluators.box.observation import End, Limits, Observation, Run
from evaluators.box.run_server import Order, RunServer
from evaluators.spec import Case, FunctionSpec

HELLO, REPLY, OUT_OF_MEMORY = b"HELO", b"REPL", b"MEM!"
REPLY_HEAD = 20
"""Bytes before the observed allocations: magic, nonce, returned value, CPU microseconds (see native/driver.c)."""
MAX_HELLO = 4096
SINGLE, PROGRAM, LEAKS = 0, 1, 2
"""Profiles of native/seccomp.h: without threads, with threads, without but looked over for leaks at its end."""
PROCESSES = 3 + 32
"""RLIMIT_NPROC in a box: bubblewrap's pid 1, the server, the candidate, and its threads."""

ASAN_OPTIONS = ":".join(
    (
        "detect_leaks=0",  # a candidate's own leak is asked about by `Limits.leaks` only
        "symbolize=0",
        "quarantine_size_mb=1",
        "malloc_context_size=0",
        "max_allocation_size_mb=512",
        "detect_stack_use_after_return=0",
        "color=never",
        *(f"handle_{name}=2" for name in ("segv", "sigbus", "sigill", "sigfpe", "abort")),  # no handler of its own
        "exitcode=99",
    )
)
LEAK_OPTIONS = f"{ASAN_OPTIONS}:detect_leaks=1:leak_check_at_exit=0:malloc_context_size=2"
"""LeakSanitizer takes what it knows no caller of for the linker's own."""


def observe(
    server: RunServer,
    shared_object: bytes,
    spec: FunctionSpec,
    cases: list[Case],
    limits: Limits,
    accept: Callable[[int, Observation], bool],
    *,
    sanitized: bool,
) -> Run:
    """Run the candidate on `cases` in a fresh process; stops at the first reply that `accept` refuses.

    Raises OSError when the server is gone.
    """
    order = Order(
        shape=shape_of(spec),
        name=spec.name,
        address_space=0 if sanitized else limits.address_space,
        data=limits.resident if sanitized else 0,
        cpu_seconds=math.ceil(limits.cpu + SYSTEM_SECONDS) + 1,
        processes=PROCESSES if server.launch.namespaces else 0,
        profile=LEAKS if sanitized and limits.leaks else SINGLE if limits.measure else PROGRAM,
        confined=server.launch.confined,
    )
    with Channel(server, order, shared_object, limits) as channel:
        run = Run(End.DONE)
        run.end, run.note = _greet(channel)
        if run.end is End.DONE:
            _converse(channel, spec, cases, accept, run)
        if run.end in (End.DONE, End.EXITED, End.SILENT):
            _finish(channel, run)
        run.noise, run.pids = bytes(channel.noise), channel.pids
    return run


def _greet(channel: Channel) -> tuple[End, str]:
    if not channel.fill(12):
        return End.SILENT, ""  # whatever the reason: the candidate has not run
    magic, code, size = struct.unpack("<4sII", channel.take(12))
    if magic != HELLO or size > MAX_HELLO or not channel.fill(size):
        return End.SILENT, "it did not begin with a hello"
    end = {0: End.DONE, 3: End.SILENT}.get(code, End.UNLOADABLE)
    return end, channel.take(size).decode("utf-8", "replace")


def _converse(
    channel: Channel, spec: FunctionSpec, cases: list[Case], accept: Callable[[int, Observation], bool], run: Run
) -> None:
    before = channel.cpu() if channel.limits.measure else 0.0
    for i, case in enumerate(cases):
        if channel.incoming:
            run.end = End.FORGED
            return
        nonce = os.urandom(8)
        channel.send(encode_case(spec, case, nonce))
        observation = _reply(channel, nonce, observed_sizes(spec, case), run)
        if isinstance(observation, End):
            run.end = observation
            return
        run.observations.append(observation)
        if channel.limits.measure:
            now = channel.cpu()
            run.case_cpu.append(now - before)
            before = now
        if not accept(i, observation):
            run.end = End.STOPPED
            return


def _reply(channel: Channel, nonce: bytes, sizes: list[int], run: Run) -> Observation | End:
    if not channel.fill(4):
        return channel.verdict or End.EXITED
    if channel.incoming[:4] == OUT_OF_MEMORY:
        return End.MEMORY
    if not channel.fill(REPLY_HEAD + sum(sizes)):
        return channel.verdict or (End.EXITED if channel.incoming[:4] == REPLY else End.FORGED)
    head = channel.take(REPLY_HEAD)
    if head[:12] != REPLY + nonce:
        return End.FORGED
    run.cpu += int.from_bytes(head[16:20], "little") / 1e6
    return Observation(head[12:16], tuple(channel.take(size) for size in sizes))


def _finish(channel: Channel, run: Run) -> None:
    """After the last reply nothing more is due: wait for the end, and see how it ended."""
    channel.hang_up()
    if channel.fill(1):
        run.end = End.FORGED
    elif channel.verdict is None:
        run.status = channel.wait()
        if run.status is None and run.end is not End.SILENT:
            run.end = End.TIMEOUT
    if channel.verdict is not None and run.end is not End.SILENT:
        run.end = channel.verdict
