"""Judgments (routing, scope, precision, dependencies): the answer is one of a few words, compared with the label.

An answer is read strictly and anything but exactly one option is refused: a reader that looks for a word somewhere in
the text would also find it in "not in scope", or in a list of all options. Nothing is executed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from evaluators.box.workshop import Workshop
from evaluators.oracles.protocol import Setting
from evaluators.verdict import EVIDENCE, Kind, OracleClass, Verdict

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_SHOWN = 80
"""Characters of a refused answer that the evidence repeats."""


@dataclass(frozen=True)
class JudgmentSpec:
    """A question with a fixed set of answers.

    question_id: identity of the question's text. label: the right one of `options`. positive: the option that counts as
    "yes" where precision and recall are asked of a set of questions; "" for none.
    Raises ValueError for options that cannot be told apart, and for a label or a positive that is no option.
    """

    type: ClassVar[str] = "judgment"
    question_id: str
    options: tuple[str, ...]
    label: str
    positive: str = ""

    def __post_init__(self) -> None:
        forms = [_form(option) for option in self.options]
        if len(forms) < 2 or len(set(forms)) != len(forms) or "" in forms:
            raise ValueError(f"options must be two or more different words: {self.options}")
        if self.label not in self.options or self.positive not in ("", *self.options):
            raise ValueError(f"'{self.label}' and '{self.positive}' must be options: {self.options}")

    @property
    def sha256(self) -> str:
        question = {"question_id": self.question_id, "options": self.options}
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()

    @property
    def oracle_sha256(self) -> str:
        return hashlib.sha256(json.dumps(to_json(self), sort_keys=True).encode()).hexdigest()


def to_json(spec: JudgmentSpec) -> dict[str, Any]:
    return {**asdict(spec), "options": list(spec.options)}


def from_json(data: dict[str, Any]) -> JudgmentSpec:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    return JudgmentSpec(data["question_id"], tuple(data["options"]), data["label"], data.get("positive", ""))


class JudgmentOracle:
    """Answers are one option: case does not count, nor does space around it, nor one full stop behind it.

    A <think> block before it is skipped; one that does not end makes the answer unreadable.
    """

    oracle_class: OracleClass = "A"
    executes = False

    def prepare(self, spec: JudgmentSpec, setting: Setting, workshop: Workshop) -> JudgmentSpec:
        return spec

    def grade(self, exam: JudgmentSpec, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        return judge(exam, answer)

    def normal_form(self, answer: str) -> str:
        return _form(_THOUGHT.sub("", answer, count=1))


def judge(spec: JudgmentSpec, answer: str) -> Verdict:
    """pass, wrong_answer, or format_error for what is not exactly one option."""
    chosen = chosen_option(spec, answer)
    if not chosen:
        shown = " ".join(_THOUGHT.sub("", answer, count=1).split())[:_SHOWN]
        options = ", ".join(spec.options)
        return Verdict(Kind.FORMAT_ERROR, f"'{shown}' is none of: {options}"[:EVIDENCE], cases_total=1)
    if chosen == spec.label:
        return Verdict(Kind.PASS, cases_passed=1, cases_total=1)
    return Verdict(Kind.WRONG_ANSWER, f"says {chosen}, expected {spec.label}"[:EVIDENCE], cases_total=1)


def chosen_option(spec: JudgmentSpec, answer: str) -> str:
    """The option that the answer names, as the spec writes it; "" for anything else."""
    said = _form(_THOUGHT.sub("", answer, count=1))
    return next((option for option in spec.options if _form(option) == said), "")


def _form(text: str) -> str:
    return text.strip().removesuffix(".").strip().casefold()
