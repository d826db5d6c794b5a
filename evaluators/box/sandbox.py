"""A box: bubblewrap around one process that nobody trusts.

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
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.box.process_tree import TreeUse, tree_use
from evaluators.box.toolchain import Toolchain
from evaluators.errors import SandboxUnavailable

if TYPE_CHECKING:
    from evaluators.box.canaries import TierReport

COMPILE_TMPFS = 64 << 20
"""Bytes; cc1, as and ld keep one small file's intermediates there."""


@dataclass
class Box:
    """A running box. `kill` ends every process in it and reaps the outermost one."""

    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def wait(self, seconds: float) -> int | None:
        """Exit status as bubblewrap reports it (128 + n for signal n); None if it still runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def use(self) -> TreeUse:
        return tree_use(self.process.pid)


def probe(cache_dir: Path, tier: str = "auto") -> TierReport:
    """Prove what a box forbids on this machine (`evaluators.box.canaries`), or take the proof kept in `cache_dir`.

    Raises SandboxUnavailable or CompilerUnavailable, with the command that mends it.
    """
    if tier not in ("auto", "standard"):
        raise SandboxUnavailable(f"sandbox tier '{tier}' is not available", fix="use tier 'auto'")
    from evaluators.box.canaries import probe_sandbox

    return probe_sandbox(cache_dir)


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
) -> Box:
    """Start the program in descriptor `program` in a new box; descriptors in `keep` stay open under their numbers.

    Raises OSError when bubblewrap cannot be started at all; a box that fails later shows it by its silence.
    """
    options = [*_namespaces(tools), *_mounts(compiler)]
    for name, value in (environment or {}).items():
        options += ["--setenv", name, value]
    packed = sealed("options", "".join(f"{o}\0" for o in options).encode())
    try:
        os.lseek(packed, 0, os.SEEK_SET)
        command = [*tools.drop, tools.bwrap, "--args", str(packed), "--", f"/proc/self/fd/{program}", *arguments]
        return Box(
            subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(packed, program, *keep),
                env={},
                cwd="/",
            )
        )
    finally:
        os.close(packed)


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
