"""Class A: a change to a small repository, written as edits, is right when a hidden probe sees it behave as ours does.

Bug fixes and features, in one file or across several, in an existing module or in a new one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from evaluators import spec as functions
from evaluators.box.workshop import Workshop
from evaluators.errors import ReferenceBroken
from evaluators.oracles.behaviour import Exam, grade_behaviour, make_exam
from evaluators.oracles.protocol import Setting
from evaluators.projects import repository as repositories
from evaluators.projects.edits import EditError, apply_edits, parse_edits, render_edits
from evaluators.projects.probe import header_tricks, probed_tree
from evaluators.projects.repository import Repository
from evaluators.spec import FunctionSpec
from evaluators.verdict import EVIDENCE, Kind, OracleClass, Verdict


@dataclass(frozen=True)
class RepositorySpec:
    """A repository to change.

    repository: as the asker has it: with the bug, without the feature. Trusted, as are its own files.
    probe: what is observed of the changed one. Its `prelude` holds includes and static functions, its `reference` the
      C of the function that is called; parameters, domains and edge cases are those of any function. It reports what
      the project's functions do and never judges: comparisons inside the box are what a candidate could cheat.
    reference: our own edits. editable: globs of the files that an answer may change or make; () for all of them.
    """

    type: ClassVar[str] = "repository"
    repository: Repository
    probe: FunctionSpec
    reference: str
    editable: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The probe is no part of the question."""
        return _hash({**self.document(), "type": self.type, "probe": None})

    @property
    def oracle_sha256(self) -> str:
        return _hash({**self.document(), "type": self.type})

    def document(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return to_json(self)


@dataclass(frozen=True)
class RepositoryExam:
    """changed: the repository with our edits. behaviour: the probe's exam, as our edits pass it."""

    spec: RepositorySpec
    changed: Repository
    behaviour: Exam


class RepositoryOracle:
    """Answers are edits (`evaluators.projects.edits`)."""

    oracle_class: OracleClass = "A"
    executes = True

    def prepare(self, spec: RepositorySpec, setting: Setting, workshop: Workshop) -> RepositoryExam:
        changed = reference_of(spec)
        tree = probed_tree(changed, spec.probe, (spec.repository, changed))
        return RepositoryExam(spec, changed, make_exam(spec.probe, tree, setting, workshop))

    def grade(self, exam: RepositoryExam, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        try:
            after = apply_edits(exam.spec.repository, parse_edits(answer), exam.spec.editable)
        except EditError as error:
            return Verdict(Kind.FORMAT_ERROR, error.reason[:EVIDENCE], cases_total=len(exam.behaviour.cases))
        return grade_change(exam, after, workshop, alone=alone)

    def normal_form(self, answer: str) -> str:
        """The edits without what stands around them; an answer without edits is its own normal form."""
        try:
            return render_edits(parse_edits(answer))
        except EditError:
            return answer


def reference_of(spec: RepositorySpec) -> Repository:
    """The repository with our own edits. Raises ReferenceBroken when they do not apply."""
    try:
        return apply_edits(spec.repository, parse_edits(spec.reference), spec.editable)
    except EditError as error:
        raise ReferenceBroken(f"the reference of '{spec.probe.name}' cannot be applied: {error.reason}") from error


def grade_change(exam: RepositoryExam, after: Repository, workshop: Workshop, *, alone: bool) -> Verdict:
    """How a changed repository behaves. Raises GraderFault and, unless `alone`, Slow."""
    spec = exam.spec
    if trick := header_tricks(spec.repository, after, exam.changed, spec.probe):
        return Verdict(Kind.TAMPER, trick[:EVIDENCE], cases_total=len(exam.behaviour.cases))
    tree = probed_tree(after, spec.probe, (spec.repository, exam.changed))
    return grade_behaviour(exam.behaviour, tree, workshop, alone=alone, given=spec.repository.texts)


def to_json(spec: RepositorySpec) -> dict[str, Any]:
    return {
        "repository": repositories.to_json(spec.repository),
        "probe": functions.to_json(spec.probe),
        "reference": spec.reference,
        "editable": list(spec.editable),
    }


def from_json(data: dict[str, Any]) -> RepositorySpec:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    return RepositorySpec(
        repositories.from_json(data["repository"]),
        functions.from_json(data["probe"]),
        data["reference"],
        tuple(data.get("editable", ())),
    )


def _hash(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
