"""Grading as a stream: lazy, deduplicated, cached by content, and honest about its own failures."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.errors import EvaluatorError, SandboxUnavailable
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Kind

RIGHT = "int total(const int *a, int n) { int s = 0; while (n-- > 0) s += a[n]; return s; }"
WRONG = "int total(const int *a, int n) { (void)a; return n; }"


def test_verdicts_come_while_jobs_are_still_being_made(oracle: Oracles, sum_spec: FunctionSpec) -> None:
    """The sampler below never ends, so a verdict can only come in between."""

    def sampling() -> Iterator[tuple[str, FunctionSpec, str]]:
        for i in itertools.count():
            time.sleep(0.005)
            yield str(i), sum_spec, RIGHT

    stream = oracle.grade_many(sampling())
    assert [next(stream)[1].kind for _ in range(3)] == [Kind.PASS] * 3


def test_every_job_gets_its_verdict_and_no_other(oracle: Oracles, sum_spec: FunctionSpec) -> None:
    jobs = [(f"{i}", sum_spec, RIGHT if i % 3 else WRONG) for i in range(30)]
    verdicts = dict(oracle.grade_many(jobs))
    assert len(verdicts) == 30
    assert all(verdicts[str(i)].passed == bool(i % 3) for i in range(30))


def test_layout_and_comments_do_not_make_another_candidate(oracle: Oracles, sum_spec: FunctionSpec) -> None:
    first = RIGHT.replace("s +=", "s -= -")
    other = "/* mine */ " + first.replace("; ", ";\n    ")
    verdicts = dict(oracle.grade_many([("a", sum_spec, first), ("b", sum_spec, other)]))
    assert verdicts["a"].seconds > 0
    assert verdicts["b"] == replace(verdicts["a"], seconds=0.0)


def test_a_verdict_is_kept_on_disk(oracle: Oracles, oracle_cache: Path, sum_spec: FunctionSpec) -> None:
    fresh = oracle.grade(sum_spec, RIGHT)
    with Oracles(cache_dir=oracle_cache, cases=12, workers=1) as again:
        kept = again.grade(sum_spec, RIGHT)
    assert kept == replace(fresh, seconds=0.0)


def test_another_seed_is_another_oracle(oracle: Oracles, oracle_cache: Path, sum_spec: FunctionSpec) -> None:
    with Oracles(cache_dir=oracle_cache, cases=12, seed=7) as other:
        assert other.hash(sum_spec) != oracle.hash(sum_spec)
    assert oracle.hash(sum_spec) != oracle.hash(replace(sum_spec, name="sum"))


def test_a_failing_reference_is_infra_and_not_a_label(oracle: Oracles, sum_spec: FunctionSpec) -> None:
    for reference in ("int total(", "int total(const int *a, int n) { __builtin_trap(); return a[n]; }"):
        verdict = oracle.grade(replace(sum_spec, reference=reference), RIGHT)
        assert verdict.kind is Kind.INFRA
        assert "reference" in verdict.evidence


def test_a_job_source_that_fails_fails_the_stream(oracle: Oracles, sum_spec: FunctionSpec) -> None:
    def sampling() -> Iterator[tuple[str, FunctionSpec, str]]:
        yield "a", sum_spec, RIGHT
        raise ValueError("the engine died")

    with pytest.raises(ValueError, match="the engine died"):
        list(oracle.grade_many(sampling()))
    assert oracle.grade(sum_spec, RIGHT).passed


def test_a_closed_oracle_refuses_work(oracle_cache: Path, sum_spec: FunctionSpec) -> None:
    closed = Oracles(cache_dir=oracle_cache)
    closed.close()
    with pytest.raises(RuntimeError):
        closed.grade(sum_spec, WRONG)


def test_a_tier_that_was_not_proved_is_refused(oracle_cache: Path) -> None:
    for tier in ("none", "refuse", ""):
        with pytest.raises(SandboxUnavailable):
            Oracles(cache_dir=oracle_cache, sandbox=tier)


def test_a_damaged_cache_says_what_to_delete(oracle_cache: Path, tmp_path: Path) -> None:
    (tmp_path / "verdicts.sqlite").write_bytes(b"not a database, and long enough to be looked at " * 40)
    (tmp_path / "canaries.json").write_bytes((oracle_cache / "canaries.json").read_bytes())
    with pytest.raises(EvaluatorError, match=r"delete .*verdicts\.sqlite"):
        Oracles(cache_dir=tmp_path)
