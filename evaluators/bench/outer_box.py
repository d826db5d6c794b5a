"""One box around a whole Python program, for what is measured without a box around each candidate.

Model-written C runs in a sandbox, whatever is measured. What is started here sees the system, this Python and this
project read-only, an empty sized /tmp and no network; it is no root, and it ends with all that it started. Inside,
nothing more is asked of the kernel, so that the time that a program takes in here is its time without a sandbox: the
tier `none` (`evaluators.box.tiers`) exists in here only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from evaluators.box.tiers import OUTER_BOX, OUTER_BOX_VARIABLE
from evaluators.box.toolchain import SANDBOX_UID, find_toolchain
from evaluators.errors import EvaluatorError, SandboxUnavailable

TMPFS = 4 << 30
_PROJECT = Path(__file__).resolve().parents[2]
_AS_ROOT = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")


def run_boxed(arguments: list[str], given: bytes, *, seconds: float) -> bytes:
    """stdout of `python -m ARGUMENTS` in an outer box, with `given` on its stdin.

    Raises SandboxUnavailable without bubblewrap, EvaluatorError when the program fails or takes longer than `seconds`.
    """
    tools = find_toolchain()
    if not tools.bwrap:
        raise SandboxUnavailable("bubblewrap is not installed", fix="apt-get install bubblewrap")
    command = [
        tools.bwrap,
        *_namespaces(),
        *_mounts(),
        *_environment(),
        "--",
        *_drop(),
        sys.executable,
        "-m",
        *arguments,
    ]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=seconds, env={}, cwd="/", check=False)
    except subprocess.TimeoutExpired as error:
        raise EvaluatorError(f"{arguments[0]} took more than {seconds:.0f} s in its box") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-2000:]
        raise EvaluatorError(f"{arguments[0]} failed in its box (status {done.returncode}): {said}", fix="loop doctor")
    return done.stdout


def _root() -> bool:
    return os.geteuid() == 0


def _namespaces() -> list[str]:
    """Root drops its uid inside, not before: this Python may lie where only root can go."""
    user = ["--cap-drop", "ALL", *(word for c in _AS_ROOT for word in ("--cap-add", c))]
    shared = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    return [*(user if _root() else ["--unshare-user"]), *shared, "--die-with-parent", "--new-session"]


def _drop() -> list[str]:
    if not _root():
        return []
    ids = ["--reuid", str(SANDBOX_UID), "--regid", str(SANDBOX_UID), "--clear-groups"]
    return ["setpriv", *ids, "--no-new-privs", "--bounding-set", "-all", "--inh-caps", "-all", "--"]


def _mounts() -> list[str]:
    # first: this project may itself lie under /tmp
    options = ["--dev", "/dev", "--proc", "/proc", "--perms", "1777", "--size", str(TMPFS), "--tmpfs", "/tmp"]
    for path in ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"):
        if Path(path).is_symlink():
            options += ["--symlink", os.readlink(path), path]
        elif Path(path).exists():
            options += [*_open_parents(path), "--ro-bind", path, path]
    for place in dict.fromkeys((sys.base_prefix, sys.prefix, str(_PROJECT / "evaluators"))):
        if not place.startswith("/usr/") and place != "/usr":
            options += [*_open_parents(place), "--ro-bind", place, place]
    options += [*_open_parents(str(OUTER_BOX)), "--ro-bind", "/dev/null", str(OUTER_BOX)]
    return [*options, "--remount-ro", "/", "--chdir", "/tmp"]


def _open_parents(path: str) -> list[str]:
    """Folders above `path` that others than their owner may pass."""
    above = [str(p) for p in reversed(Path(path).parents) if str(p) != "/"]
    return [word for folder in above for word in ("--perms", "0755", "--dir", folder)]


def _environment() -> list[str]:
    values = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": "/tmp",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(_PROJECT),
        "PYTHONDONTWRITEBYTECODE": "1",
        OUTER_BOX_VARIABLE: "1",
    }
    return [word for name, value in values.items() for word in ("--setenv", name, value)]
