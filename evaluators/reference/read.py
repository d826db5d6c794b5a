"""A reference task as it lies in its folder: `task.toml`, the project, the solution, the hidden oracle's C.

task.toml       the request, what a competent engineer needs to see, the oracle's parameters
project/        the repository as the asker has it
solution.edits  the reference: search/replace edits of the project, the form of every answer
probe.c         includes and static functions, then the function that the oracle calls
measure.c       (performance) the same for large inputs
mutants/        (tests) NAME.edits makes a known-bad version of the project
equivalents/    (tests) NAME.edits makes another right one
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators.oracles.documentation import DocumentationSpec
from evaluators.oracles.performance import PerformanceSpec
from evaluators.oracles.protocol import Spec
from evaluators.oracles.refactoring import RefactoringSpec
from evaluators.oracles.repository import RepositorySpec
from evaluators.oracles.written_tests import THRESHOLD, WrittenTestsSpec
from evaluators.projects.edits import apply_edits, changed_files, parse_edits
from evaluators.projects.ground_truth import GroundTruth, ground_truth
from evaluators.projects.repository import Repository
from evaluators.projects.variants import Variant
from evaluators.spec import FunctionSpec, Param
from evaluators.text.structure import rule_from_json

ROOT = Path(__file__).parent
TYPES = (
    "bugfix", "bugfix-cross", "feature", "feature-module", "refactoring", "tests", "documentation", "performance",
)  # fmt: skip


@dataclass(frozen=True)
class ReferenceTask:
    """name: its folder's. type: one of `TYPES`. must, must_not: what the author says of files and symbols, which the
    labels that follow from the solution have to agree with."""

    name: str
    type: str
    title: str
    request: str
    spec: Spec
    truth: GroundTruth
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


def names() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("*/task.toml"))


@functools.cache
def reference_task(name: str) -> ReferenceTask:
    """The task in the folder `name`. Raises ValueError, KeyError or TypeError when it is not as it has to be."""
    folder = ROOT / name
    document = tomllib.loads((folder / "task.toml").read_text())
    if document["type"] not in TYPES:
        raise ValueError(f"{name}: no type of task is called '{document['type']}'")
    texts = tuple(_texts(folder / "project").items())
    before = Repository(texts, tuple(document["units"]), tuple(document.get("include", ())))
    reference = (folder / "solution.edits").read_text()
    said = {kind: document.get(kind, {}) for kind in ("files", "symbols")}
    truth = ground_truth(
        before, apply_edits(before, parse_edits(reference)), document["request"],
        useful_files=said["files"].get("should", ()), useful_symbols=said["symbols"].get("should", ()),
    )  # fmt: skip
    return ReferenceTask(
        name, document["type"], document["title"], document["request"].strip(),
        _spec(folder, document, before, reference), truth,
        must=tuple(entry for kind in said.values() for entry in kind.get("must", ())),
        must_not=tuple(entry for kind in said.values() for entry in kind.get("must_not", ())),
    )  # fmt: skip


def _spec(folder: Path, document: dict[str, Any], before: Repository, reference: str) -> Spec:
    editable = tuple(document.get("editable", ()))
    if document["type"] == "documentation":
        asked = document["documentation"]
        return DocumentationSpec(
            before, tuple(asked["headers"]), reference, tuple(asked.get("symbols", ())), asked.get("words", 4), editable
        )
    if document["type"] == "tests":
        asked = document["tests"]
        return WrittenTestsSpec(
            before, tuple(asked["test_files"]),
            _variants(before, folder / "mutants"), _variants(before, folder / "equivalents"),
            reference, asked.get("threshold", THRESHOLD), asked.get("answer", "edits"),
        )  # fmt: skip
    probe = _function(folder / "probe.c", document["probe"])
    if document["type"] == "refactoring":
        rules = tuple(rule_from_json(rule) for rule in document["rules"])
        return RefactoringSpec(before, probe, reference, editable, rules)
    if document["type"] == "performance":
        asked = document["measure"]
        measure = _function(folder / "measure.c", asked)
        return PerformanceSpec(before, probe, reference, editable, measure=measure, factor=asked["factor"])
    return RepositorySpec(before, probe, reference, editable)


def _function(path: Path, asked: dict[str, Any]) -> FunctionSpec:
    """The C of the file up to the line `// probe` is the prelude, the rest the function that is called."""
    prelude, line, function = path.read_text().partition("// probe\n")
    if not line:
        raise ValueError(f"{path.name} has no line '// probe' above the function that is called")
    params = tuple(
        Param(**{**p, **{key: _tuples(p[key]) for key in ("shape", "fields") if key in p}}) for p in asked["params"]
    )
    cases = tuple(tuple(_argument(value) for value in case) for case in asked.get("edge_cases", ()))
    return FunctionSpec(asked["name"], asked["returns"], params, function, prelude, cases)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _argument(value: Any) -> Any:
    return value.encode("latin-1") if isinstance(value, str) else _tuples(value)


def _texts(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def _variants(repository: Repository, folder: Path) -> tuple[Variant, ...]:
    found = []
    for path in sorted(folder.glob("*.edits")):
        after = apply_edits(repository, parse_edits(path.read_text()))
        files = ((name, after.texts[name]) for name in changed_files(repository, after))
        found.append(Variant(path.stem, tuple(files)))
    return tuple(found)
