"""The pack of reference tasks: for the audit alone, each with its labels, a family for each type."""

from __future__ import annotations

import pytest

from evaluators.reference.read import TYPES, names
from evaluators.spec_json import spec_from_json, spec_to_json
from loop.errors import PackError
from loop.tasks.pack import BUILT_IN, load_pack
from loop.tasks.reference import reference_pack


def test_every_folder_is_a_task_of_the_audit_and_none_is_practised() -> None:
    pack = load_pack("reference")
    assert sorted(part for task in pack.tasks for part in task.composition) == names()
    assert pack.split("audit") == pack.tasks
    assert len({task.id for task in pack.tasks}) == len(pack.tasks) > 0


def test_a_family_is_a_type_of_task() -> None:
    for task in load_pack("reference").tasks:
        assert task.family == task.type
        assert task.type in TYPES


def test_every_task_has_labels_for_the_project_that_its_spec_holds() -> None:
    for task in load_pack("reference").tasks:
        assert task.truth is not None
        assert set(task.truth.files) <= set(task.spec.repository.texts)


def test_the_specs_survive_json() -> None:
    for task in load_pack("reference").tasks:
        assert spec_from_json(spec_to_json(task.spec)) == task.spec


def test_a_folder_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop.tasks.reference.names", lambda: ["no_such_task"])
    with pytest.raises(PackError, match="no_such_task"):
        reference_pack()


def test_an_unknown_pack_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(PackError) as caught:
        load_pack("references")
    assert all(name in caught.value.fix for name in BUILT_IN)
