"""The compiler that is kept: it says and makes what one that is started anew does, and forgets each candidate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluators.box import compile as compiling
from evaluators.box.compile import CompileBox, Compiled
from evaluators.box.compile_commands import WARM
from evaluators.box.driver import Drivers, compile_server
from evaluators.box.source_tree import CANDIDATE, single
from evaluators.box.toolchain import find_toolchain

GOOD = "int f(int x) {\n    return x * 3 + 1;\n}\n"
SOURCES = {
    "a function": GOOD,
    "a header": "#include <string.h>\nint f(int x) { char b[4]; memset(b, x, 4); return b[2]; }",
    "a switch over strings": 'int f(int x) { switch (x) { case 1: return "ab"[x]; default: return sizeof(long); } }',
    "floats": "double half(int x) { return x / 2.0; }\nint f(int x) { return (int)half(x); }",
    "its own file's name": "int f(int x) { return __FILE__[x]; }",
    "a syntax error": "int f(int x) { return x +; }",
    "an unknown function": "int f(int x) { return g(x); }",
    "an error in a macro": "#define TWICE(x) ((x) + y)\nint f(int x) { return TWICE(x); }",
    "nothing": "",
}


@pytest.fixture(scope="module")
def box(oracle_cache: Path) -> Iterator[CompileBox]:
    tools = find_toolchain()
    drivers = Drivers(tools, oracle_cache / "drivers")
    opened = CompileBox(tools, compile_server(drivers))
    yield opened
    opened.close()
    drivers.close()


def comparable(built: Compiled, build: str) -> tuple[str, bytes | int]:
    """The sanitizers keep the name of the main file in a place of its own: such objects are alike up to that."""
    if build == "sanitized":
        return built.diagnostics, bool(built.shared_object)
    return built.diagnostics, built.shared_object.replace(WARM.encode(), CANDIDATE.encode())


@pytest.mark.parametrize("build", ["plain", "sanitized"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_it_makes_and_says_what_a_cold_one_does(
    box: CompileBox, monkeypatch: pytest.MonkeyPatch, source: str, build: str
) -> None:
    warm = box.compile(single(source, exports=("f",)), build)
    monkeypatch.setattr(compiling, "WARM_BUILDS", ())
    cold = box.compile(single(source, exports=("f",)), build)
    assert comparable(warm, build) == comparable(cold, build)


def test_what_is_missing_at_the_end_is_missing_in_the_candidate(box: CompileBox) -> None:
    diagnostics = box.compile(single("int f(int x) {\n    return x;\n"), "plain").diagnostics
    assert "candidate.c:2: error: expected declaration or statement at end of input" in diagnostics
    assert WARM not in diagnostics


def test_its_programs_are_kept_and_wait(box: CompileBox) -> None:
    def waiting() -> list[str]:
        return sorted(Path(f"/proc/{pid}/comm").read_text().strip() for pid in box.pids)

    for build in ("plain", "sanitized"):
        assert box.compile(single(GOOD), build).ok
    kept = waiting()
    assert {"cc1", "as", "ld"} <= set(kept)
    assert box.compile(single(GOOD + "int g;"), "plain").ok
    assert waiting() == kept


def test_nothing_of_one_candidate_reaches_the_next(box: CompileBox) -> None:
    assert box.compile(
        single("#define f g\nint secret = 7;\ntypedef int number;\nint f(int x) { return x; }"), "plain"
    ).ok
    assert "secret" in box.compile(single("int f(int x) { return secret; }"), "plain").diagnostics
    assert "number" in box.compile(single("number f(int x) { return x; }"), "plain").diagnostics
    assert b"\0f\0" in box.compile(single(GOOD), "plain").shared_object


def test_a_compile_bomb_ends_its_own_compile_only(box: CompileBox) -> None:
    bomb = box.compile(single("int a[1 << 27] = {[0 ... (1 << 27) - 1] = 1};\n"), "plain")
    assert not bomb.ok
    assert box.compile(single(GOOD), "plain").ok


@pytest.mark.parametrize("fd", [197, 198, 199])
def test_the_descriptors_of_its_keeper_are_out_of_reach(box: CompileBox, fd: int) -> None:
    assert not box.compile(single(f'#include "/proc/self/fd/{fd}"\n' + GOOD), "plain").ok
