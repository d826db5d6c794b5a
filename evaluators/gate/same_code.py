"""Trivial compiler equivalence: versions whose optimised machine code is the reference's, byte for byte."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from evaluators.box.source_tree import single
from evaluators.box.workshop import Workshop
from evaluators.gate.joint import joined, version_name
from evaluators.spec import FunctionSpec

_DYNSYM = 11
_FUNCTION = 2


@dataclass(frozen=True)
class Optimised:
    """What gcc -O2 makes of the reference (version 0) and others. same: those that became the reference's code.

    failure: why nothing was made.
    """

    shared_object: bytes
    same: frozenset[int] = frozenset()
    failure: str = ""


def optimised(workshop: Workshop, spec: FunctionSpec, sources: Mapping[int, str]) -> Optimised:
    """Code with calls or data of its own rarely is equal. Raises GraderFault."""
    text = joined(spec.prelude, [(0, spec.reference), *sources.items()])
    names = {number: version_name(spec.name, number) for number in (0, *sources)}
    shared_object, failure = workshop.build(single(text, tuple(names.values())), "optimised")
    if failure:
        return Optimised(b"", failure=failure.evidence)
    code = function_code(shared_object)
    reference = code.get(names[0], b"")
    same = frozenset(number for number in sources if reference and code.get(names[number]) == reference)
    return Optimised(shared_object, same)


def function_code(shared_object: bytes) -> dict[str, bytes]:
    """The bytes of each function that a 64-bit little-endian ELF file exports.

    Raises struct.error or IndexError for a damaged file; ours come out of `Workshop.build`, which has read them.
    """
    (at,) = struct.unpack_from("<Q", shared_object, 0x28)
    size, count = struct.unpack_from("<HH", shared_object, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", shared_object, at + i * size) for i in range(count)]
    found = {}
    for _, kind, _, _, offset, length, link, _, _, _ in sections:
        if kind != _DYNSYM:
            continue
        strings = sections[link][4]
        for entry in struct.iter_unpack("<IBBHQQ", shared_object[offset : offset + length]):
            name_at, info, _, index, address, bytes_long = entry
            if info & 0xF == _FUNCTION and 0 < index < count:
                start = address - sections[index][3] + sections[index][4]
                end = shared_object.index(b"\0", strings + name_at)
                name = shared_object[strings + name_at : end].decode("latin-1")
                found[name] = shared_object[start : start + bytes_long]
    return found
