"""Tests that are written pass on right implementations, kill mutants, and know an implementation by what it does."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from evaluators.oracles.session import Oracles
from evaluators.oracles.written_tests import WrittenTestsSpec, from_json, to_json
from evaluators.projects.edits import Edit, render_edits
from evaluators.projects.equivalents import near_equivalents
from evaluators.projects.repository import Repository
from evaluators.projects.variants import Variant
from evaluators.verdict import Kind, Verdict

HEADER = "int words(const char *text);\nint longest(const char *text);\n"
UNIT = """#include "count.h"
#include <string.h>

int words(const char *text) {
    int count = 0, inside = 0;
    for (; *text; text++) {
        if (strchr(" \\t\\n", *text)) inside = 0;
        else if (!inside) { inside = 1; count++; }
    }
    return count;
}

int longest(const char *text) {
    int best = 0, run = 0;
    for (; *text; text++) {
        run = strchr(" \\t\\n", *text) ? 0 : run + 1;
        if (run > best) best = run;
    }
    return best;
}
"""
OTHER = """#include "count.h"
static int space(char c) { return c == ' ' || c == '\\t' || c == '\\n'; }
int longest(const char *text) {
    int best = 0;
    while (*text) {
        int n = 0;
        while (text[n] && !space(text[n])) n++;
        best = n > best ? n : best;
        text += n + (text[n] != 0);
    }
    return best;
}
int words(const char *text) {
    if (!*text) return 0;
    int ends = !space(*text) && (!text[1] || space(text[1]));
    return ends + words(text + 1);
}
"""


def mutant(name: str, old: str, new: str) -> Variant:
    assert UNIT.count(old) == 1
    return Variant(name, (("src/count.c", UNIT.replace(old, new)),))


MUTANTS = (
    mutant("forgets tabs", 'if (strchr(" \\t\\n"', 'if (strchr(" \\n"'),
    mutant("starts at one", "int count = 0, inside", "int count = 1, inside"),
    mutant("counts letters", "inside = 1; count++;", "count++;"),
    mutant("never ends", "else if (!inside)", "else if (count > 2) text--; else if (!inside)"),
    mutant("takes the shortest", "if (run > best)", "if (run && (!best || run < best))"),
    mutant("reads too far", "return best;", "volatile char next = text[1]; (void)next; return best;"),
)
PROJECT = Repository((("include/count.h", HEADER), ("src/count.c", UNIT)), ("src/count.c",), ("include",))
GOOD = """#include "count.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int checks_longest(void) {
    char *exact = malloc(5);
    memcpy(exact, "a bc", 5);
    int seen = longest(exact);
    free(exact);
    return seen == 2 && longest("abc de") == 3 && longest("") == 0;
}

int run_tests(void) {
    assert(words("") == 0);
    if (words("one two\\tthree\\nfour") != 4) return 1;
    if (words("  x ") != 1) return 2;
    return !checks_longest();
}
"""
SPEC = WrittenTestsSpec(
    PROJECT,
    ("tests/test_count.c",),
    MUTANTS,
    (Variant("recursive", (("src/count.c", OTHER),)),),
    GOOD,
    answer="file",
)
Grade = Callable[[str], Verdict]


@pytest.fixture
def grade(oracle: Oracles) -> Grade:
    return lambda answer: oracle.grade(SPEC, answer)


def c(body: str, before: str = "") -> str:
    return f'#include "count.h"\n{before}\nint run_tests(void) {{ {body} }}\n'


def test_tests_that_kill_every_mutant_pass(grade: Grade, oracle: Oracles) -> None:
    verdict = grade(GOOD)
    assert verdict.passed, verdict.evidence
    assert (verdict.cases_passed, verdict.cases_total, verdict.tier) == (6, 6, oracle.tier)


def test_a_mutant_that_only_the_sanitizers_see_is_killed(oracle: Oracles) -> None:
    spec = replace(SPEC, mutants=MUTANTS[-1:])
    assert oracle.grade(spec, GOOD).passed
    assert oracle.grade(spec, c('return longest("a bc") != 2;')).cases_passed in (
        0,
        1,
    )  # a literal's end is another's start


def test_too_few_mutants_killed_is_a_wrong_answer_that_names_survivors(grade: Grade) -> None:
    verdict = grade(c('return words("one two") != 2;'))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert verdict.cases_total == 6
    assert "known-bad implementations fail the tests, 5 are asked; not forgets tabs" in verdict.evidence
    assert verdict.evidence.endswith("more") or verdict.evidence.count(",") <= 3


def test_edits_may_extend_test_files_only(oracle: Oracles) -> None:
    started = Repository(
        (*PROJECT.files, ("tests/test_count.c", GOOD.replace("!= 4", "!= 5"))), PROJECT.units, ("include",)
    )
    answer = render_edits([Edit("tests/test_count.c", "!= 5", "!= 4")])
    spec = replace(SPEC, repository=started, test_files=("tests/*.c",), reference=answer, answer="edits")
    assert oracle.grade(spec, answer).passed
    assert (
        oracle.grade(spec, answer + render_edits([Edit("src/count.c", "return best;", "return 0;")])).kind
        is Kind.FORMAT_ERROR
    )
    assert oracle.grade(spec, render_edits([Edit("tests/test_count.c", "!= 5", "!= 6")])).kind is Kind.WRONG_ANSWER


@pytest.mark.parametrize(
    ("answer", "kind", "evidence"),
    [
        (c("return 1;"), Kind.WRONG_ANSWER, "the tests fail on the right implementation: run_tests returns 1"),
        (c("return 0;"), Kind.WRONG_ANSWER, "0 of 6 known-bad implementations"),
        (c('assert(words("a") == 2); return 0;', "#include <assert.h>"), Kind.RUNTIME_ERROR, "SIGABRT"),
        (c("exit(0);", "#include <stdlib.h>"), Kind.RUNTIME_ERROR, "ended with status 0"),
        (c("for (;;) {}"), Kind.TIMEOUT, "on the right implementation"),
        (c("return *(volatile int *)0;"), Kind.RUNTIME_ERROR, "SIGSEGV"),
        (c("char b[2]; volatile int i = 2; b[i] = 1; return 0;"), Kind.SANITIZER, "on the right implementation"),
        ("int other(void) { return 0; }", Kind.COMPILE_ERROR, "does not define int run_tests(void)"),
        (c('return words("a") != 1;', '#include "../src/count.c"'), Kind.COMPILE_ERROR, "count.c"),
        (c('return strange("a") != 1;', "int strange(const char *);"), Kind.COMPILE_ERROR, "strange"),
        (c("return words(3);"), Kind.COMPILE_ERROR, "words"),
    ],
)
def test_tests_that_fail_on_the_right_implementation_fail(grade: Grade, answer: str, kind: Kind, evidence: str) -> None:
    verdict = grade(answer)
    assert verdict.kind is kind, verdict.evidence
    assert evidence in verdict.evidence


COPY = UNIT.replace("int words", "static int my_words").replace("int longest", "static int my_longest")
ORDER = c("return (intptr_t)longest < (intptr_t)words;", "#include <stdint.h>")

NEARLY = """static int differ(const void *a, const void *b, int n) {
    const unsigned char *x = a, *y = b;
    int count = 0;
    for (int i = 0; i < n; i++) count += x[i] != y[i];
    return count;
}
int run_tests(void) {
    int w = differ((void *)words, (void *)my_words, 100), l = differ((void *)longest, (void *)my_longest, 100);
    return (w > 4 && w < 30) || (l > 4 && l < 30);
}
"""


CHEATS = {
    "guesses by the clock": c(
        "struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_nsec / 64 % 2;", "#include <time.h>"
    ),
    "guesses by an address": c("int x; return (int)((unsigned long)&x >> 12) & 1;"),
    "guesses by its process id": c("return getpid() & 1;", "#include <unistd.h>"),
    "tests a function of its own": c('return words("a b") != 2;', "int words(const char *t) { return t[0] ? 2 : 0; }"),
    "tests a static function of its own": (
        'static int words(const char *t) { return t[0] ? 2 : 0; }\nint run_tests(void) { return words("a b") != 2; }'
    ),
    "counts the calls of strchr": c(
        'words("ab cd"); longest("ab"); return calls != 7;',
        "static int calls;\nchar *strchr(const char *s, int c) { calls++;"
        " for (; *s; s++) if (*s == c) return (char *)s; return 0; }",
    ),
    "looks at its maps": c(
        'char line[256]; int n = 0; FILE *f = fopen("/proc/self/maps", "r"); if (!f) return 1;'
        " while (fgets(line, sizeof line, f)) n++; fclose(f); return n < 3;",
        "#include <stdio.h>",
    ),
    "looks for names in its object": c(
        'Dl_info i; return !dladdr((void *)words, &i) || !strstr(i.dli_fname, "/");',
        "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <string.h>",
    ),
    "ends the process as if all were well": c('if (words("a\\tb") == 2) return 0; _exit(0);', "#include <unistd.h>"),
    "calls mutants what is nearly a copy": COPY + NEARLY,
    "compares the code with a copy of it": COPY
    + 'int run_tests(void) { return memcmp((void *)words, (void *)my_words, 40) || my_longest(""); }',
}


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_does_not_pass(grade: Grade, name: str) -> None:
    verdict = grade(CHEATS[name])
    assert not verdict.passed
    assert verdict.kind is not Kind.INFRA, verdict.evidence


def test_defining_the_function_under_test_is_tamper(grade: Grade) -> None:
    verdict = grade(CHEATS["tests a function of its own"])
    assert (verdict.kind, verdict.evidence) == (Kind.TAMPER, "it defines words, which it is to test")


def test_recognising_the_references_code_fails_on_another_right_implementation(oracle: Oracles) -> None:
    verdict = oracle.grade(SPEC, ORDER)
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "another right implementation" in verdict.evidence


def test_calling_a_mutant_what_is_nearly_a_copy_fails_on_right_implementations_that_are_so(oracle: Oracles) -> None:
    verdict = oracle.grade(replace(SPEC, threshold=0.5), COPY + NEARLY)
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "another right implementation" in verdict.evidence


def test_near_equivalents_turn_one_operator_round_that_has_no_calls_below_it() -> None:
    near = near_equivalents(PROJECT, random.Random(1), 9)
    assert {text for variant in near for _, text in variant.files} == {
        UNIT.replace("run > best", "(best) < (run)"),
        UNIT.replace("run + 1", "(1) + (run)"),
    }


def test_a_mutant_without_a_difference_breaks_the_task_when_all_are_asked(oracle: Oracles) -> None:
    same = replace(SPEC, mutants=(*MUTANTS, Variant("none", (("src/count.c", UNIT),))), threshold=1.0)
    verdict = oracle.grade(same, GOOD)
    assert verdict.kind is Kind.INFRA
    assert "not none" in verdict.evidence


def test_a_spec_survives_json_and_its_mutants_are_no_part_of_the_question() -> None:
    assert from_json(to_json(SPEC)) == SPEC
    fewer = replace(SPEC, mutants=MUTANTS[:2])
    assert fewer.sha256 == SPEC.sha256
    assert fewer.oracle_sha256 != SPEC.oracle_sha256


def test_a_spec_without_equivalents_or_with_unknown_files_is_refused() -> None:
    with pytest.raises(ValueError):
        replace(SPEC, equivalents=())
    with pytest.raises(ValueError):
        replace(SPEC, mutants=(Variant("stray", (("src/none.c", ""),)),))
