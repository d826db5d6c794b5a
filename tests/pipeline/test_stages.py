"""Every stage keeps what the Protocol promises."""

from __future__ import annotations

import pytest

from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.stage import EACH_LINE, Call, Stage
from loop.pipeline.stages import ALL, stage_of
from loop.stage_names import STAGES
from loop.tasks.task import Task
from tests.support.project_tasks import PLENTY, TASKS

TIGHT = Room(600, len)


def asked(stage: Stage, task: Task, room: Room = PLENTY) -> list[Call]:
    known = reference_findings(task)
    return [call for turn in range(stage.rounds) for call in stage.calls(task, known, turn, room)]


def test_there_is_one_stage_a_name_in_the_order_of_asking() -> None:
    assert tuple(stage.name for stage in ALL) == STAGES
    assert all(stage_of(name).name == name for name in STAGES)


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.name)
def test_calls_are_told_apart_and_the_same_every_time(stage: Stage) -> None:
    for task in TASKS:
        calls = asked(stage, task)
        assert calls == asked(stage, task)
        assert len({call.id for call in calls}) == len({(call.kind, call.item) for call in calls}) == len(calls)
        assert {(call.task_id, call.stage) for call in calls} <= {(task.id, stage.name)}


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.name)
def test_a_label_is_an_answer_and_is_read_as_itself(stage: Stage) -> None:
    for call in (call for task in TASKS for call in asked(stage, task) if call.label is not None):
        assert stage.read(call, call.label).value == call.label
        assert not call.options or call.label in call.options
        assert call.positive in ("", EACH_LINE, *call.options)


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.name)
def test_every_choice_has_a_careful_answer_which_is_what_an_unreadable_one_counts_as(stage: Stage) -> None:
    for task in TASKS:
        for call in (call for call in asked(stage, task) if call.options):
            assert call.careful in call.options
            known = reference_findings(task)
            unread = stage.conclude(task, known, {call: stage.read(call, "perhaps")})
            assert unread == stage.conclude(task, known, {call: stage.read(call, call.careful)})


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.name)
def test_request_and_question_are_never_left_out(stage: Stage) -> None:
    for task in TASKS:
        for call, whole in zip(asked(stage, task, TIGHT), asked(stage, task), strict=True):
            assert task.prompt in call.prompt
            assert call.prompt.split("\n")[-1] == whole.prompt.split("\n")[-1]
            assert bool(call.dropped) == (call.prompt != whole.prompt)
            assert not whole.dropped
