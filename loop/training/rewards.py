"""The reward of a sampled answer: what the oracle says of it, and nothing else.

An answer is read by its stage as practice reads it, then judged by its label, or compiled and run in the sandbox. Only
the class of the verdict counts: no word, length or evidence of an answer changes what it is worth.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from evaluators.errors import EvaluatorError
from evaluators.oracles.protocol import Spec
from evaluators.oracles.session import Oracles
from evaluators.spec_json import spec_from_json
from evaluators.verdict import Kind, Verdict
from loop.errors import TrainingError
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.stage_names import STAGES
from loop.training.examples import Asked
from loop.training.trainer import GrpoSpec

TRUSTED = ("standard", "strong")  # tiers of the sandbox whose verdicts may train

REWARDS: Mapping[Kind, float | None] = MappingProxyType(
    {
        Kind.PASS: 1.0,
        Kind.WRONG_ANSWER: 0.1,  # it compiles, and ran to its end
        Kind.RUNTIME_ERROR: 0.05,  # it compiles
        Kind.SANITIZER: 0.05,
        Kind.TIMEOUT: 0.05,
        Kind.MEMORY: 0.05,
        Kind.OUTPUT_LIMIT: 0.05,
        Kind.COMPILE_ERROR: 0.0,
        Kind.FORMAT_ERROR: -0.1,
        Kind.TAMPER: -1.0,  # an answer that goes for the grader is worse than none
        Kind.INFRA: None,  # the grader's own failure says nothing of the answer
    }
)
"""Reward by class of verdict. All that is not right together is worth less than a seventh of being right: a model that
only learns to compile gains little, and one that has no right answer yet is still told what is nearer to one."""


class Grader(Protocol):
    """What is needed of `Oracles`."""

    @property
    def tier(self) -> str: ...

    def grade_many(self, jobs: Iterator[tuple[str, Spec, str]]) -> Iterator[tuple[str, Verdict]]: ...


@dataclass(frozen=True)
class Question:
    """What an answer is read and judged by. spec: None where the call's label says what is right."""

    call: Call
    spec: Spec | None


def question_of(row: Asked) -> Question:
    """Raises TrainingError when the row says neither what is right nor how to find out, or is no question at all."""
    try:
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.call.items()}
        call = Call(**fields)
        spec = None if row.spec is None else spec_from_json(dict(row.spec))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_question(row, f"{type(error).__name__}: {error}") from error
    if call.stage not in STAGES:
        raise _no_question(row, f"there is no stage '{call.stage}'")
    if spec is None and call.label is None:
        raise _no_question(row, "it has neither a spec nor a label")
    return Question(call, spec)


class Judge:
    """Answers to verdicts' classes, a whole batch at once."""

    def __init__(self, questions: Sequence[Question], grader: Grader | None) -> None:
        """grader: None where no question has a spec. Raises TrainingError for a sandbox that may not train."""
        self.questions = questions
        self.grader = grader
        if grader is not None and grader.tier not in TRUSTED:
            raise TrainingError(
                f"answers would be run in a sandbox of tier '{grader.tier}', whose verdicts may not train",
                fix="`loop doctor` says what the standard tier needs; or train with another method than grpo",
            )

    def kinds(self, answers: Sequence[tuple[int, str]]) -> list[Kind]:
        """(number of the question, completion without its end of turn) -> class of its verdict, in the same order.

        Equal answers to one question are graded once. Raises TrainingError when the grader cannot go on.
        """
        found: list[Kind | None] = []
        asked: dict[tuple[int, str], str] = {}  # (question, what the oracle is given) -> job
        waiting: list[tuple[int, str]] = []  # (place among the answers, job)
        for place, (number, text) in enumerate(answers):
            question = self.questions[number]
            value = stage_of(question.call.stage).read(question.call, text).value
            if value is None:
                found.append(Kind.FORMAT_ERROR)
            elif question.spec is None:
                found.append(Kind.PASS if value == question.call.label else Kind.WRONG_ANSWER)
            else:
                found.append(None)
                waiting.append((place, asked.setdefault((number, value), str(len(asked)))))
        verdicts = self._graded(asked)
        for place, job in waiting:
            found[place] = verdicts[job]
        return [kind for kind in found if kind is not None]

    def _graded(self, asked: Mapping[tuple[int, str], str]) -> dict[str, Kind]:
        """Job -> class of its verdict."""
        if not asked:
            return {}
        assert self.grader is not None, "a question with a spec has a grader"
        jobs = ((job, spec, value) for (number, value), job in asked.items() if (spec := self.questions[number].spec))
        try:
            return {job: verdict.kind for job, verdict in self.grader.grade_many(jobs)}
        except EvaluatorError as error:
            raise _grader(error) from error


@contextmanager
def opened(questions: Sequence[Question], spec: GrpoSpec, cache: Path, processes: int) -> Iterator[Judge]:
    """A judge with the oracle that the spec asks for, where one is needed. cache: of compiled drivers and verdicts.
    processes: how many train together and share the cores.

    Raises TrainingError: no sandbox, no compiler, or one that may not train.
    """
    with ExitStack() as stack:
        grader = None
        if any(question.spec is not None for question in questions):
            try:
                grader = stack.enter_context(
                    Oracles(
                        cache_dir=cache,
                        sandbox=spec.sandbox,
                        cases=spec.cases,
                        seed=spec.oracle_seed,
                        workers=spec.workers or _cores(processes),
                    )
                )
            except EvaluatorError as error:
                raise _grader(error) from error
        yield Judge(questions, grader)


def _cores(processes: int) -> int:
    """A process's share; 0, all of them, for one alone."""
    return 0 if processes == 1 else max(1, (os.cpu_count() or 1) // processes)


def _grader(error: EvaluatorError) -> TrainingError:
    return TrainingError(f"the oracle cannot grade: {error.message}", fix=error.fix or "run `loop doctor`")


def _no_question(row: Asked, why: str) -> TrainingError:
    return TrainingError(
        f"the row of task '{row.task_id}' cannot be asked and judged ({why})",
        fix='a grpo row has "call" (the fields of a Call) and "spec", or a "label" in its call',
    )
