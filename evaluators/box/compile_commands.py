"""The commands that gcc's own programs are run with: from units to objects, from objects to what is loaded."""

from __future__ import annotations

from evaluators.box.source_tree import CANDIDATE, SourceTree
from evaluators.box.toolchain import Toolchain

MERGED = "candidate.merged.o"
WARM = "prewarmed.c"
"""A file that only includes the candidate: a compiler that has read this much is ready for any candidate."""


def assembly_of(unit: str) -> str:
    return unit + ".s"


def object_of(unit: str) -> str:
    return unit + ".o"


def unit_commands(tools: Toolchain, build: str, unit: str, include: tuple[str, ...]) -> list[list[str]]:
    """The commands that make `unit`.o."""
    named = {CANDIDATE: unit, "candidate.s": assembly_of(unit), "candidate.o": object_of(unit)}
    steps = [[named.get(word, word) for word in step] for step in tools.compile_steps[build][:-1]]
    steps[0][1:1] = [word for folder in include for word in ("-I", folder)]
    return steps


def kept(commands: list[list[str]]) -> list[list[str]]:
    """The same by programs that are kept (see native/warm_compiler.c)."""
    compiler, assembler, linker = commands
    own = next(i for i, word in enumerate(compiler) if word == CANDIDATE and compiler[i - 1] != "-dumpbase")
    compiler = [*compiler[:own], WARM, *compiler[own + 1 :]]
    inputs = (CANDIDATE, assembly_of(CANDIDATE), object_of(CANDIDATE))
    outputs = (assembly_of(CANDIDATE), object_of(CANDIDATE), "candidate.so")
    pairs = zip(inputs, outputs, (compiler, assembler, linker), strict=True)
    return [["warm", read, written, *command] for read, written, command in pairs]


def version_script(exports: tuple[str, ...]) -> bytes:
    """A linker script for the linker's inputs, so that the linker can be kept: options are read at its start."""
    return f"VERSION {{ {{ global: {' '.join(f'{e};' for e in exports)} local: *; }}; }};\n".encode()


def linker(tools: Toolchain, build: str) -> list[str]:
    """`ld -shared` with its flags, without objects."""
    step = list(tools.compile_steps[build][-1])
    return step[: step.index("candidate.o")]


def merge_commands(tools: Toolchain, tree: SourceTree, build: str) -> list[list[str]]:
    """The candidate's units as one relocatable object; symbols besides `exports` become local ones."""
    commands = [c for unit in tree.units for c in unit_commands(tools, build, unit, tree.include)]
    commands.append([tools.linker, "-r", *(object_of(unit) for unit in tree.units), "-o", MERGED])
    if tree.exports:
        keep = [f"--keep-global-symbol={name}" for name in tree.exports]
        commands.append([tools.objcopy, *keep, MERGED])
    return commands


def link_trusted_commands(tools: Toolchain, tree: SourceTree, build: str) -> list[list[str]]:
    commands = [c for unit in tree.trusted_units for c in unit_commands(tools, build, unit, tree.include)]
    objects = [*(object_of(unit) for unit in tree.trusted_units), MERGED]
    return [*commands, [*linker(tools, build), *objects, "-o", "candidate.so"]]
