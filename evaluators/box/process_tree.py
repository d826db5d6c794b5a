"""What a process and all its descendants use, read from /proc. Only boxes that take long are looked at this way."""

from __future__ import annotations

import os
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


def runs(pid: int) -> bool:
    """Whether the process exists and is not a zombie that waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False
