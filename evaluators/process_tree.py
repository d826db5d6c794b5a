"""What a process and all its descendants use, read from /proc. Only boxes that take long are looked at this way."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class TreeUse:
    """cpu: seconds, user and system, of the living processes; resident: bytes; pids: root first."""

    cpu: float
    resident: int
    pids: tuple[int, ...]


def tree_use(root: int) -> TreeUse:
    """Sums over `root` and its descendants; zeros when it is gone."""
    children: dict[int, list[int]] = {}
    stats: dict[int, tuple[float, int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = Path(f"/proc/{entry}/stat").read_bytes().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(entry)
        children.setdefault(int(fields[1]), []).append(pid)
        stats[pid] = ((int(fields[11]) + int(fields[12])) / TICK, int(fields[21]) * PAGE)
    found, waiting = [], [root] if root in stats else []
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return TreeUse(sum(stats[p][0] for p in found), sum(stats[p][1] for p in found), tuple(found))


def runs(pid: int) -> bool:
    """Whether the process exists and is not a zombie that waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False
