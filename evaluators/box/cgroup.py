"""A cgroup around each box (tier `strong`): memory and processes of the whole tree, counted by the kernel.

The box's first process enters its cgroup before it is anything else (native/enter.c), so nothing of a box is ever
outside. Cgroups are made only below the one this process is in, and only there when that one was handed to us: on
cgroup v2 by ownership or delegation, on v1 (which knows no delegation) when somebody asked for tier `strong` by name.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.box.process_tree import runs
from evaluators.errors import SandboxUnavailable

ROOT = Path("/sys/fs/cgroup")
MEMORY = (1 << 30) + (512 << 20)
"""Bytes of one box: the compiler's limit (1 GiB) with its files, or a candidate (512 MiB) with its server."""
PROCESSES = 64
NAME = "loop-box-"


@dataclass(frozen=True)
class Ground:
    """Where cgroups can be made. v1: the folders of its memory and pids hierarchies; v2: one folder."""

    folders: tuple[Path, ...]
    v2: bool


@dataclass
class Scope:
    """One box's cgroup: a folder in each hierarchy."""

    folders: tuple[Path, ...]
    v2: bool
    enter: int
    _doors: tuple[int, ...] = ()

    def entrance(self) -> tuple[list[str], tuple[int, ...]]:
        """(the words to start a command with, so that it runs in here; descriptors that must be passed to it)."""
        self._doors = tuple(os.open(folder / "cgroup.procs", os.O_WRONLY) for folder in self.folders)
        words = [f"/proc/self/fd/{self.enter}", *map(str, self._doors), "--"]
        return words, (self.enter, *self._doors)

    def killed_for_memory(self) -> int:
        """How many processes the kernel has killed in here because the cgroup's memory was used up."""
        name = "memory.events" if self.v2 else "memory.oom_control"
        for line in (self.folders[0] / name).read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
        return 0

    def entered(self) -> None:
        """The command has been started: the doors are not needed any more."""
        for door in self._doors:
            os.close(door)
        self._doors = ()

    def close(self) -> None:
        """Removes it; its processes have been killed."""
        self.entered()
        for folder in self.folders:
            _remove(folder)


@dataclass
class Scopes:
    """Makes cgroups for boxes. enter: descriptor of the program that enters them."""

    ground: Ground
    enter: int
    _made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> Scope:
        """A new cgroup with its limits. Raises OSError."""
        with self._lock:
            self._made += 1
            name = f"{NAME}{os.getpid()}-{self._made}"
        made = []
        try:
            for folder in self.ground.folders:
                (folder / name).mkdir()
                made.append(folder / name)
            for path, value, needed in _limits(made, self.ground.v2):
                if needed or path.exists():
                    path.write_text(value)
        except OSError:
            for folder in made:
                _remove(folder)
            raise
        return Scope(tuple(made), self.ground.v2, self.enter)


def _limits(made: list[Path], v2: bool) -> list[tuple[Path, str, bool]]:
    """(file, value, whether it must be there)."""
    if v2:
        folder = made[0]
        return [
            (folder / "memory.max", str(MEMORY), True),
            (folder / "memory.swap.max", "0", False),
            (folder / "memory.oom.group", "0", False),
            (folder / "pids.max", str(PROCESSES), True),
        ]
    memory, pids = made
    return [
        (memory / "memory.limit_in_bytes", str(MEMORY), True),
        (memory / "memory.memsw.limit_in_bytes", str(MEMORY), False),
        (pids / "pids.max", str(PROCESSES), True),
    ]


def find_ground(*, asked: bool, root: Path = ROOT, own: str = "") -> Ground:
    """Where this process may make cgroups. asked: tier `strong` was named. own: text of /proc/self/cgroup.

    Raises SandboxUnavailable saying why there is no such place, and what would make one.
    """
    places = dict(_hierarchies(own or Path("/proc/self/cgroup").read_text()))
    fix = "start it in a delegated cgroup: systemd-run --user --scope -p Delegate=yes loop ..."
    if {"memory", "pids"} <= set(places):
        folders = (root / "memory" / places["memory"], root / "pids" / places["pids"])
        if not asked:
            raise SandboxUnavailable("cgroup v1 has no delegation", fix="grade.sandbox = 'strong' makes cgroups anyway")
        if not all(os.access(folder, os.W_OK) for folder in folders):
            raise SandboxUnavailable("its cgroups (v1) cannot be written", fix=fix)
        return Ground(folders, v2=False)
    if "" not in places:
        raise SandboxUnavailable("there are no cgroups here", fix="mount cgroup2 on /sys/fs/cgroup")
    return _delegated(root / places[""], fix)


def _delegated(own: Path, fix: str) -> Ground:
    """`own`, or where it is already split, the folder above: processes live in leaves only (cgroup v2)."""
    for folder in (own, own.parent):
        if not (os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK) and _ours(folder)):
            continue
        if {"memory", "pids"} <= set((folder / "cgroup.subtree_control").read_text().split()):
            return Ground((folder,), v2=True)
        if folder == own and {"memory", "pids"} <= set((own / "cgroup.controllers").read_text().split()):
            return _split(own)
    raise SandboxUnavailable("its cgroup is not delegated to it", fix=fix)


def _ours(folder: Path) -> bool:
    """A folder that an ordinary user owns was given to him; root's says so in an attribute."""
    if folder.stat().st_uid == os.geteuid() != 0:
        return True
    try:
        return os.getxattr(folder, "trusted.delegate") == b"1"
    except OSError:
        return False


def _split(own: Path) -> Ground:
    """Move what is in `own` to a leaf of it, so that `own` can hand its controllers down."""
    leaf = own / "loop-grader"
    try:
        leaf.mkdir(exist_ok=True)
        for pid in (own / "cgroup.procs").read_text().split():
            (leaf / "cgroup.procs").write_text(pid)
        (own / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError as error:
        raise SandboxUnavailable(
            f"its cgroup cannot be split: {error}", fix="start it in a delegated scope of its own"
        ) from error
    return Ground((own,), v2=True)


def _hierarchies(text: str) -> list[tuple[str, str]]:
    """(controller, path without a leading slash); "" is the unified one of cgroup v2."""
    found = []
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        found += [(name, path.lstrip("/")) for name in controllers.split(",")]
    return found


def remove_stale(ground: Ground) -> None:
    """Removes the cgroups of graders that were killed; their boxes died with them."""
    for folder in ground.folders:
        for path in folder.glob(f"{NAME}*"):
            owner = path.name.removeprefix(NAME).partition("-")[0]
            if owner.isdigit() and not runs(int(owner)):
                _remove(path)


def _remove(folder: Path) -> None:
    """Once its last process is reaped; one that will not go is left to `remove_stale`."""
    until = time.monotonic() + 2.0
    while folder.exists():
        with contextlib.suppress(OSError):
            folder.rmdir()
            return
        if time.monotonic() > until:
            return
        time.sleep(0.005)
