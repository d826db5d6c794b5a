"""A judgment is one option and nothing else."""

from __future__ import annotations

import pytest

from evaluators.oracles.judgment import JudgmentSpec, from_json, to_json
from evaluators.oracles.session import Oracles
from evaluators.verdict import Kind

SCOPE = JudgmentSpec("is the change to the parser within the request?", ("in scope", "out of scope"), "out of scope")


@pytest.mark.parametrize(
    "answer",
    ["out of scope", " Out Of Scope.\n", "<think>It is in scope, or not?</think>\nout of scope", "OUT OF SCOPE ."],
)
def test_the_label_passes_however_it_is_laid_out(oracle: Oracles, answer: str) -> None:
    verdict = oracle.grade(SCOPE, answer)
    assert verdict.passed
    assert (verdict.cases_passed, verdict.cases_total) == (1, 1)


def test_another_option_is_a_wrong_answer_that_names_both(oracle: Oracles) -> None:
    verdict = oracle.grade(SCOPE, "in scope")
    assert verdict.kind is Kind.WRONG_ANSWER
    assert verdict.evidence == "says in scope, expected out of scope"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "scope",
        "in scope out of scope",
        "It is out of scope",
        "out of scope..",
        "out of scope!",
        '"out of scope"',
        "out of scope\nout of scope",
        "<think>out of scope",
        "<think>a</think><think>b</think>out of scope",
        "out of scope<think>in scope</think>",
        "not out of scope",
        "out\u200bof scope",
    ],
)
def test_anything_but_exactly_one_option_is_a_format_error(oracle: Oracles, answer: str) -> None:
    assert oracle.grade(SCOPE, answer).kind is Kind.FORMAT_ERROR


def test_nothing_is_executed_so_no_tier_is_claimed(oracle: Oracles) -> None:
    verdicts = [oracle.grade(SCOPE, answer) for answer in ("out of scope", "in scope", "perhaps")]
    assert [v.tier for v in verdicts] == ["", "", ""]
    assert all(v.oracle == oracle.hash(SCOPE) and v.oracle_class == "A" for v in verdicts)


def test_the_label_changes_the_oracle_but_not_the_question() -> None:
    other = JudgmentSpec(SCOPE.question_id, SCOPE.options, "in scope")
    assert other.sha256 == SCOPE.sha256
    assert other.oracle_sha256 != SCOPE.oracle_sha256


def test_a_spec_survives_json() -> None:
    spec = JudgmentSpec("q", ("yes", "no"), "no", positive="yes")
    assert from_json(to_json(spec)) == spec


@pytest.mark.parametrize(
    ("options", "label"), [(("yes", "Yes."), "yes"), (("yes",), "yes"), (("yes", "no"), "maybe"), (("", "no"), "no")]
)
def test_options_that_cannot_be_told_apart_are_refused(options: tuple[str, ...], label: str) -> None:
    with pytest.raises(ValueError):
        JudgmentSpec("q", options, label)
