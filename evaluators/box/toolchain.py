"""The programs that grading needs, found once: gcc's own stages, the linker, bubblewrap.

`gcc` is only asked how it would compile (`-###`); its stages are then run directly, which halves the
time of a small file.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from evaluators.errors import CompilerUnavailable, SandboxUnavailable

STRICT = (
    "-Werror=implicit-function-declaration",
    "-Werror=implicit-int",
    "-Werror=int-conversion",
    "-Werror=return-type",
)
LANGUAGE = ("-std=gnu11", "-fPIC", "-g0", "-fno-asynchronous-unwind-tables", "-ftrivial-auto-var-init=pattern", *STRICT)
QUIET = ("-fmax-errors=3", "-fno-diagnostics-show-caret", "-fdiagnostics-color=never", "-ftrack-macro-expansion=0")
BOUNDED = ("-fmax-include-depth=24",)
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# Defined away besides being refused in the text, so that token pasting cannot build them either.
NO_ESCAPE = tuple(
    f"-D{name}="
    for plain in ("no_sanitize", "no_sanitize_address", "no_sanitize_undefined", "no_address_safety_analysis")
    for name in ((f"{plain}(...)", f"__{plain}__(...)") if plain == "no_sanitize" else (plain, f"__{plain}__"))
)
BUILDS = {
    "plain": ("-O0",),
    "optimised": ("-O2", "-fno-ipa-icf"),  # a reference must not depend on the build; equal functions stay apart
    "sanitized": ("-O0", *SANITIZE, *NO_ESCAPE, "-U__SANITIZE_ADDRESS__"),
    "lineless": (  # never run: the same for the same code, wherever comments move it
        "-O0",
        "-Wno-builtin-macro-redefined",
        "-D__LINE__=0",
        *(f'-D{name}=""' for name in ("__DATE__", "__TIME__", "__TIMESTAMP__")),
    ),
}
WRAP = ("--wrap=malloc", "--wrap=calloc", "--wrap=realloc")


@dataclass(frozen=True)
class Toolchain:
    """Absolute paths; bwrap is "" where it is not installed.

    `compile_steps[build]`: the commands that make candidate.s, then candidate.o, then candidate.so
    from candidate.c (`evaluators.box.compile` puts other names in)."""

    gcc: str
    bwrap: str
    drop: tuple[str, ...]
    versions: tuple[str, ...]
    compile_steps: dict[str, tuple[tuple[str, ...], ...]]
    disable_userns: bool
    linker: str
    objcopy: str


@functools.cache
def find_toolchain() -> Toolchain:
    """Raises CompilerUnavailable, or SandboxUnavailable when root cannot drop its uid, with what mends it."""
    gcc = shutil.which("gcc")
    if not gcc:
        raise CompilerUnavailable("gcc is not installed", fix="apt-get install gcc libc6-dev")
    bwrap = shutil.which("bwrap") or ""  # tier weak does without
    usage = _ask([bwrap, "--help"]) if bwrap else ""
    return Toolchain(
        gcc=gcc,
        bwrap=bwrap,
        drop=_drop_privileges(),
        versions=(_ask([gcc, "--version"]).splitlines()[0], _ask([bwrap, "--version"]).strip() if bwrap else ""),
        compile_steps={**{build: _steps(gcc, build) for build in BUILDS}, **_clang_build(gcc)},
        disable_userns="--disable-userns" in usage,
        linker=_program(gcc, "ld"),
        objcopy=_program(gcc, "objcopy"),
    )


SANDBOX_UID = 64023
"""The uid boxes run under when the grader is root: one that no account has."""


def _drop_privileges() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise SandboxUnavailable("root cannot drop its uid: setpriv is missing", fix="apt-get install util-linux")
    return (setpriv, "--reuid", str(SANDBOX_UID), "--regid", str(SANDBOX_UID), "--clear-groups", "--no-new-privs", "--")


def _steps(gcc: str, build: str) -> tuple[tuple[str, ...], ...]:
    flags = (*LANGUAGE, *QUIET, *BOUNDED, *BUILDS[build])
    plan = _ask([gcc, "-###", "-x", "c", *flags, "-c", "candidate.c", "-o", "candidate.o"])
    commands = [shlex.split(line) for line in plan.splitlines() if line.startswith(" ") and "candidate" in line]
    if len(commands) != 2:
        raise CompilerUnavailable(
            f"'{gcc} -###' did not name two commands:\n{plan}", fix="use a plain gcc (not a wrapper)"
        )
    return _named(gcc, commands, build)


def _clang_build(gcc: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """A second compiler's word on references, where it is installed; candidates never meet it."""
    clang = shutil.which("clang")
    if not clang:
        return {}
    flags = (*LANGUAGE, "-O1", "-ferror-limit=3", "-fno-integrated-as", "-fdebug-compilation-dir=/tmp")
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory, "candidate.c")
        source.touch()  # unlike gcc it wants to see the file
        plan = _ask([clang, "-###", "-x", "c", *flags, "-c", str(source), "-o", "candidate.o"])
    lines = plan.replace(str(source), "candidate.c").splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith(' "') and "candidate" in line]
    return {"clang": _named(gcc, commands, "clang")} if len(commands) == 2 else {}


def _named(gcc: str, commands: list[list[str]], build: str) -> tuple[tuple[str, ...], ...]:
    """Compiler, assembler and linker with files of our names and programs by absolute path."""
    compiler, assembler = commands
    assembly = compiler[compiler.index("-o") + 1]
    wrap = () if build == "sanitized" else WRAP
    ld = ["ld", "-shared", "-z", "now", "-z", "noexecstack", "--build-id=none", *wrap]
    steps = (
        ["candidate.s" if word == assembly else word for word in compiler],
        ["candidate.s" if word == assembly else word for word in assembler],
        [*ld, "candidate.o", "-o", "candidate.so"],
    )
    return tuple((_program(gcc, step[0]), *step[1:]) for step in steps)


def _program(gcc: str, name: str) -> str:
    found = shutil.which(_ask([gcc, f"-print-prog-name={name}"]).strip()) if "/" not in name else name
    if not found:
        raise CompilerUnavailable(f"gcc's '{name}' is not installed", fix="apt-get install gcc binutils")
    return str(Path(found).absolute())


def _ask(command: list[str]) -> str:
    """stdout and stderr together, in the C locale."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompilerUnavailable(
            f"'{command[0]}' cannot be run: {error}", fix=f"check that {command[0]} works"
        ) from error
    return done.stdout
