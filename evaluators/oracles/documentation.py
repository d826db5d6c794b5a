"""Documentation: comments change, the compiled code does not, and each public symbol is documented.

That the code stays is shown twice: file by file the tokens besides comments are equal, and the project's units, built
in the box before and after with line numbers held still, give the same object byte for byte. Every C file is compared,
also those that are no units. What a comment must say is in `evaluators.text.documented`; more is not
judged.
Documentation stands before a declaration in a public header: a comment behind it (`int x; /* ... */`) does not count.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from evaluators.box.workshop import Workshop
from evaluators.errors import ReferenceBroken
from evaluators.oracles.protocol import Setting
from evaluators.projects import repository as repositories
from evaluators.projects.edits import EditError, apply_edits, parse_edits, render_edits
from evaluators.projects.repository import Repository
from evaluators.text.comments import code_tokens, first_difference
from evaluators.text.declarations import declarations
from evaluators.text.documented import undocumented
from evaluators.verdict import EVIDENCE, Kind, OracleClass, Verdict

WORDS = 4
"""Words that a comment must have unless the spec says otherwise."""
BUILD = "lineless"
_C = (".c", ".h", ".inc", ".def")


@dataclass(frozen=True)
class DocumentationSpec:
    """A repository to document.

    headers: its public ones. symbols: names declared there that need a comment; () for all of them.
    words: that each comment must have at least. reference: our own edits. editable: globs of files that may be changed.
    Raises ValueError for headers that the repository does not have.
    """

    type: ClassVar[str] = "documentation"
    repository: Repository
    headers: tuple[str, ...]
    reference: str
    symbols: tuple[str, ...] = ()
    words: int = WORDS
    editable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.headers or set(self.headers) - self.repository.texts.keys():
            raise ValueError(f"public headers must be files of the repository: {self.headers}")

    @property
    def sha256(self) -> str:
        return _hash({**to_json(self), "reference": None})

    @property
    def oracle_sha256(self) -> str:
        return _hash(to_json(self))


@dataclass(frozen=True)
class DocumentationExam:
    """compiled: what the repository's units give before anything is documented."""

    spec: DocumentationSpec
    compiled: bytes


class DocumentationOracle:
    """Answers are edits (`evaluators.projects.edits`). Their code is compiled, never run."""

    oracle_class: OracleClass = "A"
    executes = True

    def prepare(self, spec: DocumentationSpec, setting: Setting, workshop: Workshop) -> DocumentationExam:
        compiled, failure = workshop.build(spec.repository.tree(), BUILD)
        if failure:
            raise ReferenceBroken(f"the repository to document does not compile: {failure.evidence}")
        exam = DocumentationExam(spec, compiled)
        verdict = self.grade(exam, spec.reference, workshop, alone=True)
        if not verdict.passed:
            raise ReferenceBroken(f"the reference's documentation fails: {verdict.evidence}")
        return exam

    def grade(self, exam: DocumentationExam, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        spec = exam.spec
        try:
            after = apply_edits(spec.repository, parse_edits(answer), spec.editable)
        except EditError as error:
            return Verdict(Kind.FORMAT_ERROR, error.reason[:EVIDENCE])
        if change := changed_code(spec.repository, after):
            return Verdict(Kind.WRONG_ANSWER, change[:EVIDENCE])
        compiled, failure = workshop.build(after.tree(), BUILD)
        if failure:
            return failure
        if compiled != exam.compiled:
            return Verdict(Kind.WRONG_ANSWER, "the compiled code changes, though no token does")
        declared = [d for header in spec.headers for d in declarations(after.texts[header])]
        if problem := undocumented(declared, spec.symbols, spec.words):
            return Verdict(Kind.WRONG_ANSWER, problem[:EVIDENCE])
        return Verdict(Kind.PASS)

    def normal_form(self, answer: str) -> str:
        """The edits, comments and all."""
        try:
            return render_edits(parse_edits(answer))
        except EditError:
            return answer


def changed_code(before: Repository, after: Repository) -> str:
    """The first C file whose code is not what it was; "" if comments and layout alone differ."""
    old, new = before.texts, after.texts
    if added := sorted(path for path in new.keys() - old.keys() if path.endswith(_C)):
        return f"{added[0]} is a new file of code"
    for path in sorted(path for path in old if path.endswith(_C) and old[path] != new[path]):
        if difference := first_difference(code_tokens(old[path]), code_tokens(new[path])):
            return f"the code of {path} changes: {difference}"
        if new[path].count("??/") > old[path].count("??/"):
            return f"{path} has a trigraph (??/) in a comment: to some compilers it continues the line"
    return ""


def to_json(spec: DocumentationSpec) -> dict[str, Any]:
    return {
        "repository": repositories.to_json(spec.repository),
        "headers": list(spec.headers),
        "reference": spec.reference,
        "symbols": list(spec.symbols),
        "words": spec.words,
        "editable": list(spec.editable),
    }


def from_json(data: dict[str, Any]) -> DocumentationSpec:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    return DocumentationSpec(
        repositories.from_json(data["repository"]),
        tuple(data["headers"]),
        data["reference"],
        tuple(data.get("symbols", ())),
        int(data.get("words", WORDS)),
        tuple(data.get("editable", ())),
    )


def _hash(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
