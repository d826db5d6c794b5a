"""What can be seen of a candidate from outside its box."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class End(StrEnum):
    """How a run ended, before anybody compares anything."""

    DONE = "done"
    STOPPED = "stopped"  # a reply was refused
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
    """cpu (user time) and wall: seconds for all cases together. resident: bytes; of the sanitized build also what it
    may have of writable memory. address_space: bytes, of the plain build. measure: fill `Run.case_cpu`, refuse threads.
    leaks: after the last case the sanitized build looks for memory that nothing points to; threads are refused.
    """

    cpu: float = 0.5
    wall: float = 10.0
    resident: int = 512 << 20
    address_space: int = 512 << 20
    measure: bool = False
    leaks: bool = False


@dataclass
class Run:
    """One run in a process of its own.

    noise: what was printed. note: what the driver said of an object that could not be loaded.
    status: as a shell gives it (128 + n for signal n), None if it had to be killed.
    cpu: seconds that the calls say they took; only to be believed of a reference.
    case_cpu: seconds from one reply to the next as the kernel counts them, driver included; of measured runs.
    pids: the box's outermost process, the server in it, and the candidate.
    """

    end: End
    observations: list[Observation] = field(default_factory=list)
    noise: bytes = b""
    status: int | None = None
    note: str = ""
    cpu: float = 0.0
    case_cpu: list[float] = field(default_factory=list)
    pids: tuple[int, ...] = ()
