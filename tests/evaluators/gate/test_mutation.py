"""The mutation score: poor cases get a low one, amplification raises it, and what is no mistake does not count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.box.workshop import Workshop
from evaluators.gate.amplify import Amplification, amplify, fixed_cases
from evaluators.gate.mutation import MutationReport, mutation_report, subjects
from evaluators.gate.same_code import optimised
from evaluators.gate.search import search_cases
from evaluators.gate.shrink import smaller, weight
from evaluators.inputs import draw_cases, in_domain
from evaluators.oracles.session import Oracles
from evaluators.spec import Case, FunctionSpec, Param

AtWork = Callable[[Callable[[Workshop], Any]], Any]


def report(
    at_work: AtWork, spec: FunctionSpec, cases: list[Case], others: dict[str, str] | None = None
) -> MutationReport:
    found: MutationReport = at_work(lambda w: mutation_report(w, subjects(w, spec, cases, others)))
    return found


def amplified(at_work: AtWork, spec: FunctionSpec) -> Amplification:
    found: Amplification = at_work(lambda w: amplify(w, spec))
    return found


def test_cases_that_meet_no_corner_get_a_low_score_and_name_what_they_miss(
    at_work: AtWork, clamp: FunctionSpec
) -> None:
    found = report(at_work, clamp, [(1,), (2,), (-40,)])
    assert found.score is not None and found.score < 0.7
    assert "relational, line 4: `>` -> `>=`" not in found.survivors  # it is equivalent: 990 clamps to itself
    assert any("line 3" in survivor for survivor in found.survivors)
    assert found.killed + found.equivalent + len(found.survivors) == found.mutants


def test_amplification_makes_every_seed_notice_every_mutant(
    at_work: AtWork, oracle: Oracles, clamp: FunctionSpec
) -> None:
    before = report(at_work, clamp, draw_cases(clamp, 5, 24))
    found = amplified(at_work, clamp)
    stronger = replace(clamp, edge_cases=found.cases)
    assert before.score is not None and before.score < 1
    assert found.already < found.killable <= found.versions
    assert all(in_domain(clamp, case) for case in found.cases)
    for seed in (5, 6):
        assert report(at_work, stronger, draw_cases(stronger, seed, 24)).score == 1
    assert stronger.sha256 == clamp.sha256
    assert stronger.oracle_sha256 != clamp.oracle_sha256


def test_amplified_inputs_are_few_and_small(at_work: AtWork, sum_spec: FunctionSpec) -> None:
    source = (
        "int total(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) if (a[i] != 13) s += a[i]; return s; }"
    )
    found = amplified(at_work, replace(sum_spec, reference=source))
    assert 0 < len(found.cases) <= 3
    assert all(len(case[0]) <= 3 for case in found.cases if isinstance(case[0], tuple))


def test_a_task_that_asks_for_nothing_is_told(at_work: AtWork) -> None:
    nothing = FunctionSpec("f", "int", (Param("x", "int", "scalar"),), "int f(int x) { return x > 50; }")
    assert amplified(at_work, nothing).never == ("'return 0'",)


def test_mutants_that_are_no_mistake_do_not_count(at_work: AtWork) -> None:
    source = "int f(int x) { int r = x; if (x > 0) r = x; if (x >= 0) return r * 2; return x * 2; }"
    spec = FunctionSpec("f", "int", (Param("x", "int", "scalar"),), source)
    found = report(at_work, spec, draw_cases(spec, 0, 24))
    assert found.equivalent > 0 and found.same_code > 0
    assert found.score == 1


def test_equal_machine_code_is_recognised_and_different_code_is_not(at_work: AtWork) -> None:
    spec = FunctionSpec("f", "int", (Param("x", "int", "scalar"),), "int f(int x) { return 2 * x; }")
    sources = {1: "int f(int x) { return x + x; }", 2: "int f(int x) { return x + 2; }"}
    assert at_work(lambda w: optimised(w, spec, sources).same) == {1}


def test_answers_that_look_at_nothing_are_named_when_no_case_refuses_them(at_work: AtWork) -> None:
    spec = FunctionSpec("f", "int", (Param("x", "int", "scalar"),), "int f(int x) { return x == 3; }")
    others = {"never": "int f(int x) { return 0; }", "always": "int f(int x) { return 1; }"}
    assert report(at_work, spec, [(1,), (2,)], others).passed == ("never",)
    assert report(at_work, spec, [(1,), (3,)], others).passed == ()


def test_a_reference_without_a_killable_mutant_has_no_score(at_work: AtWork) -> None:
    spec = FunctionSpec("f", "void", (Param("x", "int", "scalar"),), "void f(int x) { x = 1; }")
    assert report(at_work, spec, draw_cases(spec, 0, 24)).score is None


MATRIX = (
    Param("m", "const int *", "buffer", shape=("rows", "cols")),
    Param("rows", "int", "scalar", lo=0, hi=4),
    Param("cols", "int", "scalar", lo=1, hi=4),
)
ARRAYS = (
    Param("a", "const int *", "buffer", order="sorted"),
    Param("b", "const int *", "buffer", of="a"),
    Param("n", "int", "scalar", of="a", role="length"),
    Param("i", "int", "scalar", of="a", role="index"),
    Param("t", "int", "scalar", of="a", role="element"),
)
OTHERS = (
    Param("s", "char *", "buffer", elem="u8", alphabet="xyz", mutable=True),
    Param("u", "unsigned", "scalar", elem="u32", lo=3, hi=2**32 - 1),
    Param("q", "Ring *", "struct", fields=(("data", 4, -9, 9), ("size", 1, 1, 4))),
)


@pytest.mark.parametrize("params", [MATRIX, ARRAYS, OTHERS], ids=["matrix", "arrays", "others"])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_drawn_bent_and_shrunk_inputs_stay_in_the_domain(params: tuple[Param, ...], seed: int) -> None:
    spec = FunctionSpec("f", "int", params, "int f() { return 17 > 'y' ? 4 : 0; }")
    for case in draw_cases(spec, seed, 30):
        assert in_domain(spec, case)
        for less in smaller(spec, case):
            assert in_domain(spec, less) and weight(less) < weight(case)
    assert all(in_domain(spec, case) for case in search_cases(spec, 200))


@pytest.mark.parametrize(
    "case",
    [
        ((1, 2), (3, 4), 2, 3, 1),  # an index beyond the length
        ((1, 2), (3,), 2, 0, 1),  # arrays of different lengths
        ((1, 2), (3, 4), 1, 0, 1),  # a length that is none
        ((2, 1), (3, 4), 2, 0, 1),  # not sorted
        ((1, 99), (3, 4), 2, 0, 1),  # a value outside
        ((1, 2), (3, 4), 2, 0),  # an argument too few
        (b"ab", (3, 4), 2, 0, 1),  # a string
    ],
)
def test_what_could_not_have_been_drawn_is_outside_the_domain(case: Case) -> None:
    spec = FunctionSpec("f", "int", ARRAYS, "")
    assert in_domain(spec, ((1, 2), (3, 4), 2, 2, 1))
    assert not in_domain(spec, case)


def test_the_fixed_cases_are_drawn_under_every_seed() -> None:
    spec = FunctionSpec("f", "int", ARRAYS, "", edge_cases=(((7,), (7,), 1, 0, 7),))
    fixed = fixed_cases(spec)
    assert spec.edge_cases[0] == fixed[0] and len(fixed) > 1
    for seed in (11, 12, 13):
        assert set(fixed) <= set(draw_cases(spec, seed, 24))
