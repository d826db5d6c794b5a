"""What this machine has and lacks for the loop. Each check looks at the real thing and says what to do about it.

A check never raises: what it finds, an unexpected error included, is its result.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from loop.config import Settings
from loop.doctor import engine, memory, registry, training
from loop.doctor.finding import Finding
from loop.errors import LoopError
from loop.home import Home, open_home
from loop.stage_names import STAGES

ROOT = Path(__file__).resolve().parents[2]
DISK_NEEDED = 1 << 30  # bytes: GGUF files, checkpoints and a few cycles' rows of a small model
SUBPROCESS_SECONDS = 60


Check = Callable[[Settings, Home], Finding]


def examine(settings: Settings, home: Home) -> Iterator[Finding]:
    """All findings, one after the other."""
    for name, check in CHECKS.items():
        try:
            yield check(settings, home)
        except LoopError as error:
            yield Finding(name, False, error.message, error.fix)
        except Exception as error:  # noqa: BLE001 - a check that breaks is a finding, not the end of the examination
            yield Finding(name, False, f"{type(error).__name__}: {error}", "run `LOOP_DEBUG=1 loop doctor -vv`")


def _python(settings: Settings, home: Home) -> Finding:
    ok = sys.version_info >= (3, 11)
    return Finding("python", ok, f"{platform.python_version()} at {sys.executable}", "" if ok else "use 3.11 or newer")


def _tool(name: str, package: str, *, least: tuple[int, int] = (0, 0), required: bool = True) -> Check:
    """A program on PATH that runs and is of version `least` or newer."""

    def check(settings: Settings, home: Home) -> Finding:
        path = shutil.which(name)
        fix = f"install the package {package} (for example: apt-get install {package})"
        if path is None:
            return Finding(name, False, "not found on PATH", fix, required)
        done = _run([path, "--version"])
        lines = (done.stdout or done.stderr).splitlines() or [""]
        if done.returncode != 0:
            return Finding(name, False, f"{path} does not run", fix, required)
        found = re.search(r"(\d+)\.(\d+)", re.sub(r"\(.*?\)", "", lines[0]))
        if found and (int(found[1]), int(found[2])) < least:
            wanted = ".".join(map(str, least))
            return Finding(name, False, f"{lines[0]} ({path})", f"install {package} {wanted} or newer", required)
        return Finding(name, True, f"{lines[0]} ({path})", "", required)

    return check


def _user_namespaces(settings: Settings, home: Home) -> Finding:
    """Whether bubblewrap may make one: kernels and containers forbid it in several ways."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return Finding("user namespaces", False, "bwrap is missing", "install the package bubblewrap")
    done = _run([bwrap, "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true"])
    if done.returncode == 0:
        return Finding("user namespaces", True, "bubblewrap can make them")
    switches = {  # name: (what shuts them out, what lets them in)
        "kernel/unprivileged_userns_clone": ("0", "1"),
        "user/max_user_namespaces": ("0", "15000"),
        "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    }
    closed = [name for name, (bad, _) in switches.items() if _sysctl(name) == bad]
    fix = (
        f"as root: sysctl -w {closed[0].replace('/', '.')}={switches[closed[0]][1]}"
        if closed
        else "in a container: allow user namespaces (seccomp and apparmor profiles of the container)"
    )
    detail = (done.stderr.splitlines() or ["bubblewrap failed"])[0]
    return Finding("user namespaces", False, detail, fix)


def _sandbox(settings: Settings, home: Home) -> Finding:
    """The grader's own canaries: what the boxes really keep out."""
    from evaluators.box.tiers import probe
    from evaluators.errors import EvaluatorError

    try:
        report = probe(home.cache, settings.grade.sandbox)
    except EvaluatorError as error:
        return Finding("sandbox", False, error.message, error.fix)
    why = "".join(f"; not {reason}" for reason in report.missing)
    return Finding("sandbox", True, f"tier {report.tier}, {len(report.canaries)} canaries held{why}")


def _packages(settings: Settings, home: Home) -> Finding:
    """That `loop`, `flows` and `evaluators`, names which others use too, are this project's."""
    strangers = []
    for name in ("loop", "flows", "evaluators"):
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != ROOT:
            strangers.append(f"{name} is {origin}")
    if strangers:
        fix = "uninstall the distributions called loop, flows or evaluators, and run outside folders of these names"
        return Finding("packages", False, "; ".join(strangers), fix)
    return Finding("packages", True, f"loop, flows and evaluators are those of {ROOT}")


def _versions(settings: Settings, home: Home) -> Finding:
    from loop.supported import mismatches

    wrong = mismatches(ROOT, extras=("cpu",))
    if wrong:
        return Finding("versions", False, "; ".join(wrong), "make (it installs with constraints.txt)")
    return Finding("versions", True, "every package is within its supported range")


def _home(settings: Settings, home: Home) -> Finding:
    open_home(home.root)
    return Finding("home", True, f"{home.root} can be written")


def _disk(settings: Settings, home: Home) -> Finding:
    there = next(path for path in (home.root, *home.root.parents) if path.exists())
    free = shutil.disk_usage(there).free
    ok = free >= DISK_NEEDED
    return Finding(
        "disk", ok, f"{free / 2**30:.1f} GiB free", "" if ok else f"free space: {DISK_NEEDED >> 30} GiB are wanted"
    )


def _store(settings: Settings, home: Home) -> Finding:
    if not home.store.exists():
        return Finding("store", True, f"{home.store} is not there yet; the first run makes it")
    from loop.store.db import Store

    with Store(home.store, patience=2.0).read() as connection:
        rows = connection.execute("SELECT count(*) FROM samples").fetchall()
    return Finding("store", True, f"{home.store}, {rows[0][0]} samples")


def _model(settings: Settings, home: Home) -> Finding:
    """Every base that a stage uses, at its quantization."""
    from loop.models.catalogue import resolve
    from loop.router import engine_models, stage_models

    engines = engine_models(stage_models(settings))
    found = [resolve(engine.base, home, quantization=engine.quantization) for engine in engines]
    parts = [f"{base.name}, sha256 {base.sha256[:12]}, engine file {base.gguf.name}" for base in found]
    return Finding("model", True, "; ".join(parts))


def _import(package: str, seconds: int) -> Check:
    """In a process of its own: a native library that crashes takes only that one with it."""

    def check(settings: Settings, home: Home) -> Finding:
        began = time.monotonic()
        done = _run([sys.executable, "-c", f"import {package}; print({package}.__version__)"], seconds)
        took = time.monotonic() - began
        if done.returncode == 0:
            return Finding(package, True, f"{done.stdout.split()[-1]}, imports in {took:.1f} s")
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return Finding(package, False, last, "delete .venv and run make again: it is compiled for this machine")

    return check


def _gpu(settings: Settings, home: Home) -> Finding:
    tool = shutil.which("nvidia-smi")
    done = _run([tool, "-L"]) if tool else None
    cards = [line.split(" (UUID")[0] for line in done.stdout.splitlines()] if done and done.returncode == 0 else []
    if cards:
        return Finding("gpu", True, "; ".join(cards), required=False)
    bases = {settings.model.base, *(getattr(settings, stage).base for stage in STAGES)} - {"", "micro"}
    fix = "a model of this size wants a GPU; see docs/operate.md" if bases else ""
    return Finding("gpu", not bases, "none seen; all work is on the CPU", fix, required=False)


def _prefect(settings: Settings, home: Home) -> Finding:
    """A configured server must answer; without one each run starts its own."""
    if importlib.util.find_spec("prefect") is None:
        return Finding("prefect", False, "not installed", "make")
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return Finding("prefect", True, "no server configured: each run has a private one")
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(f"{url.rstrip('/')}/health", timeout=5) as answer:  # the user's own address
            return Finding("prefect", answer.status == 200, f"the server at {url} answers")
    except (URLError, OSError, ValueError) as error:
        return Finding("prefect", False, f"{url} does not answer: {error}", "start it, or unset PREFECT_API_URL")


def _run(command: list[str], seconds: int = SUBPROCESS_SECONDS) -> subprocess.CompletedProcess[str]:
    """The command's end; one that hangs counts as failed."""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no answer within {seconds} s")


def _sysctl(name: str) -> str:
    path = Path("/proc/sys") / name
    return path.read_text().strip() if path.exists() else ""


CHECKS: dict[str, Check] = {
    "python": _python,
    "gcc": _tool("gcc", "gcc", least=(12, 0)),  # the drivers are built with -ftrivial-auto-var-init
    "git": _tool("git", "git", least=(2, 32)),  # the registry shuts out the user's configuration
    "make": _tool("make", "make", required=False),
    "bwrap": _tool("bwrap", "bubblewrap"),
    "user namespaces": _user_namespaces,
    "home": _home,
    "disk": _disk,
    "sandbox": _sandbox,
    "packages": _packages,
    "versions": _versions,
    "llama_cpp": _import("llama_cpp", SUBPROCESS_SECONDS),
    "model": _model,
    "engine": engine.check,
    "memory": memory.check,
    "training": training.check,
    "store": _store,
    "registry": registry.check,
    "prefect": _prefect,
    "gpu": _gpu,
}
