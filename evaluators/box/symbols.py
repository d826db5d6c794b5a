"""The names in an object: what it defines, what it shows to others, what it takes from others."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from evaluators.box.object_audit import sections_of, string_at

_SYMTAB, _UNDEFINED, _LOCAL = 2, 0, 0
_NAMED = (0, 1, 2, 6, 10)
"""Types of symbols that a program names: none, object, function, thread-local, indirect function."""


@dataclass(frozen=True)
class Symbols:
    """defined: in the object, also `static`. shown: of these, the ones others can refer to. wanted: from elsewhere."""

    defined: frozenset[str]
    shown: frozenset[str]
    wanted: frozenset[str]


def symbols_of(data: bytes) -> Symbols:
    """From the symbol table of an object that has been audited. Raises ValueError for a damaged one."""
    defined, shown, wanted = set(), set(), set()
    try:
        sections = sections_of(data)
        tables = [section for section in sections if section[1] == _SYMTAB]
        for _, _, offset, size, link in tables:
            for name_at, info, _, section, _, _ in struct.iter_unpack("<IBBHQQ", data[offset : offset + size]):
                name = string_at(data, sections[link][2] + name_at)
                if not name or info & 0xF not in _NAMED:
                    continue
                if section == _UNDEFINED:
                    wanted.add(name)
                else:
                    defined.add(name)
                    shown |= {name} if info >> 4 != _LOCAL else set()
    except (struct.error, IndexError) as error:
        raise ValueError(f"damaged ELF file: {error}") from error
    return Symbols(frozenset(defined), frozenset(shown), frozenset(wanted))
