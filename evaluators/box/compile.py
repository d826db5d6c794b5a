"""C source -> shared object, by gcc inside a box. The compiler is attacked too: includes, `.incbin`, macro bombs.

One box serves many compiles (gcc's programs are trusted, only their input is not), each in an emptied directory, so no
source ever sees another one's files. No test input is ever in that box.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from evaluators.box.sandbox import STANDARD, Box, Launch, sealed, start_box
from evaluators.box.source_tree import CANDIDATE, EXPORTS, SourceTree, check_path
from evaluators.box.toolchain import Toolchain
from evaluators.errors import GraderFault

CPU_SECONDS, WALL_SECONDS = 2, 20
ADDRESS_SPACE = 1 << 30
FILE_BYTES = 8 << 20
UNCONFINED = 0xFFFFFFFF
"""Of native/compile_server.c: it cannot confine itself on this kernel."""
MAX_SOURCE = 1 << 17
"""Bytes of one candidate file."""
MAX_TREE = 1 << 20
"""Bytes of all files of a tree."""
MAX_EXPANDED = 2 << 20
"""Characters of a tree's units after macro expansion, where that is looked at: eight times all standard headers."""
MERGED = "candidate.merged.o"
WARM = "prewarmed.c"
"""A file that only includes the candidate: a compiler that has read this much is ready for any candidate."""
WARM_BUILDS = ("plain", "sanitized")


@dataclass(frozen=True)
class Compiled:
    """`shared_object` is empty when it failed; then `diagnostics` (at most 4 KiB) says why.

    candidate: what is to be looked at before anything of it runs: the object without units of ours.
    """

    shared_object: bytes
    diagnostics: str
    candidate: bytes = b""

    @property
    def ok(self) -> bool:
        return bool(self.shared_object)


class CompileBox:
    """One long-lived sandboxed compiler, for one thread. Restarted by the next compile after a fault."""

    def __init__(self, tools: Toolchain, server: bytes, launch: Launch = STANDARD) -> None:
        self._tools, self._launch = tools, launch
        self._program = sealed("compile-server", server)
        self._box: Box | None = None
        self._requests = self._replies = -1

    def compile(self, tree: SourceTree, build: str) -> Compiled:
        """Build `tree` (builds: `BUILDS` of the toolchain) into a shared object. Raises GraderFault when the box fails.

        Raises ValueError for a path that leaves the tree.
        """
        if problem := _too_large(tree):
            return Compiled(b"", problem)
        if not tree.trusted_units:
            return self._built(tree, build)
        merged = self.merge(tree, build)
        if not merged.ok:
            return merged
        files = (*_encoded(tree.trusted), (MERGED, merged.shared_object))
        linked = self._run(files, _link_trusted(self._tools, tree, build), "candidate.so")
        return replace(linked, candidate=merged.shared_object)

    def merge(self, tree: SourceTree, build: str) -> Compiled:
        """The candidate's units as one relocatable object, for `link`. Raises what `compile` raises."""
        if problem := _too_large(tree):
            return Compiled(b"", problem)
        return self._run(_encoded(tree.files), _merge(self._tools, tree, build), MERGED)

    def link(self, objects: tuple[bytes, ...], build: str) -> Compiled:
        """Relocatable objects as one shared object. Raises GraderFault."""
        files = tuple((f"{i}.o", data) for i, data in enumerate(objects))
        linker = [*_linker(self._tools, build), *(name for name, _ in files), "-o", "candidate.so"]
        return self._run(files, [linker], "candidate.so")

    def _built(self, tree: SourceTree, build: str) -> Compiled:
        files = _encoded(tree.files)
        commands = [c for unit in tree.units for c in _unit(self._tools, build, unit, tree.include)]
        linker = [*_linker(self._tools, build), *(_object(unit) for unit in tree.units)]
        if tree.exports:
            files += ((EXPORTS, _version_script(tree.exports)),)
            linker.append(EXPORTS)
        commands.append([*linker, "-o", "candidate.so"])
        if tree.units == (CANDIDATE,) and len(tree.files) == 1 and build in WARM_BUILDS:
            files += ((WARM, f'#include "{CANDIDATE}"\n'.encode()),)
            commands = _warm(commands)
        return self._run(files, commands, "candidate.so")

    def _run(self, files: tuple[tuple[str, bytes], ...], commands: list[list[str]], output: str) -> Compiled:
        try:
            if self._box is None:
                self._start()
            failed, status, diagnostics, result = self._ask(files, commands, output)
        except OSError as error:
            self._stop()
            raise GraderFault(f"the compiler's box failed: {error}") from error
        if not failed and result:
            return Compiled(result, "", result)
        command = commands[failed - 1] if failed else [""]
        program = os.path.basename(command[3] if command[0] == "warm" else command[0])
        return Compiled(b"", _why(program, status, diagnostics))

    def expand(self, tree: SourceTree, build: str) -> str | None:
        """All units after macro expansion, one after the other. None when the preprocessor fails on one or makes
        more than `MAX_EXPANDED` of them: then nobody has looked at the text, even if it should compile.

        Raises what `compile` raises.
        """
        if _too_large(tree):
            return None
        expanded = []
        for unit in tree.units:
            compiler = _unit(self._tools, build, unit, tree.include)[0]
            at = compiler.index("-o")
            command = [compiler[0], "-E", *compiler[1:at], "-o", "expanded.i", *compiler[at + 2 :]]
            result = self._run(_encoded(tree.files), [command], "expanded.i")
            expanded.append(result.shared_object.decode("utf-8", "replace"))
            if not result.ok or sum(map(len, expanded)) > MAX_EXPANDED:
                return None
        return "\n".join(expanded)

    def close(self) -> None:
        self._stop()
        if self._program >= 0:
            os.close(self._program)
            self._program = -1

    def _start(self) -> None:
        request_read, self._requests = os.pipe()
        self._replies, reply_write = os.pipe()
        os.set_blocking(self._requests, False)
        limits = [str(n) for n in (CPU_SECONDS, WALL_SECONDS, ADDRESS_SPACE, FILE_BYTES)]
        try:
            self._box = start_box(
                self._tools,
                self._program,
                [*limits, str(request_read), str(reply_write), str(int(self._launch.confined))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                keep=(request_read, reply_write),
                compiler=True,
                launch=self._launch,
            )
        finally:
            os.close(request_read)
            os.close(reply_write)

    def _stop(self) -> None:
        if self._box is not None:
            self._box.kill()
            self._box = None
        for fd in (self._requests, self._replies):
            if fd >= 0:
                os.close(fd)
        self._requests = self._replies = -1

    def _ask(
        self, files: tuple[tuple[str, bytes], ...], commands: list[list[str]], output: str
    ) -> tuple[int, int, bytes, bytes]:
        request = [struct.pack("<I", len(files))]
        for path, data in files:
            request += [_blob(path.encode()), _blob(data)]
        request.append(struct.pack("<I", len(commands)))
        request += [_blob("\0".join(command).encode() + b"\0") for command in commands]
        request += [struct.pack("<I", 1), _blob(output.encode())]
        deadline = time.monotonic() + 3 * WALL_SECONDS + 5 * len(commands)
        self._send(b"".join(request), deadline)
        failed, status = struct.unpack("<II", self._receive(8, deadline))
        if failed == UNCONFINED:
            raise OSError(self._receive_blob(deadline).decode())
        return failed, status, self._receive_blob(deadline), self._receive_blob(deadline)

    def _receive_blob(self, deadline: float) -> bytes:
        return self._receive(struct.unpack("<I", self._receive(4, deadline))[0], deadline)

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            _await(self._requests, select.POLLOUT, deadline)
            view = view[os.write(self._requests, view) :]

    def _receive(self, size: int, deadline: float) -> bytes:
        parts = []
        while size:
            _await(self._replies, select.POLLIN, deadline)
            part = os.read(self._replies, size)
            if not part:
                raise OSError("it ended")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _await(fd: int, event: int, deadline: float) -> None:
    poller = select.poll()
    poller.register(fd, event)
    if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise OSError("it does not answer")


def _blob(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _encoded(files: tuple[tuple[str, str], ...]) -> tuple[tuple[str, bytes], ...]:
    return tuple((check_path(path), _text(text)) for path, text in files)


def _text(text: str) -> bytes:
    return (text if text.endswith("\n") else text + "\n").encode("utf-8", "replace")


def _too_large(tree: SourceTree) -> str:
    sizes = [len(text.encode("utf-8", "replace")) for _, text in tree.files]
    if max(sizes, default=0) > MAX_SOURCE:
        return f"the source has {max(sizes)} bytes, more than {MAX_SOURCE}"
    return f"the files have {sum(sizes)} bytes together, more than {MAX_TREE}" if sum(sizes) > MAX_TREE else ""


def _assembly(unit: str) -> str:
    return unit + ".s"


def _object(unit: str) -> str:
    return unit + ".o"


def _unit(tools: Toolchain, build: str, unit: str, include: tuple[str, ...]) -> list[list[str]]:
    """The commands that make `unit`.o."""
    named = {CANDIDATE: unit, "candidate.s": _assembly(unit), "candidate.o": _object(unit)}
    steps = [[named.get(word, word) for word in step] for step in tools.compile_steps[build][:-1]]
    steps[0][1:1] = [word for folder in include for word in ("-I", folder)]
    return steps


def _warm(commands: list[list[str]]) -> list[list[str]]:
    """The same by programs that are kept (see native/warm_compiler.c)."""
    compiler, assembler, linker = commands
    own = next(i for i, word in enumerate(compiler) if word == CANDIDATE and compiler[i - 1] != "-dumpbase")
    compiler = [*compiler[:own], WARM, *compiler[own + 1 :]]
    inputs = (CANDIDATE, _assembly(CANDIDATE), _object(CANDIDATE))
    outputs = (_assembly(CANDIDATE), _object(CANDIDATE), "candidate.so")
    kept = zip(inputs, outputs, (compiler, assembler, linker), strict=True)
    return [["warm", read, written, *command] for read, written, command in kept]


def _version_script(exports: tuple[str, ...]) -> bytes:
    """A linker script for the linker's inputs, so that the linker can be kept: options are read at its start."""
    return f"VERSION {{ {{ global: {' '.join(f'{e};' for e in exports)} local: *; }}; }};\n".encode()


def _linker(tools: Toolchain, build: str) -> list[str]:
    """`ld -shared` with its flags, without objects."""
    step = list(tools.compile_steps[build][-1])
    return step[: step.index("candidate.o")]


def _merge(tools: Toolchain, tree: SourceTree, build: str) -> list[list[str]]:
    """The candidate's units as one relocatable object; symbols besides `exports` become local ones."""
    commands = [c for unit in tree.units for c in _unit(tools, build, unit, tree.include)]
    commands.append([tools.linker, "-r", *(_object(unit) for unit in tree.units), "-o", MERGED])
    if tree.exports:
        keep = [f"--keep-global-symbol={name}" for name in tree.exports]
        commands.append([tools.objcopy, *keep, MERGED])
    return commands


def _link_trusted(tools: Toolchain, tree: SourceTree, build: str) -> list[list[str]]:
    commands = [c for unit in tree.trusted_units for c in _unit(tools, build, unit, tree.include)]
    objects = [*(_object(unit) for unit in tree.trusted_units), MERGED]
    return [*commands, [*_linker(tools, build), *objects, "-o", "candidate.so"]]


def _why(program: str, status: int, diagnostics: bytes) -> str:
    text = diagnostics.decode("utf-8", "replace").replace(f"In file included from {WARM}:1:\n", "").strip()
    text = text.replace(f"{WARM}:", f"{CANDIDATE}:")  # where the candidate ends too early
    stage = {"cc1": "compiler", "as": "assembler"}.get(program, "linker")
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        limit = {signal.SIGXCPU: "CPU time", signal.SIGALRM: "time", signal.SIGXFSZ: "output"}.get(
            signal.Signals(number)
        )
        text = f"the {stage} exceeded its {limit} limit" if limit else f"the {stage} died of signal {number}\n{text}"
    return text or f"the {stage} failed with status {status} and said nothing"


def build_trusted(tools: Toolchain, source: str, flags: tuple[str, ...], scratch: Path) -> bytes:
    """Build a program of our own (driver, compile server) outside any box and return the executable's bytes.

    Raises CompilerUnavailable with gcc's words when it cannot be built.
    """
    from evaluators.errors import CompilerUnavailable

    scratch.mkdir(parents=True, exist_ok=True)
    c_file = scratch / f"build-{os.getpid()}-{time.monotonic_ns()}.c"
    program = c_file.with_suffix(".out")
    try:
        c_file.write_text(source)
        done = subprocess.run(
            [tools.gcc, "-std=gnu11", "-O1", *flags, str(c_file), "-o", str(program), "-ldl", "-lm"],
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            fix = "apt-get install gcc libc6-dev libgcc-12-dev (headers and the sanitizers' libraries)"
            raise CompilerUnavailable(f"gcc cannot build the grader's own program:\n{done.stderr[:2000]}", fix=fix)
        return program.read_bytes()
    finally:
        c_file.unlink(missing_ok=True)
        program.unlink(missing_ok=True)
