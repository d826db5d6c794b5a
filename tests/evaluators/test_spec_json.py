"""Specs of every type in JSON: what comes back is what went in, and functions stay as they always were."""

from __future__ import annotations

import importlib
import json

import pytest

from evaluators import spec as functions
from evaluators.oracles.registry import ORACLES
from evaluators.spec import FunctionSpec
from evaluators.spec_json import MODULES, spec_from_json, spec_to_json
from tests.support.repositories import TASKS


@pytest.mark.parametrize("name", TASKS)
def test_a_repositorys_task_survives_json(name: str) -> None:
    spec = TASKS[name]
    document = json.loads(json.dumps(spec_to_json(spec)))
    assert document["type"] == spec.type
    again = spec_from_json(document)
    assert again == spec and type(again) is type(spec)
    assert (again.sha256, again.oracle_sha256) == (spec.sha256, spec.oracle_sha256)


def test_a_functions_document_has_no_type_and_needs_none(sum_spec: FunctionSpec) -> None:
    document = spec_to_json(sum_spec)
    assert document == functions.to_json(sum_spec) and "type" not in document
    assert spec_from_json(document) == sum_spec
    assert spec_from_json({"type": "function", **document}) == sum_spec


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(ValueError, match="no type of task is called 'riddle'"):
        spec_from_json({"type": "riddle"})


def test_every_type_that_has_an_oracle_has_documents() -> None:
    assert {*MODULES, "function"} == set(ORACLES)
    for module in MODULES.values():
        assert importlib.import_module(module).to_json and importlib.import_module(module).from_json
