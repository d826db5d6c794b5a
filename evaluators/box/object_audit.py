"""A look at the shared object before it is loaded: nothing in it may run by itself or take a sanitizer's place."""

from __future__ import annotations

import struct

_AUTOMATIC = (".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors", ".init", ".fini")
_RUNTIME = ("__asan_", "__ubsan_", "__lsan_", "__sanitizer_", "__interceptor_")
_HOOKS = (*_RUNTIME, "__wrap_", "__real_")
_NAMES = frozenset(("main", "_init", "_fini", "_start", "__libc_start_main"))
_REACHING = frozenset(
    """dlsym dlvsym dlopen dlmopen dlclose dlinfo dladdr dladdr1 dl_iterate_phdr _dl_find_object _dl_sym __libc_dlsym
    __libc_dlopen_mode _r_debug _rtld_global syscall process_vm_readv process_vm_writev process_madvise remap_file_pages
    pkey_mprotect""".split()  # noqa: SIM905
)
"""What no task asks for, and what finds or rewrites a sanitizer's runtime, or makes system calls behind its back."""
_IFUNC, _UNDEFINED, _SYMTAB = 10, 0, 2
_RELOCATABLE, _SHARED = 1, 3
_ARRAYS = (14, 15, 16)
"""Types of sections whose entries the loader calls: SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY."""
_DYNAMIC, _RELOCATIONS = 6, 4
_CALLED = {12: "DT_INIT", 13: "DT_FINI", 32: "DT_PREINIT_ARRAY"}
_RESOLVED = {62: 37, 183: 1032}
"""By machine (x86-64, AArch64): the relocation whose value a function of the object computes (IRELATIVE)."""
_OWN = {".init_array": "all", ".init_array.00099": "all", ".fini_array": "some", ".fini_array.00099": "some"}
"""gcc's own sections under ASan, with their names in a linked and in a relocatable object: each unit has a constructor,
and those with globals have a destructor."""


def audit_object(data: bytes, *, sanitized: bool, units: int = 1) -> str:
    """What is wrong with a relocatable or shared object, "" if nothing. gcc's own ASan constructor (one entry a unit)
    is let pass.

    Raises ValueError for something that is not a 64-bit little-endian ELF file.
    """
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    try:
        kind, machine = struct.unpack_from("<HH", data, 16)
        sections = sections_of(data)
        if kind not in (_RELOCATABLE, _SHARED):
            return "it is neither a relocatable nor a shared object"
        return (
            _automatic(sections, 8 * units if sanitized else 0)
            or _called(data, sections, _RESOLVED.get(machine, -1))
            or _symbols(data, sections, sanitized)
        )
    except (struct.error, IndexError, OverflowError) as error:
        raise ValueError(f"damaged ELF file: {error}") from error


def sections_of(data: bytes) -> list[tuple[str, int, int, int, int]]:
    """(name, type, offset, size, link) of each section."""
    (at,) = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    raw = [struct.unpack_from("<IIQQQQII", data, at + i * size) for i in range(count)]
    base = raw[names][4]
    return [(string_at(data, base + r[0]), r[1], r[4], r[5], r[6]) for r in raw]


def string_at(data: bytes, at: int) -> str:
    end = data.find(b"\0", at)
    if end < 0:
        raise IndexError("a name without an end")
    return data[at:end].decode("latin-1")


def _automatic(sections: list[tuple[str, int, int, int, int]], own: int) -> str:
    for name, kind, _, size, _ in sections:
        gccs_own = size == own if _OWN.get(name) == "all" else size <= own and name in _OWN
        if (name.startswith(_AUTOMATIC) or kind in _ARRAYS) and not (own and gccs_own):
            return f"code that runs by itself ({name})"
    return ""


def _called(data: bytes, sections: list[tuple[str, int, int, int, int]], resolved: int) -> str:
    """What the loader would call whatever its section's name is."""
    for name, kind, offset, size, _ in sections:
        if kind == _DYNAMIC:
            for tag, _ in struct.iter_unpack("<QQ", data[offset : offset + size]):
                if tag in _CALLED:
                    return f"code that runs by itself ({_CALLED[tag]})"
        if kind == _RELOCATIONS:
            for _, info, _ in struct.iter_unpack("<QQq", data[offset : offset + size]):
                if info & 0xFFFFFFFF == resolved:
                    return f"a relocation that calls a function ({name})"
    return ""


def _symbols(data: bytes, sections: list[tuple[str, int, int, int, int]], sanitized: bool) -> str:
    for _, kind, offset, size, link in sections:
        if kind != _SYMTAB:
            continue
        strings = sections[link][2]
        for name_at, info, _, section, _, _ in struct.iter_unpack("<IBBHQQ", data[offset : offset + size]):
            name = string_at(data, strings + name_at)
            plain = name.partition("@")[0]  # a version is part of the name here
            if info & 0xF == _IFUNC:
                return f"an indirect function ({name})"
            if section == _UNDEFINED and plain in _REACHING:
                return f"it calls {name}"
            if section != _UNDEFINED and (plain in _NAMES or plain.startswith(_HOOKS)):
                return f"it defines {name}"
            if not sanitized and name.startswith(_RUNTIME):
                return f"it calls {name}"
    return ""
