"""What processes use, as the kernel counts it: read from outside, so that no process can say anything else."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class TreeUse:
    """cpu: seconds, user and system, of the living processes; resident: bytes; pids: root first.

    asleep: every one of them waits for something (not for a core, not for a disk).
    """

    cpu: float
    resident: int
    pids: tuple[int, ...]
    asleep: bool


def tree_use(root: int) -> TreeUse:
    """Sums over `root` and its descendants; zeros when it is gone."""
    children: dict[int, list[int]] = {}
    stats: dict[int, tuple[float, int, bytes]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = Path(f"/proc/{entry}/stat").read_bytes().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(entry)
        children.setdefault(int(fields[1]), []).append(pid)
        cpu = (int(fields[11]) + int(fields[12])) / TICK
        stats[pid] = (cpu, int(fields[21]) * PAGE, fields[0])
    found, waiting = [], [root] if root in stats else []
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    seen = [stats[p] for p in found]
    asleep = all(state == b"S" for _, _, state in seen)
    return TreeUse(sum(c for c, _, _ in seen), sum(r for _, r, _ in seen), tuple(found), asleep)


@dataclass(frozen=True)
class ProcessUse:
    """resident: bytes. asleep: every thread waits for something (not for a core, not for a disk) or was stopped.

    user and system: seconds of CPU, in steps of a clock tick.
    """

    resident: int
    asleep: bool
    user: float = 0.0
    system: float = 0.0


def process_use(pid: int) -> ProcessUse:
    """Of one process with all its threads; zero and awake when it is gone."""
    try:
        fields = _fields(f"/proc/{pid}/stat")
        asleep = fields[0] in (b"S", b"T") and (int(fields[17]) == 1 or _threads_sleep(pid))
        return ProcessUse(int(fields[21]) * PAGE, asleep, int(fields[11]) / TICK, int(fields[12]) / TICK)
    except (FileNotFoundError, ProcessLookupError):
        return ProcessUse(0, False)


def _threads_sleep(pid: int) -> bool:
    states = [_fields(f"/proc/{pid}/task/{thread}/stat")[0] for thread in os.listdir(f"/proc/{pid}/task")]
    return all(state in (b"S", b"T") for state in states)


def waited_for_a_core(pid: int) -> float:
    """Seconds for which its living threads were ready to run and did not: what a busy machine does to it.

    infinity where the kernel does not say (no CONFIG_SCHED_INFO) or the process is gone.
    """
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        return sum(int(Path(f"/proc/{pid}/task/{t}/schedstat").read_bytes().split()[1]) for t in threads) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return math.inf


def _fields(path: str) -> list[bytes]:
    """From the state on (field 3 of proc(5))."""
    return Path(path).read_bytes().rpartition(b")")[2].split()


def process_cpu(pid: int) -> float:
    """Seconds, user and system, of all threads that live or have lived in it; 0.0 when it is gone.

    The clock's number is made as clock_getcpuclockid(3) does (CPUCLOCK_SCHED of the whole process).
    """
    if pid <= 0:
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def runs(pid: int) -> bool:
    """Whether the process exists and is not a zombie that waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False
