"""A suite in the candidate's process: pinned, audited, proved by controls - and class B all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from evaluators.oracles.session import Oracles
from evaluators.oracles.suite_spec import SuiteSpec, from_json, to_json
from evaluators.projects.edits import Edit, render_edits
from evaluators.projects.repository import Repository
from evaluators.projects.variants import Variant
from evaluators.verdict import Kind, Verdict

HEADER = """#ifndef TEXT_H
#define TEXT_H
#include <stddef.h>
typedef struct text { char *letters; size_t length, room; } text;
int text_add(text *t, const char *more);
void text_free(text *t);
#endif
"""
UNIT = """#include "text.h"
#include <stdlib.h>
#include <string.h>

int text_add(text *t, const char *more) {
    return 0;
}

void text_free(text *t) {
    free(t->letters);
    memset(t, 0, sizeof *t);
}
"""
BODY = """    size_t n = strlen(more);
    if (t->length + n + 1 > t->room) {
        size_t room = 2 * (t->length + n + 1);
        char *letters = realloc(t->letters, room);
        if (!letters) return 0;
        t->letters = letters;
        t->room = room;
    }
    memcpy(t->letters + t->length, more, n + 1);
    t->length += n;
    return 1;"""
SUITE = """#include "suite.h"
#include "text.h"
#include <string.h>

static void starts_with_the_first(void) {
    text t = {0};
    CHECK(text_add(&t, "ab"));
    CHECK_EQUAL_INT(2, t.length);
    CHECK_EQUAL_STRING("ab", t.letters);
    text_free(&t);
}

static void grows(void) {
    text t = {0};
    for (int i = 0; i < 50; i++) CHECK(text_add(&t, "xyz"));
    CHECK_EQUAL_INT(150, t.length);
    CHECK_EQUAL_INT(strlen(t.letters), t.length);
    CHECK_EQUAL_MEMORY("xyzx", t.letters + 3, 4);
    text_free(&t);
    CHECK_NULL(t.letters);
}

SUITE(starts_with_the_first, grows)
"""
PROJECT = Repository((("src/text.c", UNIT), ("src/text.h", HEADER)), ("src/text.c",), ("src",))


def answer(body: str, before: str = "") -> str:
    edits = [Edit("src/text.c", "    return 0;", body)]
    if before:
        edits.append(Edit("src/text.c", "int text_add(text", f"{before}\nint text_add(text"))
    return render_edits(edits)


RIGHT = answer(BODY)


def control(name: str, old: str, new: str) -> Variant:
    assert BODY.count(old) == 1
    return Variant(name, (("src/text.c", UNIT.replace("    return 0;", BODY.replace(old, new))),))


CONTROLS = (
    control("no length", "t->length += n;", ""),
    control("no room for the NUL", "2 * (t->length + n + 1)", "t->length + n"),
    Variant("nothing is added", (("src/text.c", UNIT),)),
)
SPEC = SuiteSpec(PROJECT, SUITE, 2, CONTROLS, RIGHT)
Grade = Callable[[str], Verdict]


@pytest.fixture
def grade(oracle: Oracles) -> Grade:
    return lambda text: oracle.grade(SPEC, text)


def test_what_the_suite_accepts_passes_as_class_b(grade: Grade, oracle: Oracles) -> None:
    verdict = grade(RIGHT)
    assert verdict.passed, verdict.evidence
    assert (verdict.oracle_class, verdict.cases_passed, verdict.cases_total) == ("B", 2, 2)
    assert verdict.tier == oracle.tier


def test_a_failed_check_is_a_wrong_answer_that_names_its_line(grade: Grade) -> None:
    verdict = grade(answer(BODY.replace("t->length += n;", "t->length++;")))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert verdict.evidence == "case 0 of the suite: 1 of 2 checks failed, the first on line 8"
    assert verdict.oracle_class == "B"


def test_a_memory_error_that_no_check_sees_is_found_by_the_sanitizers(grade: Grade) -> None:
    verdict = grade(answer(BODY.replace("return 1;", "return t->letters[t->room] ? 1 : 2;")))
    assert verdict.kind is Kind.SANITIZER


def test_a_crash_fails(grade: Grade) -> None:
    assert grade(answer("    return *(volatile int *)t->letters;")).kind is Kind.RUNTIME_ERROR


CHEATS = {
    "leaves as if all were well": (answer("    _exit(0);", "#include <unistd.h>"), "it calls _exit"),
    "exits": (answer("    exit(0);"), "it calls exit"),
    "stops the process": (answer("    abort();"), "it calls abort"),
    "jumps": (answer("    longjmp(b, 1);", "#include <setjmp.h>\nstatic jmp_buf b;"), "it calls longjmp"),
    "runs at the end": (answer("    return atexit(0);"), "it calls"),
    "handles signals": (answer("    signal(11, 0); return 1;", "#include <signal.h>"), "it calls signal"),
    "looks symbols up": (
        answer('    return !dlsym(0, "suite_case");', "#include <dlfcn.h>"),
        "it calls dlsym",
    ),
    "calls the suite": (answer("    return suite_case(9);", "int suite_case(int);"), "it refers to suite_case"),
    "is the suite": (answer("    return 1;", "int suite_case(int i) { return 256 * 3; }"), "it defines suite_case"),
    "is the suite in secret": (
        answer("    return 1;", "static int suite_case(int i) { return i; }\nint (*at)(int) = suite_case;"),
        "it defines suite_case",
    ),
    "compares strings its own way": (
        answer("    return 1;", "int strcmp(const char *a, const char *b) { return 0; }"),
        "it defines strcmp",
    ),
    "walks the stack": (
        answer("    return __builtin_frame_address(1) != 0;"),
        "'__builtin_frame_address' is refused",
    ),
    "runs by itself": (answer(BODY, "__attribute__((constructor)) static void early(void) {}"), "constructor"),
    "writes assembler": (answer('    __asm__("nop"); return 1;'), "__asm__"),
}


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_is_tamper(grade: Grade, name: str) -> None:
    text, evidence = CHEATS[name]
    verdict = grade(text)
    assert verdict.kind is Kind.TAMPER, verdict.evidence
    assert evidence in verdict.evidence


def test_the_suite_never_sees_the_candidates_headers(grade: Grade) -> None:
    macro = Edit("src/text.h", "#endif", "#undef CHECK\n#define CHECK(x) (void)(x)\n#endif")
    fake = Edit(
        "src/suite.h", "", "#define CHECK(x) (void)0\n#define SUITE(...) int suite_case(int i) { return 768; }\n"
    )
    for edit in (macro, fake):
        verdict = grade(render_edits([edit]))
        assert verdict.kind is Kind.WRONG_ANSWER, verdict.evidence
        assert "checks failed" in verdict.evidence


def test_an_api_that_is_not_there_is_a_compile_error(grade: Grade) -> None:
    assert (
        grade(render_edits([Edit("src/text.c", "int text_add(text", "int text_put(text")])).kind is Kind.COMPILE_ERROR
    )


def test_checks_that_were_skipped_are_counted(oracle: Oracles) -> None:
    project = Repository((("n.c", "int n(void) { return 3; }\n"), ("n.h", "int n(void);\n")), ("n.c",))
    suite = (
        '#include "suite.h"\n#include "n.h"\nstatic void a(void) { for (int i = n(); i; i--) CHECK(1); }\nSUITE(a)\n'
    )
    right = render_edits([Edit("n.c", "3", "4")])
    five = Variant("five", (("n.c", "int n(void) { return 5; }\n"),))
    spec = SuiteSpec(project, suite, 1, (five,), right)
    assert oracle.grade(spec, right).passed
    assert oracle.grade(spec, render_edits([Edit("n.c", "3", "0")])).evidence.endswith("0 checks were run, 4 expected")


def test_a_framework_of_ones_own_may_be_pinned(oracle: Oracles) -> None:
    framework = "static int failed, run;\n#define ASSERT(x) (run++, failed += !(x))\n"
    suite = """#include "framework.h"
#include "text.h"
int suite_case(int index) {
    text t = {0};
    failed = run = 0;
    ASSERT(text_add(&t, "a") == 1 && t.length == 1 + (size_t)index * 0);
    text_free(&t);
    return failed | run << 8;
}
"""
    spec = replace(SPEC, suite=suite, cases=1, headers=(("framework.h", framework),), controls=CONTROLS[:1])
    assert oracle.grade(spec, RIGHT).passed
    assert oracle.grade(spec, answer("    return 1;")).kind is Kind.WRONG_ANSWER


@pytest.mark.parametrize(
    ("change", "evidence"),
    [
        ({"controls": (control("right", "more, n + 1", "more, 1 + n"),)}, "the suite does not catch 'right'"),
        ({"controls": (control("no C", "return 1;", "return"),)}, "the suite does not catch 'no C'"),
        ({"reference": answer("    return 1;")}, "the reference fails case 0"),
        ({"cases": 3}, "the reference fails case 2"),
        ({"suite": "int suite_case(int index) { return wrong; }"}, "the suite does not compile"),
    ],
)
def test_a_suite_that_proves_nothing_breaks_the_task(oracle: Oracles, change: dict[str, object], evidence: str) -> None:
    verdict = oracle.grade(replace(SPEC, **change), RIGHT)
    assert verdict.kind is Kind.INFRA
    assert evidence in verdict.evidence


def test_a_spec_survives_json_and_its_suite_is_no_part_of_the_question() -> None:
    assert from_json(to_json(SPEC)) == SPEC
    other = replace(SPEC, suite=SUITE + "\n", controls=CONTROLS[:1])
    assert other.sha256 == SPEC.sha256
    assert other.oracle_sha256 != SPEC.oracle_sha256
