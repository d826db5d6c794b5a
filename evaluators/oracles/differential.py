"""Class A: a function is right when it behaves as the reference does, on hidden inputs and under the sanitizers."""

from __future__ import annotations

from evaluators.box.source_tree import SourceTree, single
from evaluators.box.workshop import Workshop
from evaluators.oracles.behaviour import Exam, grade_behaviour, make_exam
from evaluators.oracles.protocol import Setting
from evaluators.spec import FunctionSpec
from evaluators.text.source_text import normalise, with_prelude
from evaluators.verdict import OracleClass, Verdict


class DifferentialOracle:
    """Answers are C source that defines `spec.name`."""

    oracle_class: OracleClass = "A"
    executes = True

    def prepare(self, spec: FunctionSpec, setting: Setting, workshop: Workshop) -> Exam:
        return make_exam(spec, function_tree(spec, spec.reference), setting, workshop)

    def grade(self, exam: Exam, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        return grade_behaviour(exam, function_tree(exam.spec, answer), workshop, alone=alone)

    def normal_form(self, answer: str) -> str:
        return normalise(answer)


def function_tree(spec: FunctionSpec, source: str) -> SourceTree:
    """The one file that is compiled; only the function that is asked for can be seen from outside it."""
    return single(with_prelude(spec.prelude, source), exports=(spec.name,))
