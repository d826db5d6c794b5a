"""A fault of the grader's own is tried once more, and is never kept as a verdict on the candidate."""

from __future__ import annotations

from typing import Any

import pytest

from evaluators.errors import GraderFault
from evaluators.oracles.differential import DifferentialOracle
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Kind


def faulty(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The first `times` gradings break their box."""
    real, left = DifferentialOracle.grade, [times]

    def grade(*arguments: Any, **options: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise GraderFault("the box fell silent")
        return real(*arguments, **options)

    monkeypatch.setattr(DifferentialOracle, "grade", grade)


def test_a_fault_is_tried_once_more(oracle: Oracles, sum_spec: FunctionSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty(monkeypatch, 1)
    answer = sum_spec.reference.replace("int s = 0", "int s = 0; /* once */ s = 0")
    assert oracle.grade(sum_spec, answer).kind is Kind.PASS


def test_a_fault_that_stays_is_infra_and_the_next_grading_is_anew(
    oracle: Oracles, sum_spec: FunctionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(monkeypatch, 2)
    answer = sum_spec.reference.replace("int s = 0", "int s = 0; s = 0; s = 0")
    verdict = oracle.grade(sum_spec, answer)
    assert (verdict.kind, verdict.evidence) == (Kind.INFRA, "the box fell silent")
    assert oracle.grade(sum_spec, answer).kind is Kind.PASS
