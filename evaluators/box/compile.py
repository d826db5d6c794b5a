"""C source -> shared object, by gcc inside a box. The compiler is attacked too: includes, `.incbin`, macro bombs.

One box serves many compiles (gcc's programs are trusted, only their input is not), each in an emptied directory, so no
source ever sees another one's files. No test input is ever in that box.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from evaluators.box.compile_commands import (
    MERGED,
    WARM,
    kept,
    link_trusted_commands,
    linker,
    merge_commands,
    object_of,
    unit_commands,
    version_script,
)
from evaluators.box.compile_server import CompileServer
from evaluators.box.sandbox import STANDARD, Launch
from evaluators.box.source_tree import CANDIDATE, EXPORTS, SourceTree, check_path
from evaluators.box.toolchain import Toolchain

MAX_SOURCE = 1 << 17
"""Bytes of one candidate file."""
MAX_TREE = 1 << 20
"""Bytes of all files of a tree."""
MAX_EXPANDED = 2 << 20
"""Characters of a tree's units after macro expansion, where that is looked at: eight times all standard headers."""
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
        self._tools = tools
        self._server = CompileServer(tools, server, launch)

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
        linked = self._run(files, link_trusted_commands(self._tools, tree, build), "candidate.so")
        return replace(linked, candidate=merged.shared_object)

    def merge(self, tree: SourceTree, build: str) -> Compiled:
        """The candidate's units as one relocatable object, for `link`. Raises what `compile` raises."""
        if problem := _too_large(tree):
            return Compiled(b"", problem)
        return self._run(_encoded(tree.files), merge_commands(self._tools, tree, build), MERGED)

    def link(self, objects: tuple[bytes, ...], build: str) -> Compiled:
        """Relocatable objects as one shared object. Raises GraderFault."""
        files = tuple((f"{i}.o", data) for i, data in enumerate(objects))
        link = [*linker(self._tools, build), *(name for name, _ in files), "-o", "candidate.so"]
        return self._run(files, [link], "candidate.so")

    def _built(self, tree: SourceTree, build: str) -> Compiled:
        files = _encoded(tree.files)
        commands = [c for unit in tree.units for c in unit_commands(self._tools, build, unit, tree.include)]
        link = [*linker(self._tools, build), *(object_of(unit) for unit in tree.units)]
        if tree.exports:
            files += ((EXPORTS, version_script(tree.exports)),)
            link.append(EXPORTS)
        commands.append([*link, "-o", "candidate.so"])
        if tree.units == (CANDIDATE,) and len(tree.files) == 1 and build in WARM_BUILDS:
            files += ((WARM, f'#include "{CANDIDATE}"\n'.encode()),)
            commands = kept(commands)
        return self._run(files, commands, "candidate.so")

    def _run(self, files: tuple[tuple[str, bytes], ...], commands: list[list[str]], output: str) -> Compiled:
        failed, status, diagnostics, result = self._server.run(files, commands, output)
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
            compiler = unit_commands(self._tools, build, unit, tree.include)[0]
            at = compiler.index("-o")
            command = [compiler[0], "-E", *compiler[1:at], "-o", "expanded.i", *compiler[at + 2 :]]
            result = self._run(_encoded(tree.files), [command], "expanded.i")
            expanded.append(result.shared_object.decode("utf-8", "replace"))
            if not result.ok or sum(map(len, expanded)) > MAX_EXPANDED:
                return None
        return "\n".join(expanded)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of its box."""
        return self._server.pids

    def close(self) -> None:
        self._server.close()


def _encoded(files: tuple[tuple[str, str], ...]) -> tuple[tuple[str, bytes], ...]:
    return tuple((check_path(path), _text(text)) for path, text in files)


def _text(text: str) -> bytes:
    return (text if text.endswith("\n") else text + "\n").encode("utf-8", "replace")


def _too_large(tree: SourceTree) -> str:
    sizes = [len(text.encode("utf-8", "replace")) for _, text in tree.files]
    if max(sizes, default=0) > MAX_SOURCE:
        return f"the source has {max(sizes)} bytes, more than {MAX_SOURCE}"
    return f"the files have {sum(sizes)} bytes together, more than {MAX_TREE}" if sum(sizes) > MAX_TREE else ""


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
