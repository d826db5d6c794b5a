"""The gate: sound tasks pass it, and each way of being unsound is named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.gate import check
from evaluators.gate.cheats import tampering, thoughtless
from evaluators.gate.check import Gate, judged
from evaluators.gate.mutation import subjects
from evaluators.gate.other_types import change_mutants
from evaluators.gate.reference import reference_problems
from evaluators.gate.results import Checked, Results
from evaluators.inputs import draw_cases
from evaluators.oracles.judgment import JudgmentSpec
from evaluators.oracles.repository import RepositorySpec
from evaluators.oracles.session import Oracles
from evaluators.projects.edits import Edit, render_edits
from evaluators.projects.repository import Repository
from evaluators.spec import FunctionSpec, Param

NUMBER = (Param("x", "int", "scalar"),)


@pytest.fixture(scope="module")
def gate(oracle: Oracles) -> Gate:
    return Gate(oracle, runs=3)


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    opened = Results(tmp_path / "gate.sqlite")
    yield opened
    opened.close()


def function(source: str, prelude: str = "") -> FunctionSpec:
    return FunctionSpec("f", "int", NUMBER, source, prelude)


def test_a_sound_task_passes_with_its_mutation_score(gate: Gate, sum_spec: FunctionSpec) -> None:
    found = gate.check(sum_spec)
    assert found.ok, found.problems
    assert found.mutation_score == 1
    assert found.mutants > 15 and found.killed + found.equivalent == found.mutants


def test_a_reference_that_does_not_compile_or_crashes_is_not_fit(gate: Gate) -> None:
    assert "'y' undeclared" in gate.check(function("int f(int x) { return y; }")).problems[0]
    assert "fails" in gate.check(function("int f(int x) { return 1 / (x - x); }")).problems[0]


def test_undefined_behaviour_in_a_reference_is_not_fit(gate: Gate) -> None:
    found = gate.check(function("int f(int x) { int most = 2147483647; return most + (x > 0) < 0; }"))
    assert "the reference is judged sanitizer" in found.problems[0]


def test_a_reference_that_only_rare_inputs_break_is_not_fit(gate: Gate) -> None:
    wide = replace(NUMBER[0], lo=-(10**6), hi=10**6)
    found = gate.check(FunctionSpec("f", "int", (wide,), "int f(int x) { return x > 77700 ? 1 : 5 / (x - 4096); }"))
    assert "crashes on its own domain" in found.problems[0]


def test_a_flaky_reference_is_caught(oracle: Oracles) -> None:
    clock = "struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (int)(t.tv_nsec / 8 % 2) + x;"
    spec = function(f"int f(int x) {{ {clock} }}", "#include <time.h>")
    cases = draw_cases(spec, 0, 40)
    found = oracle.call(lambda w: reference_problems(w, subjects(w, spec, cases), 10)).result()
    assert len(found) == 1 and "flaky" in found[0]


def test_a_reference_that_another_optimisation_changes_is_not_fit(gate: Gate) -> None:
    found = gate.check(function("int f(int x) {\n#ifdef __OPTIMIZE__\nx++;\n#endif\nreturn 2 * x; }"))
    assert any("differs with gcc -O2" in problem for problem in found.problems)


@pytest.mark.skipif(not shutil.which("clang"), reason="clang is not installed")
def test_a_reference_that_clang_compiles_otherwise_is_not_fit(gate: Gate) -> None:
    found = gate.check(function("int f(int x) {\n#ifdef __clang__\nx++;\n#endif\nreturn 2 * x; }"))
    assert any("differs with clang" in problem for problem in found.problems)


def test_a_task_that_a_constant_passes_is_named(gate: Gate) -> None:
    found = gate.check(function("int f(int x) { return x == 1000; }"))
    assert any("'return 0' passes all" in problem for problem in found.problems)


def test_a_task_that_a_stub_passes_is_named(gate: Gate) -> None:
    text = Param("s", "char *", "buffer", elem="u8", mutable=True, alphabet="ab")
    spec = FunctionSpec("f", "void", (text,), "void f(char *s) { for (; *s; s++) if (*s == 'c') *s = 'd'; }")
    assert any("an empty stub passes" in problem for problem in gate.check(spec).problems)


def test_a_task_whose_cases_miss_too_many_mutants_is_weak(gate: Gate) -> None:
    wide = replace(NUMBER[0], lo=-(10**6), hi=10**6)
    corners = " ".join(f"if (x == {n}) return {n + 1};" for n in range(5, 15))
    found = gate.check(FunctionSpec("f", "int", (wide,), f"int f(int x) {{ {corners} return x; }}"))
    assert found.mutation_score is not None and found.mutation_score < 0.9
    assert found.ok and not judged(found, 0.9).ok
    assert judged(found, 0.9).problems[0].startswith("weak")
    assert judged(found, found.mutation_score).ok


def test_tampering_answers_fail_for_every_way_of_returning(oracle: Oracles, sum_spec: FunctionSpec) -> None:
    text = Param("s", "char *", "buffer", elem="u8", mutable=True, alphabet="ab")
    edits = FunctionSpec("f", "void", (text,), "void f(char *s) { if (*s) *s = 'b'; }")
    for spec in (sum_spec, edits):
        for name, source in {**tampering(spec), **thoughtless(spec)}.items():
            verdict = oracle.grade(spec, source)
            assert not verdict.passed, name
            assert verdict.kind != "infra", name


def test_what_was_checked_before_is_not_checked_again(
    oracle: Oracles, results: Results, sum_spec: FunctionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Gate(oracle, results=results, runs=2).check(sum_spec)
    monkeypatch.setattr(check, "mutation_report", None)
    assert Gate(oracle, results=results, runs=2).check(sum_spec) == first
    with pytest.raises(TypeError):
        Gate(oracle, results=results, runs=2).check(sum_spec, fresh=True)
    with pytest.raises(TypeError):
        Gate(oracle, results=results, runs=2).check(replace(sum_spec, edge_cases=(((4, 4), 2),)))


def test_results_come_back_as_they_were_kept(results: Results) -> None:
    found = Checked("function", ("one problem",), 0.5, 4, 1, 2, 1, ("a", "b"))
    results.keep("key", found)
    assert results.get("key") == found
    assert results.get("other") is None


HEADER = "int limited(int x);\n"
BEFORE = '#include "lib.h"\nint limited(int x) { return x; }\nint other(int x) { return x * 3; }\n'
AFTER = render_edits([Edit("lib.c", "return x; }", "return x > 5 ? 5 : x; }")])
EDGES = tuple((n,) for n in (4, 5, 6, 7))
PROBE = FunctionSpec("probe", "int", NUMBER, "int probe(int x) { return limited(x); }", '#include "lib.h"', EDGES)


@pytest.fixture
def change() -> RepositorySpec:
    return RepositorySpec(Repository((("lib.c", BEFORE), ("lib.h", HEADER)), ("lib.c",)), PROBE, AFTER)


def test_a_change_is_mutated_where_it_was_written(change: RepositorySpec) -> None:
    made = change_mutants(change)
    assert made
    assert all("x * 3" not in answer for _, answer in made)
    assert all(mutant.description.startswith("lib.c, line 2") for mutant, _ in made)


def test_a_sound_change_passes_with_a_score_and_a_probe_that_sees_nothing_is_named(
    gate: Gate, change: RepositorySpec
) -> None:
    found = gate.check(change)
    assert found.ok, found.problems
    assert found.mutation_score == 1 and found.mutants > 5
    blind = replace(
        PROBE, reference="int probe(int x) { return other(x); }", prelude='#include "lib.h"\nint other(int);'
    )
    problems = gate.check(replace(change, probe=blind)).problems
    assert any("a comment alone passes" in problem for problem in problems)


def test_labels_are_checked_too(gate: Gate) -> None:
    assert gate.check(JudgmentSpec("q", ("yes", "no"), "yes")).ok
