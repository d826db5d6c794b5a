"""Observations against the reference's: the only place where a pass can come from."""

from __future__ import annotations

import struct

from evaluators.box.observation import Observation
from evaluators.spec import Case, FunctionSpec, Param


def same(spec: FunctionSpec, expected: Observation, seen: Observation) -> bool:
    """Equal returned value, equal observed buffers; a string counts up to its NUL, which must be in its allocation."""
    if spec.returns != "void" and expected.returned != seen.returned:
        return False
    observed = [p for p in spec.params if p.mutable and p.kind != "scalar"]
    pairs = zip(observed, expected.buffers, seen.buffers, strict=True)
    return all(visible(p, a) == visible(p, b) for p, a, b in pairs)


def visible(param: Param, buffer: bytes) -> bytes:
    """What counts of an observed allocation."""
    if param.elem != "u8":
        return buffer
    text, nul, _ = buffer.partition(b"\0")
    return text + nul


def difference(spec: FunctionSpec, case: Case, expected: Observation, seen: Observation) -> str:
    """One line for people: the call, what came back, and what the reference gives."""
    inside = ", ".join(_argument(a) for a in case)
    return f"{spec.name}({inside}) gives {_shown(spec, seen)}, expected {_shown(spec, expected)}"


def _argument(value: object) -> str:
    if isinstance(value, bytes):
        return '"' + value.decode("latin-1") + '"'
    if isinstance(value, tuple):
        return "{" + ", ".join(map(str, value)) + "}"
    return str(value)


def _shown(spec: FunctionSpec, seen: Observation) -> str:
    parts = []
    if spec.returns != "void":
        parts.append(str(struct.unpack("<i" if spec.returns == "int" else "<I", seen.returned)[0]))
    observed = [p for p in spec.params if p.mutable and p.kind != "scalar"]
    for param, buffer in zip(observed, seen.buffers, strict=True):
        if param.elem == "u8":
            text, nul, _ = buffer.partition(b"\0")
            shown = '"' + text.decode("latin-1") + '"' + ("" if nul else " without a NUL")
        else:
            shown = "{" + ", ".join(str(v[0]) for v in struct.iter_unpack("<i", buffer)) + "}"
        parts.append(f"{param.name}={shown}")
    return " ".join(parts) or "nothing"
