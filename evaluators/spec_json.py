"""Specs of every type as JSON documents.

A document's "type" names the module that reads it: one with `to_json(spec)` and `from_json(document)`. A document
without a type is a function's: ids of tasks are hashes of such documents.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from evaluators import spec as functions
from evaluators.oracles.protocol import Spec
from evaluators.spec import FunctionSpec

MODULES = {
    "documentation": "evaluators.oracles.documentation",
    "judgment": "evaluators.oracles.judgment",
    "performance": "evaluators.oracles.performance",
    "refactoring": "evaluators.oracles.refactoring",
    "repository": "evaluators.oracles.repository",
    "suite": "evaluators.oracles.suite_spec",
    "tests": "evaluators.oracles.written_tests",
}
"""Type -> the module of its spec; imported when the first document of that type is met."""


def spec_to_json(spec: Spec) -> dict[str, Any]:
    """Plain JSON of a spec. Raises ValueError for a type that is not known."""
    if isinstance(spec, FunctionSpec):
        return functions.to_json(spec)
    return {"type": spec.type, **_module(spec.type).to_json(spec)}


def spec_from_json(document: dict[str, Any]) -> Spec:
    """Inverse of `spec_to_json`. Raises ValueError, KeyError or TypeError on a malformed document."""
    fields = {name: value for name, value in document.items() if name != "type"}
    kind = document.get("type", FunctionSpec.type)
    if kind == FunctionSpec.type:
        return functions.from_json(fields)
    spec: Spec = _module(kind).from_json(fields)
    return spec


def _module(kind: str) -> ModuleType:
    if kind not in MODULES:
        raise ValueError(f"no type of task is called '{kind}': {', '.join(['function', *sorted(MODULES)])}")
    return importlib.import_module(MODULES[kind])
