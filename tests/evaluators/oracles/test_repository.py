"""Changes to small repositories: ours pass, others that are right pass, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.oracles.repository import RepositorySpec
from evaluators.oracles.repository_cheats import cheats
from evaluators.oracles.session import Oracles
from evaluators.projects.edits import Edit, render_edits
from evaluators.verdict import Kind
from tests.support.repositories import BUG_FIX, CROSS_FILE_FIX, FEATURE, NEW_MODULE, RING, STATS_C, STATS_H, TASKS

FIX = Edit("src/ring.c", "at = ring->head + ring->count;", "at = (ring->head + ring->count) % ring->capacity;")
BROKEN = "at = ring->head + ring->count;"


@pytest.mark.parametrize("name", TASKS)
def test_our_own_edits_pass(oracle: Oracles, name: str) -> None:
    verdict = oracle.grade(TASKS[name], TASKS[name].reference)
    assert verdict.passed, verdict.evidence
    assert verdict.cases_passed == verdict.cases_total > 0
    assert verdict.oracle_class == "A"


@pytest.mark.parametrize(
    ("task", "cheat", "answer"), [(name, cheat, text) for name, spec in TASKS.items() for cheat, text in cheats(spec)]
)
def test_no_task_passes_with_less(oracle: Oracles, task: str, cheat: str, answer: str) -> None:
    verdict = oracle.grade(TASKS[task], answer)
    assert not verdict.passed
    assert verdict.kind not in (Kind.INFRA, Kind.FORMAT_ERROR)


def test_another_way_to_fix_it_passes(oracle: Oracles) -> None:
    other = f"{BROKEN}\n    if (at >= ring->capacity)\n        at -= ring->capacity;"
    answer = f"The index runs over the end.\n\n{render_edits([Edit('src/ring.c', BROKEN, other)])}\nThat is all."
    assert oracle.grade(BUG_FIX, answer).passed


def test_thinking_is_no_part_of_the_answer(oracle: Oracles) -> None:
    draft = render_edits([Edit("src/ring.c", BROKEN, "at = 0;")])
    assert oracle.grade(BUG_FIX, f"<think>\n{draft}\n</think>\n{BUG_FIX.reference}").passed


def test_half_a_cross_file_fix_is_not_enough(oracle: Oracles) -> None:
    halves = CROSS_FILE_FIX.reference.split("</edit>\n")[:2]
    kinds = [oracle.grade(CROSS_FILE_FIX, half + "</edit>").kind for half in halves]
    assert Kind.PASS not in kinds and Kind.FORMAT_ERROR not in kinds


def test_a_new_module_is_compiled_with_the_others(oracle: Oracles) -> None:
    own = (
        '#include "stats.h"\nint stats_range(const struct ring *r)\n{\n    int lo = 0, hi = 0;\n'
        "    for (int i = 0; i < r->count; i++) {\n        int v = r->items[(r->head + i) % r->capacity];\n"
        "        if (!i || v < lo)\n            lo = v;\n        if (!i || v > hi)\n            hi = v;\n    }\n"
        "    return hi - lo;\n}\n"
    )
    assert oracle.grade(
        NEW_MODULE, render_edits([Edit("include/stats.h", "", STATS_H), Edit("src/stats.c", "", own)])
    ).passed
    without = oracle.grade(NEW_MODULE, render_edits([Edit("include/stats.h", "", STATS_H)]))
    assert without.kind is Kind.COMPILE_ERROR


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([Edit("tests/test_ring.c", "== 9", "== 9 || 1")], "is not to be changed"),
        ([Edit("Makefile", "./test-ring", "true")], "is not to be changed"),
        ([FIX, Edit("README.md", "# ring", "# rings")], "is not to be changed"),
        ([Edit("src/ring.c", "return 0;", "return 1;")], "more than once"),
        ([Edit("src/ring.c", "nowhere", "")], "is not in src/ring.c"),
        ([Edit("src/ring.c", "", "int x;")], "is there already"),
        ([Edit("src/deep/new.c", "", "int x;")], "not to be changed"),
    ],
)
def test_edits_that_cannot_be_applied_say_why(oracle: Oracles, edits: list[Edit], reason: str) -> None:
    verdict = oracle.grade(BUG_FIX, render_edits(edits))
    assert verdict.kind is Kind.FORMAT_ERROR
    assert reason in verdict.evidence


@pytest.mark.parametrize("path", ["../x.c", "/etc/passwd", "src/../../x.c", ".git/config", "src/.GIT/x.h", "a\\b.c"])
def test_no_edit_leaves_the_project(oracle: Oracles, path: str) -> None:
    answer = f'<edit file="{path}"><search></search><replacement>int x;</replacement></edit>'
    assert oracle.grade(replace(BUG_FIX, editable=()), answer).kind is Kind.FORMAT_ERROR


HEADER = "#ifndef RING_H\n#define RING_H\n"
SOURCE = '#include "ring.h"\n'
TRICKS = {
    "includes the probe": [Edit("src/ring.c", SOURCE, SOURCE + '#include "probe.c"\n')],
    "includes the probe in a header": [Edit("include/ring.h", HEADER, HEADER + '#include "probe.c"\n')],
    "includes the probe where it can be seen": [
        Edit("include/ring.h", HEADER, HEADER + '#if __has_include("probe.c")\n#define use(r, o) 0\n#endif\n')
    ],
    "includes itself by a macro": [Edit("include/ring.h", HEADER, HEADER + "#include __BASE_FILE__\n")],
    "takes the probe's bytes": [Edit("src/ring.c", SOURCE, SOURCE + '__asm__(".incbin \\"probe.c\\"");\n')],
    "renames the probe": [Edit("include/ring.h", HEADER, HEADER + "#define probe_ring nothing\n")],
    "renames it after a comment": [
        Edit("include/ring.h", HEADER, HEADER + "/* a */ # /* b */ define probe_ring nothing\n")
    ],
    "renames it in two lines": [Edit("include/ring.h", HEADER, HEADER + "#def\\\nine probe_ring nothing\n")],
    "replaces the probe's helper": [Edit("include/ring.h", HEADER, HEADER + "#define use(ring, operation) 1\n")],
    "redefines a keyword": [Edit("include/ring.h", HEADER, HEADER + "#define return return 0 *\n")],
    "defines the probe itself": [FIX, Edit("src/ring.c", SOURCE, SOURCE + "int probe_ring(int *a) { return 0; }\n")],
    "has a main": [FIX, Edit("src/ring.c", SOURCE, SOURCE + "int main(void) { return 0; }\n")],
    "runs before the probe": [
        FIX,
        Edit("src/ring.c", SOURCE, SOURCE + "__attribute__((constructor)) static void early(void) { }\n"),
    ],
    "runs before the probe, from a header": [
        FIX,
        Edit("include/ring.h", HEADER, HEADER + "__attribute__((constructor)) static void early(void) { }\n"),
    ],
    "runs before the probe, only where stdio is known": [
        FIX,
        Edit(
            "include/ring.h",
            HEADER,
            HEADER
            + "#ifdef EOF\n#define GLUE(a, b) a##b\n"
            + "__attribute__((GLUE(constr, uctor))) static void early(void) { }\n#endif\n",
        ),
    ],
    "is a header of the C library": [FIX, Edit("include/string.h", "", "#define strlen(s) 0\n")],
}


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_passes(oracle: Oracles, trick: str) -> None:
    spec = replace(BUG_FIX, probe=replace(BUG_FIX.probe, prelude="#include <stdio.h>\n" + BUG_FIX.probe.prelude))
    assert oracle.grade(spec, BUG_FIX.reference).passed
    verdict = oracle.grade(spec, render_edits(TRICKS[trick]))
    assert verdict.kind in (Kind.TAMPER, Kind.COMPILE_ERROR), verdict.evidence


def test_visible_values_written_down_do_not_pass(oracle: Oracles) -> None:
    """What the request shows (push 7, 8 into 2; pop gives 7) answered from a table."""
    table = (
        "if (ring->capacity == 2 && ring->count == 1 && value == 8)\n"
        "        return ring->items[1] = 8, ring->count++, 1;\n    "
    )
    assert oracle.grade(BUG_FIX, render_edits([Edit("src/ring.c", BROKEN, table + BROKEN)])).kind in (
        Kind.WRONG_ANSWER,
        Kind.SANITIZER,
    )


@pytest.mark.parametrize("leave", ["exit(0)", "_exit(0)", "quick_exit(0)", "abort()"])
def test_leaving_early_is_no_pass(oracle: Oracles, leave: str) -> None:
    source = Edit("src/ring.c", SOURCE, SOURCE + "#include <stdlib.h>\n#include <unistd.h>\n")
    verdict = oracle.grade(BUG_FIX, render_edits([source, Edit("src/ring.c", BROKEN, f"{BROKEN}\n    {leave};")]))
    assert verdict.kind is Kind.RUNTIME_ERROR


COMPARING = replace(
    FEATURE,
    probe=replace(
        FEATURE.probe,
        prelude="#include <string.h>\n" + FEATURE.probe.prelude,
        reference=FEATURE.probe.reference.replace(
            "return found & 0xffff;", 'return memcmp(out, operations, n * sizeof *out) + strcmp("a", "b");'
        ),
    ),
)


@pytest.mark.parametrize(
    "own",
    [
        "int strcmp(const char *a, const char *b) { return 0; }",
        "int memcmp(const void *a, const void *b, unsigned long n) { return 0; }",
        "void *memcpy(void *a, const void *b, unsigned long n) { return a; }",
    ],
)
def test_the_probe_never_calls_a_candidates_library(oracle: Oracles, own: str) -> None:
    """A wrong answer stays wrong, and a right one is not judged by its own strcmp."""
    assert oracle.grade(COMPARING, COMPARING.reference).passed
    wrong = COMPARING.reference.replace("ring->head + place", "ring->head")
    answer = wrong + render_edits([Edit("src/window.c", '#include "window.h"\n', f'#include "window.h"\n{own}\n')])
    verdict = oracle.grade(COMPARING, answer)
    assert verdict.kind is Kind.WRONG_ANSWER
    assert verdict.evidence == oracle.grade(COMPARING, wrong).evidence


def test_a_memory_error_that_changes_nothing_is_found(oracle: Oracles) -> None:
    reads = BUG_FIX.reference.replace(
        "at = (", "int over = ring->items[RING_MAX + ring->count];\n    value += over - over;\n    at = ("
    )
    assert oracle.grade(BUG_FIX, reads).kind is Kind.SANITIZER


def test_what_the_project_itself_does_is_trusted(oracle: Oracles) -> None:
    """A barrier in assembler of its own is no trick of the candidate's; in a file that the candidate changes it is."""
    barrier = 'void barrier(void) { __asm__ volatile("" ::: "memory"); }\n'
    given = replace(
        BUG_FIX.repository,
        files=(*BUG_FIX.repository.files, ("src/barrier.c", barrier)),
        units=(*BUG_FIX.repository.units, "src/barrier.c"),
    )
    spec = replace(BUG_FIX, repository=given)
    assert oracle.grade(spec, BUG_FIX.reference).passed
    touched = BUG_FIX.reference + render_edits([Edit("src/barrier.c", "void barrier", "extern int x;\nvoid barrier")])
    assert oracle.grade(spec, touched).kind is Kind.TAMPER


def test_edits_with_other_words_around_them_are_one_answer(oracle: Oracles) -> None:
    from evaluators.oracles.registry import oracle_for

    form = oracle_for(BUG_FIX).normal_form
    assert form(f"Well.\r\n{BUG_FIX.reference}") == form(BUG_FIX.reference)
    assert form("nothing to edit") == "nothing to edit"


def test_the_hidden_probe_is_no_part_of_the_question() -> None:
    other = replace(BUG_FIX, probe=replace(BUG_FIX.probe, edge_cases=(((1, -1), 2, 1, (0, 0)),)))
    assert other.sha256 == BUG_FIX.sha256 and other.oracle_sha256 != BUG_FIX.oracle_sha256
    assert len({spec.sha256 for spec in TASKS.values()}) == len(TASKS)


def test_a_reference_that_does_not_apply_is_the_tasks_own_fault(oracle: Oracles) -> None:
    broken = RepositorySpec(RING, BUG_FIX.probe, "no edits")
    verdict = oracle.grade(broken, BUG_FIX.reference)
    assert verdict.kind is Kind.INFRA and "cannot be applied" in verdict.evidence


def test_a_new_macro_that_the_reference_has_too_may_be_used(oracle: Oracles) -> None:
    """Helpful names of a header are not tricks."""
    header = STATS_H.replace("int stats_range", "#define STATS_EMPTY 0\nint stats_range")
    source = STATS_C.replace("{\n", "{\n    if (ring->count == 0)\n        return STATS_EMPTY;\n")
    edits = [Edit("include/stats.h", "", header), Edit("src/stats.c", "", source)]
    assert oracle.grade(NEW_MODULE, render_edits(edits)).passed
