"""Class A: a refactoring is right when the probe sees what it saw before, and the structure asked for is there.

What a function that has to be called does must also matter: with its body emptied, the probe has to see a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from evaluators.box.workshop import Workshop
from evaluators.errors import ReferenceBroken
from evaluators.oracles import repository as changes
from evaluators.oracles.behaviour import make_exam, run_build
from evaluators.oracles.protocol import Setting
from evaluators.oracles.repository import RepositoryExam, RepositoryOracle, RepositorySpec, grade_change, reference_of
from evaluators.projects.edits import EditError, apply_edits, parse_edits
from evaluators.projects.probe import probed_tree
from evaluators.projects.repository import Repository
from evaluators.text.structure import rule_from_json, rule_to_json, structure_broken
from evaluators.text.structure_rules import Calls, Rule
from evaluators.text.structure_tree import emptied, read_code
from evaluators.verdict import EVIDENCE, Kind, Verdict


@dataclass(frozen=True)
class RefactoringSpec(RepositorySpec):
    """A repository to change without changing what it does. rules: the structure that is asked for.

    reference: keeps the rules, which the repository as it is does not.
    """

    type: ClassVar[str] = "refactoring"
    rules: tuple[Rule, ...] = ()

    def document(self) -> dict[str, Any]:
        return to_json(self)


class RefactoringOracle(RepositoryOracle):
    """Answers are edits (`evaluators.projects.edits`). Behaviour first: who breaks it hears nothing of structure."""

    def prepare(self, spec: RefactoringSpec, setting: Setting, workshop: Workshop) -> RepositoryExam:  # type: ignore[override]
        changed = reference_of(spec)
        if reason := structure_broken(spec.rules, spec.repository, changed):
            raise ReferenceBroken(f"the reference of '{spec.probe.name}' lacks the structure it asks for: {reason}")
        if not structure_broken(spec.rules, spec.repository, spec.repository):
            raise ReferenceBroken(f"the repository of '{spec.probe.name}' has the structure that is asked for already")
        tree = probed_tree(spec.repository, spec.probe, (spec.repository, changed))
        return RepositoryExam(spec, changed, make_exam(spec.probe, tree, setting, workshop))

    def grade(self, exam: RepositoryExam, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        assert isinstance(exam.spec, RefactoringSpec)
        try:
            after = apply_edits(exam.spec.repository, parse_edits(answer), exam.spec.editable)
        except EditError as error:
            return Verdict(Kind.FORMAT_ERROR, error.reason[:EVIDENCE], cases_total=len(exam.behaviour.cases))
        verdict = grade_change(exam, after, workshop, alone=alone)
        if not verdict.passed:
            return verdict
        reason = structure_broken(exam.spec.rules, exam.spec.repository, after)
        reason = reason or _idle_call(exam, exam.spec.rules, after, workshop, alone)
        return replace(verdict, kind=Kind.WRONG_ANSWER, evidence=reason[:EVIDENCE]) if reason else verdict


def _idle_call(
    exam: RepositoryExam, rules: tuple[Rule, ...], after: Repository, workshop: Workshop, alone: bool
) -> str:
    """The first function that has to be called and whose body can be emptied without any difference; "" if none."""
    for callee in dict.fromkeys(rule.callee for rule in rules if isinstance(rule, Calls)):
        without = emptied(after, tuple(f for f in read_code(after).functions if f.name == callee))
        tree = probed_tree(without, exam.spec.probe, (exam.spec.repository, exam.changed))
        if run_build(exam.behaviour, tree, "plain", workshop, alone=alone).passed:
            return f"{callee} is called, but nothing depends on what it does"
    return ""


def to_json(spec: RefactoringSpec) -> dict[str, Any]:
    return {**changes.to_json(spec), "rules": [rule_to_json(rule) for rule in spec.rules]}


def from_json(data: dict[str, Any]) -> RefactoringSpec:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    change = changes.from_json(data)
    rules = tuple(rule_from_json(rule) for rule in data["rules"])
    return RefactoringSpec(change.repository, change.probe, change.reference, change.editable, rules)
