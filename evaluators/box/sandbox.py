"""A box: a process that nobody trusts, started so that it reaches nothing of the host's and ends when we say so.

What a box is made of (tier `standard`):
- the grader's uid is dropped first when it is root; then new user, pid, net, ipc, uts and cgroup namespaces, no
  capabilities, and no further user namespaces where bubblewrap can forbid them;
- an empty environment, bubblewrap's arguments through a descriptor, so that /proc/1 shows neither;
- read-only: the system's libraries, and the compiler's files for the box that compiles. No home, no /tmp, no /dev but
  /dev/null; the root is remounted read-only. A box that compiles has one sized tmpfs;
- what is run, the driver and the candidate, comes as sealed memory files, so that no path of the host is needed;
- a box dies with the thread that started it; killing it kills its whole process tree (pid namespace);
- inside, the trusted program that runs first confines whatever is hostile: rlimits, no new privileges, a Landlock
  domain, an allowlist of system calls (native/confine.h). Resident memory and CPU time are watched from outside.

`strong` puts the box into a cgroup of its own first (`evaluators.box.cgroup`). `weak` has no namespaces: what is left
is the uid, Landlock, the system calls and the rlimits, and the parent-death signal that ends the tree. `none` is for
measuring what boxes cost: see `evaluators.box.tiers`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.box.cgroup import Scope, Scopes
from evaluators.box.process_tree import TreeUse, runs, tree_use
from evaluators.box.toolchain import SANDBOX_UID, Toolchain

FOLDER = "loop-box-"
COMPILE_TMPFS = 64 << 20
"""Bytes; cc1, as and ld keep one small file's intermediates there."""


@dataclass(frozen=True)
class Launch:
    """How boxes are started: strong, standard, weak or none. scopes: of tier strong, where its cgroups are made."""

    tier: str = "standard"
    scopes: Scopes | None = None

    @property
    def namespaces(self) -> bool:
        return self.tier in ("strong", "standard")

    @property
    def confined(self) -> bool:
        return self.tier != "none"


STANDARD = Launch()


@dataclass
class Box:
    """A running box. `kill` ends every process in it and reaps the outermost one. folder: its own, of tiers without
    namespaces; scope: its cgroup, of tier strong."""

    process: subprocess.Popen[bytes]
    folder: str = ""
    scope: Scope | None = field(default=None)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.scope is not None:
            self.scope.close()

    def wait(self, seconds: float) -> int | None:
        """Exit status as bubblewrap reports it (128 + n for signal n); None if it still runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def use(self) -> TreeUse:
        return tree_use(self.process.pid)


def sealed(name: str, data: bytes) -> int:
    """A descriptor of an immutable memory file that holds `data`."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd


def start_box(
    tools: Toolchain,
    program: int,
    arguments: list[str],
    *,
    stdin: int,
    stdout: int,
    stderr: int,
    keep: tuple[int, ...] = (),
    compiler: bool = False,
    environment: dict[str, str] | None = None,
    launch: Launch = STANDARD,
) -> Box:
    """Start the program in descriptor `program` in a new box; descriptors in `keep` stay open under their numbers.

    Raises OSError when nothing can be started at all; a box that fails later shows it by its silence.
    """
    run = [f"/proc/self/fd/{program}", *arguments]
    if not launch.namespaces:
        return _start_bare(tools, run, (stdin, stdout, stderr), (program, *keep), compiler, environment or {})
    options = [*_namespaces(tools), *_mounts(compiler)]
    for name, value in (environment or {}).items():
        options += ["--setenv", name, value]
    packed = sealed("options", "".join(f"{o}\0" for o in options).encode())
    scope = launch.scopes.open() if launch.scopes else None
    try:
        os.lseek(packed, 0, os.SEEK_SET)
        enter, doors = scope.entrance() if scope else ([], ())
        command = [*enter, *tools.drop, tools.bwrap, "--args", str(packed), "--", *run]
        passed = (packed, program, *keep, *doors)
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, pass_fds=passed, env={}, cwd="/")
        if scope:
            scope.entered()
        return Box(process, scope=scope)
    except OSError:
        if scope:
            scope.close()
        raise
    finally:
        os.close(packed)


def _start_bare(
    tools: Toolchain,
    run: list[str],
    pipes: tuple[int, int, int],
    keep: tuple[int, ...],
    compiler: bool,
    environment: dict[str, str],
) -> Box:
    """Without namespaces, under the dropped uid; a compiler gets a folder of its own."""
    folder = tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-") if compiler else ""
    try:
        if folder and tools.drop:
            os.chown(folder, SANDBOX_UID, SANDBOX_UID)
        command = [*tools.drop, *run]
        stdin, stdout, stderr = pipes
        process = subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=stderr, pass_fds=keep, env=environment, cwd=folder or "/"
        )
        return Box(process, folder)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def remove_stale_folders() -> None:
    """Removes what graders of tier weak left that were killed; their boxes died with them."""
    for path in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        owner = path.name.removeprefix(FOLDER).partition("-")[0]
        if owner.isdigit() and not runs(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def _namespaces(tools: Toolchain) -> list[str]:
    user = ["--unshare-user", *(["--disable-userns"] if tools.disable_userns else [])]
    rest = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    return [*user, *rest, "--die-with-parent", "--new-session", "--hostname", "box"]


def _mounts(compiler: bool) -> list[str]:
    """Libraries for a run; all of /usr for the compiler."""
    options: list[str] = []
    if compiler:
        options += ["--ro-bind", "/usr", "/usr", *_system(("/bin", "/lib", "/lib64"))]
        options += ["--dir", "/dev", "--dev-bind", "/dev/null", "/dev/null"]
        options += ["--size", str(COMPILE_TMPFS), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    else:
        options += [*_system(("/usr/lib", "/usr/lib64", "/lib", "/lib64")), "--chdir", "/"]
    return [*options, "--proc", "/proc", "--remount-ro", "/"]


def _system(paths: tuple[str, ...]) -> list[str]:
    options: list[str] = []
    for path in paths:
        if Path(path).is_symlink():
            options += ["--symlink", os.readlink(path), path]
        elif Path(path).is_dir():
            options += ["--ro-bind", path, path]
    return options
