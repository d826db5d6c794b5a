"""What a candidate could have left outside its box: files, processes, sockets, System V and POSIX objects."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

from evaluators.box.process_tree import runs, tree_use
from evaluators.box.toolchain import SANDBOX_UID

MARKS = ("loop-was-here", "stale-answer", "loop-planted", "locked", "candidate", "expanded.i")
"""Names that the adversarial programs and the compiler's box give to files."""
KEY = 0x6C6F6F70
"""Of the System V objects that the adversarial programs make."""
_REPOSITORY = Path(__file__).parents[2]
_DEPTH = 2


def sandbox_uid() -> int:
    """Whom boxes run as; -1 where that is the grader's own uid, which says nothing."""
    return SANDBOX_UID if os.geteuid() == 0 else -1


@dataclass(frozen=True)
class Traces:
    files: frozenset[str]
    objects: frozenset[str]
    sockets: frozenset[str]
    orphans: frozenset[int]

    def beyond(self, before: Traces) -> str:
        """What is here and was not there; "" if nothing."""
        found = [f"{f.name}: {sorted(getattr(self, f.name) - getattr(before, f.name))}" for f in fields(self)]
        return "; ".join(text for text in found if not text.endswith("[]"))


def traces() -> Traces:
    """Everything that could be a candidate's, from before or after."""
    return Traces(frozenset(_files()), frozenset(_objects()), frozenset(_sockets()), frozenset(_orphans()))


def _files() -> list[str]:
    """Below the temporary places and the working tree: what the sandbox's uid owns, or what is named like a mark."""
    places = {tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/", os.getcwd(), str(_REPOSITORY)}
    found = []
    for place in sorted(places):
        for folder, directories, names in os.walk(place):
            depth = os.path.relpath(folder, place).count(os.sep) + (folder != place)
            if depth >= (0 if place == "/" else _DEPTH):
                directories.clear()
            found += [path for name in (*names, *directories) if _suspect(path := os.path.join(folder, name), name)]
    return found


def _suspect(path: str, name: str) -> bool:
    if "adversaries" in path:
        return False
    try:
        return os.lstat(path).st_uid == sandbox_uid() or name.startswith(MARKS)
    except OSError:
        return False


def _objects() -> list[str]:
    """System V objects with the key of the suite or of the sandbox's uid."""
    found = []
    for kind in ("shm", "sem", "msg"):
        head, *rows = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()
        for row in rows:
            cells = dict(zip(head.split(), row.split(), strict=False))
            if int(cells["key"]) == KEY or int(cells["uid"]) == sandbox_uid():
                found.append(f"{kind} {row}")
    return found


def _sockets() -> list[str]:
    """Names of the suite among the host's sockets, and what the sandbox's uid listens on."""
    found = [line for line in Path("/proc/net/unix").read_text().splitlines() if "loop-planted" in line]
    for table in ("tcp", "tcp6", "udp", "udp6"):
        path = Path(f"/proc/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.is_file() else []:
            if int(line.split()[7]) == sandbox_uid():
                found.append(line)
    return found


def _orphans() -> list[int]:
    """Processes of the sandbox's uid that no living grader is an ancestor of."""
    return [pid for pid in _processes(sandbox_uid()) if _keeper(pid) <= 1]


def _processes(uid: int) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.stat(f"/proc/{entry}").st_uid == uid and runs(int(entry)):
                found.append(int(entry))
        except OSError:
            continue
    return found


def _keeper(pid: int) -> int:
    """The nearest ancestor of another uid."""
    while pid > 1:
        try:
            status = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            if os.stat(f"/proc/{pid}").st_uid != sandbox_uid():
                return pid
        except OSError:
            return pid + 2  # it ended while we looked: no orphan
        pid = int(status[1])
    return pid


def descendants() -> int:
    """Living processes below this one."""
    return sum(runs(pid) for pid in tree_use(os.getpid()).pids) - 1


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
