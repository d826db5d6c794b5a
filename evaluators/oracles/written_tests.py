"""What is asked of someone who writes tests, and the implementations that their tests are tried on."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from evaluators.box.source_tree import SourceTree
from evaluators.projects import repository as repositories
from evaluators.projects import variants
from evaluators.projects.edits import apply_edits, matches, parse_edits, with_texts
from evaluators.projects.equivalents import near_equivalents
from evaluators.projects.repository import Repository
from evaluators.projects.variants import Variant, varied

ENTRY = "run_tests"
THRESHOLD = 0.8
"""Share of the mutants to be killed unless the spec says otherwise."""
NEAR = 4
"""Equivalents that are made besides the spec's own."""


@dataclass(frozen=True)
class WrittenTestsSpec:
    """Tests to write for a repository that is right as it is.

    test_files: globs of the files that hold tests; every .c file among them is compiled, and together they define
      `int run_tests(void)`, which returns 0 when all is well. mutants: known-bad versions, to be told from right ones.
    equivalents: other right versions: tests that recognise code instead of checking what it does fail on them.
    reference: our own answer. threshold: share of the mutants to be killed. answer: "edits", or "file" for the C of
      the one file that `test_files` then names.
    Raises ValueError without mutants or equivalents, and for a threshold outside (0, 1].
    """

    type: ClassVar[str] = "tests"
    repository: Repository
    test_files: tuple[str, ...]
    mutants: tuple[Variant, ...]
    equivalents: tuple[Variant, ...]
    reference: str
    threshold: float = THRESHOLD
    answer: Literal["edits", "file"] = "edits"

    def __post_init__(self) -> None:
        if not self.mutants or not self.equivalents or not 0 < self.threshold <= 1:
            raise ValueError("tests are judged by mutants, equivalents and a threshold in (0, 1]")
        if self.answer == "file" and (len(self.test_files) != 1 or "*" in self.test_files[0]):
            raise ValueError(f"an answer that is a file needs its one path: {self.test_files}")
        for variant in (*self.mutants, *self.equivalents):
            varied(self.repository, variant)

    @property
    def sha256(self) -> str:
        return _hash({**to_json(self), "mutants": None, "equivalents": None, "reference": None})

    @property
    def oracle_sha256(self) -> str:
        return _hash(to_json(self))


def implementations(spec: WrittenTestsSpec, seed: int) -> dict[str, Repository]:
    """By name: "" is the reference, then equivalents and mutants as "equivalent NAME" and "mutant NAME".

    Among the equivalents are some, chosen by `seed`, whose code is as near to the reference's as a mutant's.
    """
    near = near_equivalents(spec.repository, random.Random(f"{seed}:{spec.oracle_sha256}"), NEAR)
    named = {"": spec.repository}
    named |= {f"equivalent {v.name}": varied(spec.repository, v) for v in (*spec.equivalents, *near)}
    named |= {f"mutant {v.name}": varied(spec.repository, v) for v in spec.mutants}
    return named


def implementation_tree(spec: WrittenTestsSpec, repository: Repository) -> SourceTree:
    """The units, without tests."""
    units = tuple(unit for unit in repository.units if not matches(unit, spec.test_files))
    return SourceTree(repository.tree().files, units, repository.include)


def tests_tree(spec: WrittenTestsSpec, answer: str) -> SourceTree:
    """The test files and the headers that they see; of what they define only `run_tests` is seen from outside.

    Raises EditError for an answer that cannot be read or that changes other files than tests.
    """
    if spec.answer == "file":
        after = with_texts(spec.repository, {**spec.repository.texts, spec.test_files[0]: answer})
    else:
        after = apply_edits(spec.repository, parse_edits(answer), spec.test_files)
    tests = tuple((path, text) for path, text in after.files if matches(path, spec.test_files))
    headers = tuple((path, text) for path, text in after.headers() if not matches(path, spec.test_files))
    units = tuple(path for path, _ in tests if path.endswith(".c"))
    return SourceTree((*tests, *headers), units, after.include, exports=(ENTRY,))


def to_json(spec: WrittenTestsSpec) -> dict[str, Any]:
    return {
        "repository": repositories.to_json(spec.repository),
        "test_files": list(spec.test_files),
        "mutants": variants.to_json(spec.mutants),
        "equivalents": variants.to_json(spec.equivalents),
        "reference": spec.reference,
        "threshold": spec.threshold,
        "answer": spec.answer,
    }


def from_json(data: dict[str, Any]) -> WrittenTestsSpec:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    return WrittenTestsSpec(
        repositories.from_json(data["repository"]),
        tuple(data["test_files"]),
        variants.from_json(data["mutants"]),
        variants.from_json(data["equivalents"]),
        data["reference"],
        float(data.get("threshold", THRESHOLD)),
        data.get("answer", "edits"),
    )


def _hash(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
