"""Many versions in one compile and one run: each keeps its own names, crashes and hangs hit only themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evaluators.box.workshop import Workshop
from evaluators.gate.joint import culprits, joined
from evaluators.gate.kill_matrix import KillMatrix, build_versions, kill_matrix
from evaluators.spec import Case, FunctionSpec, Param

AtWork = Callable[[Callable[[Workshop], Any]], Any]
HELPED = """static int calls;
struct pair { int a, b; };
static int twice(int x) { calls++; return 2 * x; }
int f(int x) { return x <= 0 ? 0 : twice(x) + f(x - 1); }
"""
F = FunctionSpec("f", "int", (Param("x", "int", "scalar", lo=0, hi=9),), HELPED)
CASES: list[Case] = [(n,) for n in range(4)]
SUM = FunctionSpec(
    "total",
    "int",
    (Param("a", "const int *", "buffer"), Param("n", "int", "scalar", of="a", role="length")),
    "int total(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }",
)


def killed(at_work: AtWork, spec: FunctionSpec, sources: list[str], cases: list[Case], build: str) -> KillMatrix:
    def work(workshop: Workshop) -> KillMatrix:
        return kill_matrix(workshop, build_versions(workshop, spec, dict(enumerate(sources, 1)), build), cases)

    found: KillMatrix = at_work(work)
    return found


def test_recursion_static_functions_and_globals_stay_each_versions_own(at_work: AtWork) -> None:
    thrice = HELPED.replace("2 * x", "3 * x")
    found = killed(at_work, F, [thrice, HELPED, HELPED.replace("x <= 0", "x <= 1")], CASES, "plain")
    assert found.kills == {1: (1, 2, 3), 2: (), 3: (1, 2, 3)}


def test_a_version_that_does_not_compile_is_left_out_and_the_others_stay(at_work: AtWork) -> None:
    broken = HELPED.replace("twice(x) +", "thrice(x) +")
    built = at_work(lambda w: build_versions(w, F, {1: HELPED.replace("2 * x", "x"), 2: broken, 3: HELPED}, "plain"))
    assert set(built.sources) == {1, 3}
    assert built.broken == {2}


def test_the_compiler_names_the_version_that_it_refuses() -> None:
    text = joined("", [(0, "int f(void) { return 0; }"), (4, "int f(void) { return g(); }")])
    assert '#line 1 "version_4.c"' in text
    assert culprits("version_4.c:1:23: error: implicit declaration") == {4}


def test_a_crash_a_hang_and_an_exit_hit_only_their_own_version(at_work: AtWork) -> None:
    body = "int f(int x) {{ {} return x; }}"
    spec = FunctionSpec("f", "int", F.params, body.format(""))
    sources = [
        body.format("if (x == 2) *(volatile int *)0 = 1;"),
        body.format("if (x == 1) for (;;) ;"),
        "#include <stdlib.h>\n" + body.format("if (x == 3) exit(0);"),
        body.format("if (x == 3) x++;"),
        body.format("if (x == 2) x = f(x + 1) + f(x + 2) + 1 / (x - 2);"),
        body.format("x += 0;"),
    ]
    found = killed(at_work, spec, sources, CASES, "plain")
    assert {n: bool(kills) for n, kills in found.kills.items()} == {
        1: True,
        2: True,
        3: True,
        4: True,
        5: True,
        6: False,
    }
    assert found.kills[4] == (3,)
    assert 2 in found.hung


def test_what_is_written_beside_the_memory_is_seen_by_nobody_else(at_work: AtWork) -> None:
    beyond = "int total(const int *a, int n) { ((int *)a)[n] = 99; ((int *)a)[-1] = 99; int s = 0; "
    beyond += "for (int i = 0; i < n; i++) s += a[i]; return s; }"
    reader = "int total(const int *a, int n) { int s = a[n] + a[-1]; for (int i = 0; i < n; i++) s += a[i]; return s; }"
    cases: list[Case] = [((1, 2, 3), 3), ((), 0), ((5,), 1)]
    assert killed(at_work, SUM, [beyond, reader], cases, "plain").kills == {1: (), 2: ()}
    sanitized = killed(at_work, SUM, [beyond, SUM.reference, reader], cases, "sanitized").kills
    assert sanitized[1] and sanitized[3] and not sanitized[2]


def test_a_sanitizer_report_names_its_version_and_case(at_work: AtWork) -> None:
    late = SUM.reference.replace("return s", "if (n == 1 && a[1] == 12345) s++; return s")
    cases: list[Case] = [((1, 2, 3), 3), ((), 0), ((5,), 1)]
    assert killed(at_work, SUM, [SUM.reference, late], cases, "sanitized").kills == {1: (), 2: (2,)}


@pytest.mark.parametrize("capacity", [0, 12])
def test_changed_strings_and_structs_are_compared_as_the_judge_does(at_work: AtWork, capacity: int) -> None:
    text = Param("s", "char *", "buffer", elem="u8", mutable=True, alphabet="ab", capacity=capacity)
    spec = FunctionSpec("cut", "void", (text,), "void cut(char *s) { if (s[0]) s[1 - !s[1]] = 0; }")
    behind = "void cut(char *s) { if (s[0] && s[1]) { s[1] = 0; if (s[2]) s[2] = 'b'; } else if (s[0]) s[0] = 0; }"
    keeps = "void cut(char *s) { (void)s; }"
    cases: list[Case] = [(b"abab",), (b"",), (b"b",)]
    assert killed(at_work, spec, [behind, keeps], cases, "plain").kills == {1: (), 2: (0, 2)}
