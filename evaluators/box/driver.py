"""The program that calls the candidate: generated from signatures' shapes, built once, kept on disk.

A shape is only which arguments are pointers, ints and unsigneds and what is returned, e.g. `i(pi)`. Shape and name are
given at run time, so that the thousands of tasks of a pack share one executable a build.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import struct
import threading
from pathlib import Path

from evaluators.box.compile import build_trusted
from evaluators.box.sandbox import sealed
from evaluators.box.toolchain import Toolchain
from evaluators.spec import Arg, Case, FunctionSpec, Param

NATIVE = Path(__file__).parent / "native"
_OWN_HEADER = re.compile(r'^#include "(\w+\.h)"$', re.MULTILINE)
ELEMENT_BYTES = {"i32": 4, "u32": 4, "u8": 1}
_RETURNS = {"void": "v", "int": "i", "unsigned": "u"}
_C = {"v": "void", "i": "int", "u": "unsigned", "p": "void *"}


def shape_of(spec: FunctionSpec) -> str:
    """`i(pu)`: returns int, takes a pointer and an unsigned."""
    inside = "".join("p" if p.kind != "scalar" else "u" if p.elem == "u32" else "i" for p in spec.params)
    return f"{_RETURNS[spec.returns]}({inside})"


COMMON = tuple(
    f"{returns}({''.join(inside)})"
    for count in range(5)
    for inside in itertools.product("piu", repeat=count)
    for returns in "viu"
)
"""Shapes that share one executable; any other one gets its own."""


def driver_source(shapes: tuple[str, ...]) -> str:
    """C of a driver that can call functions of these shapes."""
    calls = "".join(_call(i, shape) for i, shape in enumerate(shapes))
    table = "".join(f'    {{"{shape}", call_{i}}},\n' for i, shape in enumerate(shapes))
    most = max(len(shape) - 3 for shape in shapes)
    generated = f"enum {{ MOST_ARGUMENTS = {most} }};\n{calls}static const struct shape SHAPES[] = {{\n{table}}};\n"
    return native_source("driver.c").replace("/* GENERATED */", generated)


def native_source(name: str) -> str:
    """The text of a file in `native` with our own headers put in, so that it can be built (and known) by its text."""
    text = (NATIVE / name).read_text()
    return _OWN_HEADER.sub(lambda found: native_source(found[1]), text)


def _call(number: int, shape: str) -> str:
    """A function with one C call of the shape's own type."""
    returns, inside = shape[0], shape[2:-1]
    types = ", ".join(_C[c] for c in inside) or "void"
    values = ", ".join(f"a[{i}].pointer" if c == "p" else f"({_C[c]})a[{i}].value" for i, c in enumerate(inside))
    call = f"(({_C[returns]} (*)({types}))function)({values})"
    body = f"{call}; return 0;" if returns == "v" else f"return (uint32_t){call};"
    return f"UNCHECKED static uint32_t call_{number}(void *function, const struct argument *a) {{ (void)a; {body} }}\n"


def encode_case(spec: FunctionSpec, case: Case, nonce: bytes) -> bytes:
    """The frame that `native/driver.c` describes."""
    return nonce + b"".join(_encode(p, a) for p, a in zip(spec.params, case, strict=True))


def observed_sizes(spec: FunctionSpec, case: Case) -> list[int]:
    """Bytes of each observed allocation, in the order of the parameters."""
    return [_content(p, a)[0] for p, a in zip(spec.params, case, strict=True) if p.mutable and p.kind != "scalar"]


def _encode(param: Param, value: Arg) -> bytes:
    if param.kind == "scalar":
        return struct.pack("<II", 0, int(value) & 0xFFFFFFFF)  # type: ignore[arg-type]
    allocated, content = _content(param, value)
    return struct.pack("<III", 2 if param.mutable else 1, allocated, len(content)) + content


def _content(param: Param, value: Arg) -> tuple[int, bytes]:
    """(bytes allocated, bytes of content). A string's content is followed by the NUL that the allocation ends with."""
    if isinstance(value, int):
        raise TypeError(f"{param.name}: a {param.kind} needs a sequence, not {value}")
    if isinstance(value, bytes):
        return max(param.capacity, len(value) + 1), value
    size = ELEMENT_BYTES[param.elem]
    content = b"".join((v & (2 ** (8 * size) - 1)).to_bytes(size, "little") for v in value)
    return max(param.capacity * size, len(content)), content


def compile_server(drivers: Drivers) -> bytes:
    """The executable of `native/compile_server.c`, which carries the library that keeps a compiler warm."""
    library = drivers.cached(native_source("warm_compiler.c"), ("-shared", "-fPIC"))
    carried = ", ".join(map(str, library))
    source = native_source("compile_server.c")
    return drivers.cached(source.replace("/* GENERATED: native/warm_compiler.c, built */", carried), ())


class Drivers:
    """Executables by (first shape, build) as sealed memory files; built on first use, kept in `directory` by hash."""

    def __init__(self, tools: Toolchain, directory: Path) -> None:
        self._tools = tools
        self._directory = directory
        self._open: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def descriptor(self, shape: str, build: str) -> int:
        """Raises CompilerUnavailable when it cannot be built."""
        shapes = COMMON if shape in COMMON else (shape,)
        with self._lock:
            known = self._open.get((shapes[0], build))
        return known or self.program(shapes[0], driver_source(shapes), _flags(build), build)

    def program(self, name: str, source: str, flags: tuple[str, ...], build: str = "") -> int:
        """Descriptor of a program of ours, open until `close`. Raises CompilerUnavailable when it cannot be built."""
        with self._lock:
            if (name, build) not in self._open:
                self._open[name, build] = sealed("driver", self.cached(source, flags))
            return self._open[name, build]

    def cached(self, source: str, flags: tuple[str, ...]) -> bytes:
        """The built program, from disk if it has been built by the same tools before."""
        key = hashlib.sha256("\0".join([source, *flags, *self._tools.versions]).encode()).hexdigest()
        path = self._directory / key
        if path.is_file():
            return path.read_bytes()
        program = build_trusted(self._tools, source, flags, self._directory)
        unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        unfinished.write_bytes(program)
        unfinished.replace(path)
        return program

    def close(self) -> None:
        with self._lock:
            for fd in self._open.values():
                os.close(fd)
            self._open.clear()


def _flags(build: str) -> tuple[str, ...]:
    if build == "plain":
        return ("-rdynamic", "-Wl,-z,now,--no-as-needed")
    return (
        "-rdynamic",
        "-Wl,-z,now,--no-as-needed",
        "-fsanitize=address,undefined",
        "-static-libasan",
        "-static-libubsan",
    )
