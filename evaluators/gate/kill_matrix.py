"""Which case tells which version of a function from the reference: all of them in one compile and one run.

What is measured here is how good a task's cases are, on mutants that we made; candidates are never judged this way.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluators.box.driver import ELEMENT_BYTES
from evaluators.box.observation import End, Limits, Run
from evaluators.box.source_tree import CANDIDATE, SourceTree, single
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault, ReferenceBroken
from evaluators.gate.joint import culprits, joined, version_name
from evaluators.spec import Arg, Case, FunctionSpec, Param

ENTRY = "gate_matrix"
TICKS = 5
"""Of 4 ms CPU time: a call that lasts longer hangs. What a candidate may use for all its cases is ten times that."""
LIMITS = Limits(cpu=4.5, wall=60.0)
_HANGS = 3
_NATIVE = Path(__file__).parent / "native" / "kill_matrix.c"
_LAST_WORDS = re.compile(rb"gate: version (\d+) case (\d+)")
_TYPES = {"i32": "int", "u32": "unsigned", "u8": "char"}


@dataclass(frozen=True)
class KillMatrix:
    """kills[version]: numbers of the cases that kill it, ascending. hung: versions that did not come back."""

    kills: dict[int, tuple[int, ...]]
    hung: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Versions:
    """A compiled reference with its versions, by number from 1. broken: those that do not compile. asked: to be run."""

    spec: FunctionSpec
    build: str
    shared_object: bytes
    sources: dict[int, str]
    broken: frozenset[int]
    asked: frozenset[int]

    def only(self, numbers: set[int]) -> Versions:
        """The same object, of which only these are run."""
        return replace(self, asked=frozenset(numbers))


def build_versions(workshop: Workshop, spec: FunctionSpec, sources: dict[int, str], build: str) -> Versions:
    """Compile the versions together. Raises GraderFault when that cannot be done."""
    good, broken = dict(sources), set[int]()
    while True:
        shared_object, failure = workshop.build(_tree(spec, good, build), build)
        if not failure:
            return Versions(spec, build, shared_object, good, frozenset(broken), frozenset(good))
        named = culprits(failure.evidence) & set(good) or _alone(workshop, spec, good, build)
        if not named:
            raise GraderFault(f"versions of '{spec.name}' do not compile together: {failure.evidence}")
        broken |= named
        good = {number: source for number, source in good.items() if number not in named}


def _alone(workshop: Workshop, spec: FunctionSpec, sources: dict[int, str], build: str) -> set[int]:
    """Versions that do not compile even by themselves, for diagnostics that name none."""
    return {n for n, text in sources.items() if workshop.build(_tree(spec, {n: text}, build), build)[1]}


@dataclass(frozen=True)
class Work:
    """Cases as the native side reads them. first: a version's first kill is enough, its other cases are left out."""

    encoded: bytes
    cases: int
    first: bool


def kill_matrix(workshop: Workshop, versions: Versions, cases: Sequence[Case], *, first: bool = False) -> KillMatrix:
    """Run all versions on the cases. Raises ReferenceBroken when the reference does not survive them, GraderFault."""
    return measure(workshop, versions, Work(encode_cases(versions.spec, cases), len(cases), first))


def measure(workshop: Workshop, versions: Versions, work: Work) -> KillMatrix:
    """`kill_matrix` for cases that are encoded already."""
    if not versions.asked or not work.cases:
        return KillMatrix({number: () for number in versions.asked})
    if versions.build == "sanitized":
        return _until_silence(workshop, versions, work)
    run = _run(workshop, versions, set(versions.asked), work)
    if run.end is End.DONE:
        return _decoded(versions, set(versions.asked), run, work.cases)
    return _one_by_one(workshop, versions, work)


def _one_by_one(workshop: Workshop, versions: Versions, work: Work) -> KillMatrix:
    """A version took the whole box with it: each gets its own. Which case it was is not known: the first counts."""
    kills: dict[int, tuple[int, ...]] = {}
    hung: set[int] = set()
    for number in versions.asked:
        run = _run(workshop, versions, {number}, work)
        found = KillMatrix({number: (0,)}, frozenset({number}))
        if run.end is End.DONE:
            found = _decoded(versions, {number}, run, work.cases)
        kills |= found.kills
        hung |= found.hung
    return KillMatrix(kills, frozenset(hung))


def _until_silence(workshop: Workshop, versions: Versions, work: Work) -> KillMatrix:
    """Under the sanitizers each report ends the process: the version that it names is out, the others go on."""
    left, kills = set(versions.asked), dict[int, tuple[int, ...]]()
    while left:
        run = _run(workshop, versions, left, work)
        if run.end is End.DONE:
            rest = _decoded(versions, left, run, work.cases)
            return KillMatrix({**rest.kills, **kills}, rest.hung)
        words = _LAST_WORDS.search(run.noise)
        if words and words[1] == b"0":
            raise ReferenceBroken(f"the reference of '{versions.spec.name}' fails on its own domain: {_report(run)}")
        if not words or int(words[1]) not in left:
            text = run.noise[-300:].decode("utf-8", "replace")
            raise GraderFault(f"versions of '{versions.spec.name}' ended their box: {run.end} {run.status} {text}")
        kills[int(words[1])] = (int(words[2]),)
        left.remove(int(words[1]))
    return KillMatrix(kills)


def _run(workshop: Workshop, versions: Versions, asked: set[int], work: Work) -> Run:
    count = 1 + max(versions.sources)
    flags = [int(n == 0 or n in asked) for n in range(count)]
    head = struct.pack(f"<{2 + count}I", work.first, *flags, work.cases)
    given = Param("work", "const char *", "buffer", elem="u8")
    out = Param("out", "int *", "buffer", mutable=True, capacity=_row(work.cases) * count)
    entry = FunctionSpec(ENTRY, "int", (given, out), "")
    run = workshop.observe(versions.shared_object, entry, [(head + work.encoded, ())], LIMITS, versions.build)
    if run.end in (End.SILENT, End.UNLOADABLE):
        raise GraderFault(f"versions of '{versions.spec.name}' could not be run: {run.end} {run.note}")
    return run


def _report(run: Run) -> str:
    """The sanitizer's headline."""
    text = run.noise.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if "runtime error" in line or "ERROR: " in line]
    return lines[0].strip()[:300] if lines else ""


def _row(cases: int) -> int:
    return 1 + (cases + 31) // 32


def _decoded(versions: Versions, asked: set[int], run: Run, cases: int) -> KillMatrix:
    seen = run.observations[0]
    if seen.returned != b"\0\0\0\0":
        how = "hangs" if seen.returned[0] == 1 + _HANGS else "crashes"
        raise ReferenceBroken(f"the reference of '{versions.spec.name}' {how} on its own domain")
    row = _row(cases)
    words = struct.unpack(f"<{len(seen.buffers[0]) // 4}I", seen.buffers[0])
    kills, hung = {}, set()
    for number in sorted(asked):
        state, *bits = words[number * row : (number + 1) * row]
        kills[number] = tuple(32 * i + b for i, word in enumerate(bits) if word for b in range(32) if word >> b & 1)
        if state == _HANGS:
            hung.add(number)
    return KillMatrix(kills, frozenset(hung))


def encode_cases(spec: FunctionSpec, cases: Sequence[Case]) -> bytes:
    """The cases' part of the `work` of `native/kill_matrix.c`."""
    parts = []
    for case in cases:
        parts += [_encoded(p, a) for p, a in zip(spec.params, case, strict=True)]
    return b"".join(parts)


def _encoded(param: Param, value: Arg) -> bytes:
    if isinstance(value, int):
        return struct.pack("<II", 0, value & 0xFFFFFFFF)
    kind = 2 if param.mutable else 1
    if isinstance(value, bytes):
        allocated, content = max(param.capacity, len(value) + 1), value
    else:
        content = struct.pack(f"<{len(value)}I", *(v & 0xFFFFFFFF for v in value))
        allocated = max(param.capacity * ELEMENT_BYTES[param.elem], len(content))
    return struct.pack("<III", kind, allocated, len(content)) + content + b"\0" * (-len(content) % 4)


def _tree(spec: FunctionSpec, sources: dict[int, str], build: str) -> SourceTree:
    """All versions with the reference as number 0, and the code that calls them.

    The latter stands behind them in one unit, which is quicker; where it talks to the sanitizers' runtime, as no
    candidate may, it is a unit of ours.
    """
    versions = joined(spec.prelude, [(0, spec.reference), *sources.items()])
    matrix = _native().replace("/* GENERATED */", _generated(spec, sources, build))
    if build != "sanitized":
        text = f'{versions}\n#line 1 "kill_matrix.c"\n{matrix}'
        return single(text, (ENTRY, version_name(spec.name, 0)))
    names = tuple(version_name(spec.name, number) for number in (0, *sources))
    declared = "".join(f"{replace(spec, name=name).signature};\n" for name in names)
    ours = (("kill_matrix.c", f"{spec.prelude}\n{declared}{matrix}"),)
    return SourceTree(((CANDIDATE, versions),), (CANDIDATE,), (), ours, ("kill_matrix.c",), names)


@functools.cache
def _native() -> str:
    return _NATIVE.read_text()


def _generated(spec: FunctionSpec, sources: dict[int, str], build: str) -> str:
    strings = sum(1 << i for i, p in enumerate(spec.params) if p.elem == "u8" and p.kind == "buffer")
    values = ", ".join(
        f"({_TYPES[p.elem]})a[{i}].value" if p.kind == "scalar" else f"({p.ctype})a[{i}].pointer"
        for i, p in enumerate(spec.params)
    )
    ends = ("", "; return 0;") if spec.returns == "void" else ("return (uint32_t)", ";")
    calls = "".join(f"    case {n}: {ends[0]}{version_name(spec.name, n)}({values}){ends[1]}\n" for n in (0, *sources))
    constants = {
        "GATE_SANITIZED": int(build == "sanitized"),
        "GATE_TICKS": TICKS,
        "GATE_PARAMETERS": len(spec.params),
        "GATE_STRINGS": strings,
        "GATE_VERSIONS": 1 + max(sources, default=0),
    }
    lines = [f"#define {name} {value}" for name, value in constants.items()]
    head = "static uint32_t gate_call(int version, const struct gate_argument *a) {\n    (void)a;\n"
    return "\n".join(lines) + f"\n{head}    switch (version) {{\n{calls}    }}\n    return 0;\n}}\n"
