"""Programs that try what a box must forbid. A tier is what they could not do here, today; nothing is assumed.

They are ordinary candidates, run by the same code that grades. Their answers are counts of successful offences, so
the expected observation is always 0. `evaluators.box.tiers` keeps the result.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evaluators.box import canary_programs
from evaluators.box.compile import CompileBox
from evaluators.box.driver import Drivers, compile_server
from evaluators.box.observation import End, Limits, Run
from evaluators.box.process_tree import runs
from evaluators.box.sandbox import Launch
from evaluators.box.source_tree import single
from evaluators.box.toolchain import Toolchain
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault
from evaluators.spec import FunctionSpec, Param

QUICK = Limits(cpu=0.1, wall=15.0)
PATIENT = Limits(cpu=5.0, wall=60.0)
UNWATCHED = Limits(cpu=5.0, wall=60.0, resident=1 << 40, address_space=0)
"""Only the cgroup is left to stop it."""
THREADS = 32


@dataclass(frozen=True)
class Canary:
    """One attempt: did the box hold, and what was seen when it did not."""

    name: str
    held: bool
    detail: str = ""


_INT = FunctionSpec("canary", "int", (Param("x", "int", "scalar"),), "")
_TEXT = FunctionSpec("canary", "int", (Param("s", "const char *", "buffer", elem="u8"),), "")


See = Callable[..., Run]
"""(spec, source, cases..., build=, limits=) -> Run, all in one workshop, and so in one box a build."""


def prove(tools: Toolchain, drivers: Drivers, launch: Launch, cache_dir: Path) -> Iterator[Canary]:
    """Every attempt of the tier that `launch` starts boxes for. Raises GraderFault when no box can be started."""
    server = compile_server(drivers)
    workshop = Workshop(tools, drivers, server, launch)

    def see(
        spec: FunctionSpec, source: str, *cases: tuple[int | bytes, ...], build: str = "plain", limits: Limits = PATIENT
    ) -> Run:
        shared_object, failure = workshop.build(single(source), build)
        if failure and not shared_object:  # one that the object audit would refuse is run all the same
            raise GraderFault(f"a canary does not compile: {failure.evidence}")
        run = workshop.observe(shared_object, spec, list(cases), limits, build)
        if run.end is End.SILENT:
            raise GraderFault(run.note or run.noise.decode("utf-8", "replace").strip() or "the box said nothing")
        return run

    try:
        yield from _hidden(see, tools, cache_dir)
        yield from _unreachable(see)
        yield from _limited(see, launch)
        box = see(_INT, canary_programs.SPIN, (0,), limits=QUICK).pids
        yield _dies("a candidate ends with its verdict", box[2:], 1)
    finally:
        workshop.close()
    yield _dies("the process tree dies", box, 3)
    yield from _compiler(tools, server, launch, cache_dir)


def _hidden(see: See, tools: Toolchain, cache_dir: Path) -> Iterator[Canary]:
    """The host: network, files, privileges."""
    with _listener() as port:
        yield _zero("no network", see(_INT, canary_programs.NETWORK, (port,)))
    with _secret(cache_dir) as secret:
        paths = [(p,) for p in (secret, b"/etc/passwd", b"/etc/hostname", b"/root", b"/home", b"/work", b"/tmp")]
        yield _zero("the host's files cannot be read", see(_TEXT, canary_programs.READ, *paths))
    places = [(p,) for p in (b"", b"/", b"/tmp", b"/dev", b"/dev/shm", b"/usr/lib", b"/proc", b"/proc/self", b".")]
    yield _zero("nothing can be written", see(_TEXT, canary_programs.WRITE, *places))
    yield _zero("no privilege can be won", see(_INT, canary_programs.PRIVILEGE, (int(tools.disable_userns),)))
    yield _zero("it is confined", see(_INT, canary_programs.CONFINED, (0,)))
    doors = "no socket, shared memory, namespace, key ring or other program"
    yield _zero(doors, see(_INT, canary_programs.DOORS, (0,)))


def _unreachable(see: See) -> Iterator[Canary]:
    """Other processes, and the one that serves candidates most of all."""
    yield _zero("other processes are out of sight", see(_INT, canary_programs.OTHERS, (2,)))
    yield _zero("its server cannot be traced, read, opened or limited", see(_INT, canary_programs.SERVER, (0,)))
    yield _zero("its server cannot be signalled", see(_INT, canary_programs.SIGNALS, (0,)))
    see(_INT, canary_programs.LEAVE, (0,))
    yield _zero("nothing is left for the next candidate", see(_INT, canary_programs.FIND, (0,)))


def _limited(see: See, launch: Launch) -> Iterator[Canary]:
    yield _ends("output is limited", see(_INT, canary_programs.FLOOD, (0,)), End.OUTPUT)
    for build in ("plain", "sanitized"):  # same box, but other limits
        yield _zero(f"no process can be started ({build})", see(_INT, canary_programs.FORK, (16,), build=build))
        if launch.namespaces:  # without, all processes of the uid count
            yield _zero(f"threads are limited ({build})", see(_INT, canary_programs.THREADS, (THREADS,), build=build))
        run = see(_INT, canary_programs.MEMORY, (2048,), build=build)
        yield _ends(f"memory is limited ({build})", run, End.MEMORY)
        run = see(_INT, canary_programs.SPIN, (0,), build=build, limits=QUICK)
        yield _ends(f"time is limited ({build})", run, End.TIMEOUT, End.SLOW)
        if launch.scopes:
            run = see(_INT, canary_programs.MEMORY, (4096,), build=build, limits=UNWATCHED)
            yield _ends(f"the kernel limits the box's memory ({build})", run, End.MEMORY)


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


def _compiler(tools: Toolchain, server: bytes, launch: Launch, cache_dir: Path) -> Iterator[Canary]:
    with _secret(cache_dir) as secret:
        box = CompileBox(tools, server, launch)
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
