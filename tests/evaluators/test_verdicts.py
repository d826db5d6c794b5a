"""What ordinary right and wrong answers are called."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluators.verdict import Kind, Verdict

Grade = Callable[[str], Verdict]
BODY = "int total(const int *a, int n) {{ int s = 0; {} return s; }}"


def test_a_right_answer_passes_all_cases(grade: Grade) -> None:
    verdict = grade(BODY.format("while (n-- > 0) s += a[n];"))
    assert verdict.kind is Kind.PASS
    assert verdict.cases_passed == verdict.cases_total >= 12
    assert verdict.tier == "standard"
    assert len(verdict.oracle) == 64


def test_a_wrong_answer_shows_the_first_difference(grade: Grade) -> None:
    verdict = grade(BODY.format("for (int i = 1; i < n; i++) s += a[i];"))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "expected" in verdict.evidence
    assert "total({" in verdict.evidence


def test_a_syntax_error_is_a_compile_error_with_gccs_words(grade: Grade) -> None:
    verdict = grade(BODY.format("for (;"))
    assert verdict.kind is Kind.COMPILE_ERROR
    assert "error: expected expression" in verdict.evidence


def test_a_call_of_an_unknown_function_is_a_compile_error(grade: Grade) -> None:
    declared = grade("int helper(int);\n" + BODY.format("s = helper(n);"))
    undeclared = grade(BODY.format("s = helper(n);"))
    assert (declared.kind, undeclared.kind) == (Kind.COMPILE_ERROR, Kind.COMPILE_ERROR)
    assert "helper" in declared.evidence


def test_another_functions_name_is_a_compile_error(grade: Grade) -> None:
    assert grade(BODY.replace("total", "sum").format("")).kind is Kind.COMPILE_ERROR


def test_a_missing_return_is_a_compile_error(grade: Grade) -> None:
    assert grade("int total(const int *a, int n) { int s = a[0] + n; s++; }").kind is Kind.COMPILE_ERROR


def test_an_overrun_is_a_sanitizer_verdict(grade: Grade) -> None:
    verdict = grade(BODY.format("for (int i = 0; i <= n; i++) { int v = a[i]; if (i < n) s += v; }"))
    assert verdict.kind is Kind.SANITIZER
    assert "heap-buffer-overflow" in verdict.evidence


def test_signed_overflow_is_a_sanitizer_verdict(grade: Grade) -> None:
    body = "for (int i = 0; i < n; i++) s += a[i]; int x = 0x7fffffff - (n & 1); x += n; s += x - x;"
    verdict = grade(BODY.format(body))
    assert verdict.kind is Kind.SANITIZER
    assert "signed integer overflow" in verdict.evidence


def test_an_uninitialised_sum_does_not_pass_by_luck(grade: Grade) -> None:
    source = "int total(const int *a, int n) { int s; for (int i = 0; i < n; i++) s += a[i]; return s; }"
    assert grade(source).kind is Kind.WRONG_ANSWER


def test_state_kept_between_calls_is_a_wrong_answer(grade: Grade) -> None:
    source = BODY.replace("int s = 0", "static int s").format("while (n-- > 0) s += a[n];")
    assert grade(source).kind is Kind.WRONG_ANSWER


@pytest.mark.parametrize("crash", ["*(volatile int *)8 = 1;", "__builtin_trap();", "s = total(a, n + 1) + 1;"])
def test_a_crash_is_a_runtime_error(grade: Grade, crash: str) -> None:
    assert grade(BODY.format(crash)).kind is Kind.RUNTIME_ERROR


def test_division_by_zero_is_a_runtime_error(grade: Grade) -> None:
    assert grade(BODY.format("volatile int z = 0; s = n / z;")).kind is Kind.RUNTIME_ERROR


def test_an_endless_loop_is_a_timeout(grade: Grade) -> None:
    verdict = grade(BODY.format("for (volatile unsigned i = 0;; i++) s = 1;"))
    assert verdict.kind is Kind.TIMEOUT
    assert verdict.seconds < 40


def test_a_candidate_that_sleeps_is_a_timeout(oracle_cache: object, grade: Grade) -> None:
    source = "#include <unistd.h>\n" + BODY.format("for (;;) pause();")
    assert grade(source).kind is Kind.TIMEOUT


def test_standard_headers_and_printing_are_allowed(grade: Grade) -> None:
    source = "#include <stdio.h>\n#include <string.h>\n" + BODY.format(
        'while (n-- > 0) s += a[n]; fprintf(stderr, "%d\\n", s); puts("debug");'
    )
    assert grade(source).kind is Kind.PASS


def test_an_overrun_that_ends_the_plain_build_is_named_by_the_sanitizer(grade: Callable[[str], Verdict]) -> None:
    """In the plain build every buffer ends where the memory does."""
    body = "int s = 0; for (int i = 0; i <= n; i++) { int v = a[i]; if (i < n) s += v; } return s;"
    verdict = grade(f"int total(const int *a, int n) {{ {body} }}")
    assert verdict.kind is Kind.SANITIZER
    assert "buffer-overflow" in verdict.evidence


def test_evidence_moves_no_cursor(grade: Callable[[str], Verdict]) -> None:
    verdict = grade(
        "#include <stdio.h>\n#include <stdlib.h>\nint total(const int *a, int n) {\n"
        'fputs("ERROR: AddressSanitizer: \\033[2J\\a gone", stderr); abort(); return a[n]; }'
    )
    assert not verdict.passed
    assert verdict.evidence.isprintable()
