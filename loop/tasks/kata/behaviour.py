"""Finds compositions that behave alike although they are written differently: `python -m loop.tasks.kata.behaviour`.

All references of a family are compiled together (they are ours, hence trusted) and run on shared inputs; of those with
equal observations only one stays in the pack. The others' marks are written to `duplicates.txt`, which is kept in the
project.
"""

from __future__ import annotations

import ctypes
import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evaluators.inputs import draw_cases
from evaluators.spec import Arg, FunctionSpec, Param
from loop.tasks.kata.generate import FAMILIES, Composition, compositions, mark, spec_of

CASES = 160


def fingerprints(specs: Sequence[FunctionSpec]) -> list[str]:
    """Hash of what each reference does on the same inputs. All specs share one signature but for the reference."""
    cases = draw_cases(replace(specs[0], reference=""), seed=7, count=CASES)
    with tempfile.TemporaryDirectory() as directory:
        source, library = Path(directory, "all.c"), Path(directory, "all.so")
        bodies = [spec.reference.replace(f" {spec.name}(", f" f{i}(", 1) for i, spec in enumerate(specs)]
        source.write_text(specs[0].prelude + "\n".join(bodies))
        subprocess.run(["gcc", "-w", "-O0", "-shared", "-fPIC", "-o", library, source], check=True)
        loaded = ctypes.CDLL(str(library))
        return [_fingerprint(getattr(loaded, f"f{i}"), spec, cases) for i, spec in enumerate(specs)]


def _fingerprint(function: object, spec: FunctionSpec, cases: Sequence[tuple[Arg, ...]]) -> str:
    digest = hashlib.sha256()
    for case in cases:
        memory = [_place(param, value) for param, value in zip(spec.params, case, strict=True)]
        result = function(*memory)  # type: ignore[operator]
        digest.update(repr(result if spec.returns != "void" else None).encode())
        for param, cell in zip(spec.params, memory, strict=True):
            if param.mutable:
                digest.update(bytes(cell))  # type: ignore[call-overload]
    return digest.hexdigest()


def _place(param: Param, value: Arg) -> object:
    if isinstance(value, bytes):
        return ctypes.create_string_buffer(value, max(param.capacity, len(value) + 1))
    if isinstance(value, tuple):
        return (ctypes.c_int * max(1, len(value)))(*value)
    return ctypes.c_uint(value) if param.elem == "u32" else ctypes.c_int(value)


def duplicates(found: Sequence[Composition]) -> list[str]:
    """Marks of the compositions that behave like one before them with another key."""
    first: dict[str, Composition] = {}
    names = []
    for composition, seen in zip(found, fingerprints([spec_of(c) for c in found]), strict=True):
        kept = first.setdefault(seen, composition)
        if kept is not composition:
            names.append(mark(composition))
    return names


def main() -> None:
    names: list[str] = []
    for family in FAMILIES:
        found = list(compositions(family))
        names += duplicates(found)
        print(f"{family.name}: {len(found)} compositions, {len(names)} duplicates so far", flush=True)
    ordered = sorted(names)
    lines = (" ".join(ordered[i : i + 16]) for i in range(0, len(ordered), 16))
    Path(__file__).with_name("duplicates.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
