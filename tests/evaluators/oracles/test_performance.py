"""Faster by the factor that is asked, still right, and measured where the candidate cannot reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from evaluators.oracles.performance import PerformanceSpec, from_json, to_json
from evaluators.oracles.session import Oracles
from evaluators.projects.edits import Edit, render_edits
from evaluators.projects.repository import Repository
from evaluators.spec import FunctionSpec, Param
from evaluators.verdict import Kind, Verdict

BODY = """    int count = 0;
    for (int i = 0; i < n; i++) {
        int seen = 0;
        for (int j = 0; j < i; j++) seen |= values[j] == values[i];
        count += !seen;
    }
    return count;"""
HEADS = '#include "distinct.h"\n#include <stdlib.h>\n#include <string.h>\n'
UNIT = f"{HEADS}int distinct(const int *values, int n) {{\n{BODY}\n}}\n"
PROJECT = Repository(
    (("src/distinct.c", UNIT), ("src/distinct.h", "int distinct(const int *values, int n);\n")), ("src/distinct.c",)
)


def probe(name: str, least: int, most: int, reach: int) -> FunctionSpec:
    """Numbers of [-reach, reach], from `least` to `most` of them."""
    values = Param("values", "const int *", "buffer", min_len=least, max_len=most, lo=-reach, hi=reach)
    length = Param("n", "int", "scalar", of="values", role="length")
    code = f"int {name}(const int *values, int n) {{ return distinct(values, n); }}"
    return FunctionSpec(name, "int", (values, length), code, prelude='#include "src/distinct.h"')


def body(text: str, before: str = "") -> str:
    edits = [Edit("src/distinct.c", BODY, text)]
    if before:
        edits.append(Edit("src/distinct.c", "int distinct(", f"{before}\nint distinct("))
    return render_edits(edits)


COMPARE = """static int compare(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}"""
SORTED = """    int *sorted = malloc((n + 1) * sizeof *sorted), count = 0;
    if (n) memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    for (int i = 0; i < n; i++) count += !i || sorted[i] != sorted[i - 1];
    free(sorted);
    return count;"""
FAST = body(SORTED, COMPARE)
SPEC = PerformanceSpec(
    PROJECT, probe("ask", 0, 12, 5), FAST, ("src/*",), measure=probe("ask_much", 2000, 3000, 100000), factor=4.0
)
Grade = Callable[[str], Verdict]


@pytest.fixture
def grade(oracle: Oracles) -> Grade:
    return lambda answer: oracle.grade(SPEC, answer)


def test_a_better_algorithm_passes(grade: Grade, oracle: Oracles) -> None:
    verdict = grade(FAST)
    assert verdict.passed, verdict.evidence
    assert (verdict.cases_passed, verdict.cases_total, verdict.tier) == (12, 12, oracle.tier)


@pytest.mark.parametrize(
    "answer",
    [
        render_edits([Edit("src/distinct.c", "int count = 0;", "int count = 0; /* faster */")]),
        body(BODY.replace("seen |= values[j] == values[i];", "if ((seen = values[j] == values[i])) break;")),
        body(
            "    static int kept[4096], length = -1, result;\n"
            "    if (n == length && n < 4096 && !memcmp(kept, values, n * sizeof *kept)) return result;\n"
            f"    {BODY.replace('return count;', 'result = count;')}\n"
            "    length = n < 4096 ? n : -1;\n    if (n > 0 && n < 4096) memcpy(kept, values, n * sizeof *kept);\n"
            "    return result;"
        ),
    ],
    ids=["only a comment", "a short way for easy inputs", "keeps the last result"],
)
def test_what_saves_too_little_is_a_wrong_answer_with_its_share(grade: Grade, answer: str) -> None:
    verdict = grade(answer)
    assert verdict.kind is Kind.WRONG_ANSWER
    assert ", at most 0.25 is asked" in verdict.evidence


def test_being_fast_and_wrong_on_large_inputs_alone_fails(grade: Grade) -> None:
    verdict = grade(body(f"    if (n > 1000) return n;\n{BODY}"))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "its result is not the original's" in verdict.evidence


def test_being_wrong_on_small_inputs_fails_before_anything_is_measured(grade: Grade) -> None:
    verdict = grade(body(SORTED.replace("!i ||", "i &&"), COMPARE))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "expected" in verdict.evidence


def test_a_memory_error_fails(grade: Grade) -> None:
    assert grade(body(SORTED.replace("(n + 1)", "(n / 2)"), COMPARE)).kind in (Kind.SANITIZER, Kind.RUNTIME_ERROR)


def test_being_slower_is_not_waited_for(grade: Grade) -> None:
    verdict = grade(
        body(BODY.replace("int j = 0;", "int j = n > 1000 ? -200 * n : 0;").replace("seen |=", "if (j >= 0) seen |="))
    )
    assert verdict.kind is Kind.TIMEOUT
    assert "several times as long" in verdict.evidence


def test_work_done_when_the_object_is_loaded_is_refused(grade: Grade) -> None:
    early = "static int table[1 << 16];\n__attribute__((constructor)) static void fill(void) { table[1] = 1; }"
    assert grade(body(SORTED, f"{COMPARE}\n{early}")).kind is Kind.TAMPER


def test_work_given_to_a_thread_saves_nothing(grade: Grade) -> None:
    thread = f"""#include <pthread.h>
{COMPARE}
static const int *given; static int many;
static int slowly(const int *values, int n) {{
{BODY}
}}
static void *work(void *unused) {{ (void)unused; return (void *)(long)slowly(given, many); }}"""
    call = """    pthread_t worker;
    void *result;
    given = values;
    many = n;
    if (pthread_create(&worker, 0, work, 0)) return slowly(values, n);
    pthread_join(worker, &result);
    return (int)(long)result;"""
    verdict = grade(body(call, thread))
    assert not verdict.passed
    assert verdict.kind is not Kind.INFRA, verdict.evidence


def test_a_clock_of_its_own_does_not_help(grade: Grade) -> None:
    clock = "#include <time.h>\nint clock_gettime(clockid_t id, struct timespec *t) { return id < 0 || !t; }"
    assert not grade(body(BODY, clock)).passed


def test_edits_outside_the_editable_files_are_a_format_error(grade: Grade) -> None:
    assert grade(render_edits([Edit("README", "", "fast\n")])).kind is Kind.FORMAT_ERROR


def test_a_reference_that_is_not_right_breaks_the_task(oracle: Oracles) -> None:
    verdict = oracle.grade(replace(SPEC, reference=body("    return n;")), FAST)
    assert verdict.kind is Kind.INFRA
    assert "is not right" in verdict.evidence


def test_inputs_that_are_too_small_to_measure_break_the_task(oracle: Oracles) -> None:
    verdict = oracle.grade(replace(SPEC, measure=probe("ask_little", 1, 9, 5)), FAST)
    assert verdict.kind is Kind.INFRA
    assert "can be told" in verdict.evidence


def test_a_spec_survives_json_and_its_probes_are_no_part_of_the_question() -> None:
    assert from_json(to_json(SPEC)) == SPEC
    other = replace(SPEC, measure=probe("ask_more", 3000, 4000, 9))
    assert other.sha256 == SPEC.sha256
    assert other.oracle_sha256 != SPEC.oracle_sha256
    assert replace(SPEC, factor=8.0).sha256 != SPEC.sha256
