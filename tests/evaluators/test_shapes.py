"""Every kind of parameter reaches the function as its spec says, and every mutable one is observed."""

from __future__ import annotations

import pytest

from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec, Param
from evaluators.verdict import Kind

UPPER = FunctionSpec(
    "upper",
    "void",
    (Param("s", "char *", "buffer", elem="u8", mutable=True, alphabet="abcXYZ 09"),),
    "void upper(char *s) { for (; *s; s++) if (*s >= 'a' && *s <= 'z') *s -= 32; }",
    edge_cases=((b"",), (b"mixed Case",)),
)
REPEAT = FunctionSpec(
    "twice",
    "int",
    (Param("s", "char *", "buffer", elem="u8", mutable=True, max_len=9, capacity=24, alphabet="abc"),),
    "int twice(char *s) { int n = 0; while (s[n]) n++; for (int i = 0; i <= n; i++) s[n + i] = i < n ? s[i] : 0;"
    " return 2 * n; }",
)
ROTATE = FunctionSpec(
    "rotate_left",
    "unsigned",
    (
        Param("x", "unsigned", "scalar", elem="u32", lo=0, hi=2**32 - 1),
        Param("k", "int", "scalar", lo=0, hi=31),
    ),
    "unsigned rotate_left(unsigned x, int k) { return k ? (x << k) | (x >> (32 - k)) : x; }",
    edge_cases=((2**32 - 1, 0), (2**31, 1)),
)
TRANSPOSE = FunctionSpec(
    "transpose",
    "void",
    (
        Param("rows", "int", "scalar", lo=1, hi=5),
        Param("cols", "int", "scalar", lo=1, hi=5),
        Param("m", "const int *", "buffer", shape=("rows", "cols")),
        Param("out", "int *", "buffer", mutable=True, shape=("rows", "cols")),
    ),
    "void transpose(int rows, int cols, const int *m, int *out)"
    "{ for (int r = 0; r < rows; r++) for (int c = 0; c < cols; c++) out[c * rows + r] = m[r * cols + c]; }",
)
STACK = FunctionSpec(
    "push",
    "int",
    (
        Param(
            "s",
            "Stack *",
            "struct",
            mutable=True,
            fields=(("items", 8, -9, 9), ("depth", 1, 0, 8)),
        ),
        Param("value", "int", "scalar", lo=-9, hi=9),
    ),
    "int push(Stack *s, int value) { if (s->depth == 8) return 0; s->items[s->depth++] = value; return 1; }",
    prelude="typedef struct { int items[8]; int depth; } Stack;",
)
FILL = FunctionSpec(
    "widen",
    "void",
    (
        Param("a", "int *", "buffer", mutable=True, max_len=4, capacity=8),
        Param("n", "int", "scalar", of="a", role="length"),
    ),
    "void widen(int *a, int n) { for (int i = n; i < 8; i++) a[i] = i; }",
)
MANY = FunctionSpec(
    "weigh",
    "int",
    tuple(Param(f"x{i}", "int", "scalar") for i in range(9)),
    "int weigh(int x0, int x1, int x2, int x3, int x4, int x5, int x6, int x7, int x8)"
    "{ return x0 + 2 * x1 + 3 * x2 + 4 * x3 + 5 * x4 + 6 * x5 + 7 * x6 + 8 * x7 + 9 * x8; }",
)
ALL = (UPPER, REPEAT, ROTATE, TRANSPOSE, STACK, FILL, MANY)


@pytest.mark.parametrize("spec", ALL, ids=lambda s: s.name)
def test_the_reference_passes_and_a_stub_does_not(oracle: Oracles, spec: FunctionSpec) -> None:
    stub = f"{spec.signature} {{ {'' if spec.returns == 'void' else 'return 77;'} }}"
    verdicts = dict(oracle.grade_many([("reference", spec, spec.reference), ("stub", spec, stub)]))
    assert verdicts["reference"].kind is Kind.PASS, verdicts["reference"].evidence
    assert verdicts["stub"].kind is Kind.WRONG_ANSWER


def test_a_string_may_differ_behind_its_nul(oracle: Oracles) -> None:
    source = "#include <string.h>\nint twice(char *s) { int n = (int)strlen(s); memset(s + 2 * n + 1, 'z', 23 - 2 * n);"
    assert oracle.grade(REPEAT, source + " memcpy(s + n, s, n); s[2 * n] = 0; return 2 * n; }").passed


def test_a_string_without_its_nul_is_wrong(oracle: Oracles) -> None:
    source = "int twice(char *s) { for (int i = 0; i < 24; i++) s[i] = 'a'; return 0; }"
    verdict = oracle.grade(REPEAT, source)
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "without a NUL" in verdict.evidence


def test_one_character_beyond_the_nul_is_an_overrun(oracle: Oracles) -> None:
    source = (
        "void upper(char *s) { for (; *s; s++) if (*s >= 'a' && *s <= 'z') *s -= 32; volatile char c = s[1]; (void)c; }"
    )
    assert oracle.grade(UPPER, source).kind is Kind.SANITIZER


def test_one_element_beyond_the_capacity_is_an_overrun(oracle: Oracles) -> None:
    source = "void widen(int *a, int n) { for (int i = n; i < 8; i++) a[i] = i; volatile int v = a[8]; (void)v; }"
    assert oracle.grade(FILL, source).kind is Kind.SANITIZER


def test_an_index_beyond_an_array_in_a_struct_is_a_sanitizer_verdict(oracle: Oracles) -> None:
    source = "int push(Stack *s, int value) { int d = s->depth; int was = s->items[d]; s->items[d] = value;"
    source += " if (d == 8) { s->items[d] = was; return 0; } s->depth++; return 1; }"
    verdict = oracle.grade(STACK, source)
    assert verdict.kind is Kind.SANITIZER
    assert "out of bounds" in verdict.evidence


def test_a_candidate_may_repeat_the_prelude(oracle: Oracles) -> None:
    assert oracle.grade(STACK, f"{STACK.prelude}\n\n{STACK.reference}").passed


def test_an_unsigned_difference_is_shown_as_unsigned(oracle: Oracles) -> None:
    verdict = oracle.grade(ROTATE, "unsigned rotate_left(unsigned x, int k) { return ~(x << k); }")
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "-" not in verdict.evidence.split("gives")[1]
