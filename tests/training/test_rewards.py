"""An answer is worth what the oracle says of it: by the class of the verdict, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec, Param
from evaluators.spec_json import spec_to_json
from evaluators.verdict import Kind, Verdict
from loop.errors import TrainingError
from loop.pipeline.stage import Call
from loop.training.examples import Asked
from loop.training.rewards import REWARDS, Judge, Question, opened, question_of
from loop.training.trainer import GrpoSpec

ABSOLUTE = FunctionSpec(
    "absolute", "int", (Param("x", "int", "scalar"),), "int absolute(int x) { return x < 0 ? -x : x; }"
)
CODE = Question(Call("t", "implementation", "", "Write int absolute(int x)."), ABSOLUTE)
SCOPE = Question(Call("t", "scope", "src/a.c", "Is it relevant?", options=("yes", "no"), label="yes"), None)


def in_c(source: str) -> str:
    return f"```c\n{source}\n```"


class Scripted:
    """A grader whose verdicts are told in advance, by what it is given; it remembers what it was asked."""

    def __init__(self, verdicts: dict[str, Verdict], tier: str = "strong") -> None:
        self.verdicts, self.tier = verdicts, tier
        self.asked: list[str] = []

    def grade_many(self, jobs: Iterator[tuple[str, FunctionSpec, str]]) -> Iterator[tuple[str, Verdict]]:
        for job, _, answer in reversed(list(jobs)):  # the order in which they are done is anyone's
            self.asked.append(answer)
            yield job, self.verdicts[answer.strip()]


def test_being_right_is_worth_the_most_and_tampering_the_least() -> None:
    assert set(REWARDS) == set(Kind)
    worth = {kind: reward for kind, reward in REWARDS.items() if reward is not None}
    assert max(worth, key=lambda kind: worth[kind]) is Kind.PASS
    assert min(worth, key=lambda kind: worth[kind]) is Kind.TAMPER
    compiled = {Kind.WRONG_ANSWER, Kind.RUNTIME_ERROR, Kind.SANITIZER, Kind.TIMEOUT, Kind.MEMORY, Kind.OUTPUT_LIMIT}
    for kind in compiled:
        assert worth[Kind.TAMPER] < worth[Kind.FORMAT_ERROR] < worth[Kind.COMPILE_ERROR] < worth[kind] < 0.2
    assert set(worth) == set(Kind) - {Kind.INFRA}


@pytest.mark.parametrize("kind", list(Kind))
def test_two_answers_of_one_class_are_worth_the_same(kind: Kind) -> None:
    """Whatever the verdict tells besides, and however long they are."""
    short, long = "int f;", "int g; /* " + "please reward me " * 40 + "*/"
    grader = Scripted(
        {
            short: Verdict(kind, "expected 1", cases_passed=23, cases_total=24, seconds=0.1),
            long: Verdict(kind, "reward: 1.0", cases_passed=0, cases_total=24, seconds=9.0, oracle_class="B"),
        }
    )
    one, other = Judge([CODE], grader).kinds([(0, in_c(short)), (0, in_c(long))])
    assert one is other is kind
    assert REWARDS[one] == REWARDS[other]


def test_a_failure_of_the_grader_is_no_reward_at_all() -> None:
    grader = Scripted({"int f;": Verdict(Kind.INFRA, "the box broke")})
    (kind,) = Judge([CODE], grader).kinds([(0, in_c("int f;"))])
    assert REWARDS[kind] is None


def test_a_judgment_is_judged_by_its_label_without_an_oracle() -> None:
    answers = [(0, "yes"), (0, "no"), (0, "Yes."), (0, "perhaps"), (0, "yes, because it is"), (0, "")]
    expected = [Kind.PASS, Kind.WRONG_ANSWER, Kind.PASS, *[Kind.FORMAT_ERROR] * 3]
    assert Judge([SCOPE], None).kinds(answers) == expected


def test_a_thought_before_the_answer_is_dropped_and_one_that_never_ends_cannot_be_read() -> None:
    answers = [(0, "<think>\nno? no.\n</think>\n\nyes"), (0, "<think>\nyes")]
    assert Judge([SCOPE], None).kinds(answers) == [Kind.PASS, Kind.FORMAT_ERROR]


def test_what_cannot_be_read_never_reaches_the_grader_and_equal_answers_reach_it_once() -> None:
    grader = Scripted({"int f;": Verdict(Kind.PASS), "int g;": Verdict(Kind.COMPILE_ERROR)})
    answers = [(0, in_c("int f;")), (0, "int f;"), (0, in_c("int g;")), (0, in_c("int f;")), (0, "```c\nint f;")]
    found = Judge([CODE], grader).kinds(answers)
    assert found == [Kind.PASS, Kind.FORMAT_ERROR, Kind.COMPILE_ERROR, Kind.PASS, Kind.FORMAT_ERROR]
    assert sorted(grader.asked) == ["int f;\n", "int g;\n"]


def test_the_same_answer_to_two_questions_is_two_answers() -> None:
    grader = Scripted({"int f;": Verdict(Kind.PASS)})
    Judge([CODE, replace(CODE)], grader).kinds([(0, in_c("int f;")), (1, in_c("int f;"))])
    assert len(grader.asked) == 2


@pytest.mark.parametrize("tier", ["weak", ""])
def test_a_sandbox_that_is_not_trusted_trains_nothing(tier: str) -> None:
    with pytest.raises(TrainingError, match="may not train"):
        Judge([CODE], Scripted({}, tier))


def test_the_real_oracle_compiles_and_runs_what_is_answered(oracle_cache: Path) -> None:
    right = in_c("int absolute(int x) { return x < 0 ? -x : x; }")
    wrong = in_c("int absolute(int x) { return x; }")
    broken = in_c("int absolute(int x) { return y; }")
    with opened([CODE], GrpoSpec(cases=12, workers=1), oracle_cache, processes=1) as judge:
        assert isinstance(judge.grader, Oracles)
        found = judge.kinds([(0, right), (0, wrong), (0, broken), (0, "I cannot"), (0, right)])
    assert found == [Kind.PASS, Kind.WRONG_ANSWER, Kind.COMPILE_ERROR, Kind.FORMAT_ERROR, Kind.PASS]


def test_no_oracle_is_opened_where_labels_say_what_is_right(tmp_path: Path) -> None:
    with opened([SCOPE], GrpoSpec(sandbox="no such tier"), tmp_path, processes=1) as judge:
        assert judge.kinds([(0, "yes")]) == [Kind.PASS]
    assert not list(tmp_path.iterdir())


def test_an_oracle_that_cannot_be_had_is_a_training_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot grade"), opened([CODE], GrpoSpec(sandbox="moon"), tmp_path, 1):
        pass


def test_a_question_comes_back_from_its_row_as_it_was() -> None:
    row = Asked("prompt", asdict(CODE.call), spec_to_json(ABSOLUTE))
    assert question_of(row) == CODE
    assert question_of(Asked("prompt", {**asdict(SCOPE.call), "options": ["yes", "no"]})) == SCOPE


@pytest.mark.parametrize(
    ("call", "spec", "what"),
    [
        ({**asdict(SCOPE.call), "label": None}, None, "neither a spec nor a label"),
        ({**asdict(SCOPE.call), "stage": "guessing"}, None, "no stage 'guessing'"),
        ({"colour": "red"}, None, "TypeError"),
        (asdict(CODE.call), {"type": "poem"}, "no type of task"),
    ],
)
def test_a_row_that_cannot_be_judged_is_refused(
    call: dict[str, object], spec: dict[str, object] | None, what: str
) -> None:
    with pytest.raises(TrainingError, match=what):
        question_of(Asked("prompt", call, spec, task_id="t1"))
