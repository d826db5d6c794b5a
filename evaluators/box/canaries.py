"""Programs that try what a box must forbid. A tier is what they could not do here, today; nothing is assumed.

They are ordinary candidates, run by the same code that grades. Their answers are counts of successful offences, so
the expected observation is always 0. The result is kept by boot, kernel and tool versions.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluators.box import canary_programs
from evaluators.box.compile import CompileBox
from evaluators.box.driver import NATIVE, Drivers
from evaluators.box.observation import End, Limits, Run
from evaluators.box.process_tree import runs
from evaluators.box.source_tree import single
from evaluators.box.toolchain import Toolchain, find_toolchain
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault, SandboxUnavailable
from evaluators.spec import FunctionSpec, Param

QUICK = Limits(cpu=0.1, wall=15.0)
PATIENT = Limits(cpu=5.0, wall=60.0)


@dataclass(frozen=True)
class Canary:
    """One attempt: did the box hold, and what was seen when it did not."""

    name: str
    held: bool
    detail: str = ""


@dataclass(frozen=True)
class TierReport:
    """tier: what was proved ("standard"). missing: what the design's tier asks for and this box does not have yet."""

    tier: str
    canaries: tuple[Canary, ...]
    missing: tuple[str, ...]
    cached: bool = False


def probe_sandbox(cache_dir: Path) -> TierReport:
    """The tier that holds on this machine. Raises SandboxUnavailable (with a fix) or CompilerUnavailable."""
    tools = find_toolchain()
    key = _key(tools)
    kept = cache_dir / "canaries.json"
    if kept.is_file() and (report := _kept(kept, key)):
        return report
    cache_dir.mkdir(parents=True, exist_ok=True)
    drivers = Drivers(tools, cache_dir / "drivers")
    server = compile_server(drivers)
    try:
        canaries = tuple(_all(tools, drivers, server, cache_dir))
    except GraderFault as error:
        raise SandboxUnavailable(f"no box can be started: {error.message}", fix=_fix(error.message)) from error
    finally:
        drivers.close()
    if broken := [c for c in canaries if not c.held]:
        names = "; ".join(f"{c.name}: {c.detail}" for c in broken)
        raise SandboxUnavailable(f"the sandbox does not hold: {names}", fix="update bubblewrap and the kernel")
    report = TierReport("standard", canaries, ())
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps({"key": key, "canaries": [asdict(c) for c in canaries]}))
    unfinished.replace(kept)
    return report


def compile_server(drivers: Drivers) -> bytes:
    """The executable of `native/compile_server.c`."""
    return drivers.cached((NATIVE / "compile_server.c").read_text(), ())


def _key(tools: Toolchain) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    code = hashlib.sha256(
        b"".join(p.read_bytes() for p in sorted(Path(__file__).parent.rglob("*.[chp]*")) if p.is_file())
    )
    return "|".join([boot, platform.release(), str(os.geteuid()), *tools.versions, code.hexdigest()])


def _kept(path: Path, key: str) -> TierReport | None:
    try:
        data = json.loads(path.read_text())
        if data["key"] != key:
            return None
        return TierReport("standard", tuple(Canary(**c) for c in data["canaries"]), (), cached=True)
    except (ValueError, KeyError, TypeError):
        return None  # written by another version: prove it again


def _fix(message: str) -> str:
    restrict = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restrict.is_file() and restrict.read_text().strip() == "1":
        return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (or an AppArmor profile for bwrap)"
    switch = Path("/proc/sys/kernel/unprivileged_userns_clone")
    if switch.is_file() and switch.read_text().strip() == "0":
        return "sysctl -w kernel.unprivileged_userns_clone=1"
    most = Path("/proc/sys/user/max_user_namespaces")
    if most.is_file() and most.read_text().strip() == "0":
        return "sysctl -w user.max_user_namespaces=15000"
    if "setting up uid map" in message or "Operation not permitted" in message:
        return "allow unprivileged user namespaces (in a container: --security-opt seccomp=unconfined)"
    return "run 'bwrap --unshare-all --ro-bind / / true' as an ordinary user and mend what it reports"


_INT = FunctionSpec("canary", "int", (Param("x", "int", "scalar"),), "")
_TEXT = FunctionSpec("canary", "int", (Param("s", "const char *", "buffer", elem="u8"),), "")


def _all(tools: Toolchain, drivers: Drivers, server: bytes, cache_dir: Path) -> Iterator[Canary]:
    workshop = Workshop(tools, drivers, server)

    def see(
        spec: FunctionSpec, source: str, *cases: tuple[int | bytes, ...], build: str = "plain", limits: Limits = PATIENT
    ) -> Run:
        shared_object, failure = workshop.build(single(source), build)
        if failure:
            raise GraderFault(f"a canary does not compile: {failure.evidence}")
        run = workshop.observe(shared_object, spec, list(cases), limits, build)
        if run.end is End.SILENT:
            raise GraderFault(run.noise.decode("utf-8", "replace").strip() or "the box said nothing")
        return run

    try:
        with _listener() as port:
            yield _zero("no network", see(_INT, canary_programs.NETWORK, (port,)))
        with _secret(cache_dir) as secret:
            paths = [(p,) for p in (secret, b"/etc/passwd", b"/etc/hostname", b"/root", b"/home", b"/work", b"/tmp")]
            yield _zero("the host's files cannot be read", see(_TEXT, canary_programs.READ, *paths))
        places = [(p,) for p in (b"", b"/", b"/tmp", b"/dev", b"/dev/shm", b"/usr/lib", b"/proc", b"/proc/self", b".")]
        yield _zero("nothing can be written", see(_TEXT, canary_programs.WRITE, *places))
        yield _zero("no privilege can be won", see(_INT, canary_programs.PRIVILEGE, (int(tools.disable_userns),)))
        yield _zero("other processes are out of sight", see(_INT, canary_programs.OTHERS, (2,)))
        yield _ends("output is limited", see(_INT, canary_programs.FLOOD, (0,)), End.OUTPUT)
        yield _zero("it is confined", see(_INT, canary_programs.CONFINED, (0,)))
        for build in ("plain", "sanitized"):  # same box, but other limits
            yield _zero(f"no process can be started ({build})", see(_INT, canary_programs.FORK, (16,), build=build))
            yield _ends(
                f"memory is limited ({build})", see(_INT, canary_programs.MEMORY, (2048,), build=build), End.MEMORY
            )
            yield _ends(
                f"time is limited ({build})",
                see(_INT, canary_programs.SPIN, (0,), build=build, limits=QUICK),
                End.TIMEOUT,
                End.SLOW,
            )
        box = see(_INT, canary_programs.SPIN, (0,), limits=QUICK).pids
        yield _dies("a candidate ends with its verdict", box[2:], 1)
    finally:
        workshop.close()
    yield _dies("the process tree dies", box, 3)
    yield from _compiler(tools, server, cache_dir)


def _zero(name: str, run: Run) -> Canary:
    answers = [int.from_bytes(o.returned, "little", signed=True) for o in run.observations]
    held = run.end is End.DONE and not any(answers)
    return Canary(name, held, "" if held else f"{run.end} {answers} {run.noise[:200]!r}")


def _ends(name: str, run: Run, *ends: End) -> Canary:
    held = run.end in ends
    return Canary(name, held, "" if held else f"{run.end} {run.noise[:200]!r}")


def _dies(name: str, pids: tuple[int, ...], least: int) -> Canary:
    """Every process that existed is gone a moment after it was killed."""
    waiting = time.monotonic() + 2.0
    alive = [p for p in pids if runs(p)]
    while alive and time.monotonic() < waiting:
        time.sleep(0.01)
        alive = [p for p in alive if runs(p)]
    held = len(pids) >= least and not alive
    return Canary(name, held, "" if held else f"seen {pids}, alive {alive}")


def _compiler(tools: Toolchain, server: bytes, cache_dir: Path) -> Iterator[Canary]:
    with _secret(cache_dir) as secret:
        box = CompileBox(tools, server)
        try:
            include = box.compile(single(f'#include "{secret.decode()}"\nint f(void) {{ return 0; }}\n'), "plain")
            binary = box.compile(
                single(f'__asm__(".incbin \\"{secret.decode()}\\"");\nint f(void) {{ return 0; }}\n'), "plain"
            )
            bomb = box.compile(single("#include __FILE__\n#include __FILE__\nint f(void) { return 0; }\n"), "plain")
        finally:
            box.close()
    yield Canary("the compiler cannot include the host's files", not include.ok)
    yield Canary("the assembler cannot read the host's files", not binary.ok)
    yield Canary("the compiler is limited", not bomb.ok and len(bomb.diagnostics) < 5000)


@contextmanager
def _secret(cache_dir: Path) -> Iterator[bytes]:
    """A world-readable file of the host that no box may see."""
    path = (cache_dir / f"secret-{os.getpid()}").absolute()
    path.write_text("int secret;\n")
    path.chmod(0o644)
    try:
        yield str(path).encode()
    finally:
        path.unlink()


@contextmanager
def _listener() -> Iterator[int]:
    """The port of a server on the host's loopback."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]
