"""The chain goes through the stages in lockstep; each builds on what the ones before it found."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from evaluators.oracles.session import Oracles
from evaluators.projects.edits import apply_edits, parse_edits
from evaluators.verdict import Kind
from loop.pipeline.budget import Room
from loop.pipeline.chain import Attempt, run_chain
from loop.pipeline.scripted import Model, answered_by, empty, lazy, perfect
from loop.pipeline.stage import Call
from loop.stage_names import StageName
from loop.tasks.reference import reference_pack
from loop.tasks.task import Task
from tests.support.project_tasks import CROSS, FIX, FUNCTION, MODULE, PEEK, PLENTY, TASKS, TESTS, TIDY

EVERYTHING = (*TASKS, *reference_pack().tasks)


def run(tasks: Sequence[Task], model: Model, room: Room = PLENTY) -> list[Attempt]:
    return run_chain(tasks, answered_by(model), lambda stage: room)


def routed(task: Task, route: str) -> Model:
    """Right everywhere but for the route."""
    right = perfect([task])
    return lambda call: route if call.stage == "routing" else right(call)


@functools.cache
def right_attempts() -> dict[str, Attempt]:
    return {attempt.task.id: attempt for attempt in run(EVERYTHING, perfect(EVERYTHING))}


@pytest.mark.parametrize("task", EVERYTHING, ids=lambda task: task.composition[0][:16])
def test_who_is_right_in_every_stage_writes_the_reference(task: Task) -> None:
    attempt = right_attempts()[task.id]
    spec = task.spec
    assert (attempt.broke_at, attempt.answer is None) == ("", False)
    assert all(e.reading.value == e.call.label for e in attempt.exchanges if e.call.label is not None)
    if attempt.calls[-1].kind == "edits":
        before = spec.repository  # type: ignore[attr-defined]
        written, right = (parse_edits(text) for text in (attempt.answer, spec.reference))  # type: ignore[attr-defined]
        assert apply_edits(before, written) == apply_edits(before, right)
    else:
        assert attempt.answer == spec.reference.strip() + "\n"  # type: ignore[attr-defined]


def test_what_a_right_chain_writes_passes_the_oracle_and_silence_does_not(oracle: Oracles) -> None:
    tasks = (FIX, TESTS, FUNCTION)
    jobs = [(a.task.prompt, a.task.spec, a.answer or "") for a in run(tasks, perfect(tasks))]
    assert {verdict.kind for _, verdict in oracle.grade_many(jobs)} == {Kind.PASS}
    assert [attempt.answer for attempt in run(tasks, empty)] == [None, None, None]


def test_stages_are_asked_in_their_order_and_all_tasks_at_once() -> None:
    model, rounds = perfect(TASKS), list[tuple[StageName, set[str]]]()

    def answer(stage: StageName, calls: Sequence[Call]) -> Mapping[Call, str]:
        assert {call.stage for call in calls} == {stage}
        rounds.append((stage, {call.task_id for call in calls}))
        return {call: model(call) for call in calls}

    run_chain(TASKS, answer, lambda stage: PLENTY)
    assert [stage for stage, _ in rounds] == ["routing", "scope", "precision", "planning", "planning", "implementation"]
    assert rounds[-1][1] == {task.id for task in TASKS}


def test_a_route_skips_stages() -> None:
    (attempt,) = run([CROSS], routed(CROSS, "scope"))
    assert {call.stage for call in attempt.calls} == {"routing", "scope", "implementation"}
    assert set((attempt.findings.parts or {}).values()) == {"primary"}
    assert attempt.findings.points is None
    (attempt,) = run([TIDY], routed(TIDY, "implementation"))
    assert [call.stage for call in attempt.calls] == ["routing", "implementation"]
    assert "int window_largest(" in attempt.calls[-1].prompt


def test_a_later_stage_sees_what_an_earlier_one_found_and_not_what_is_right() -> None:
    right = perfect([FIX])

    def model(call: Call) -> str:
        return "yes" if call.item == "src/window.c" else "no" if call.stage == "scope" else right(call)

    (attempt,) = run([FIX], model)
    judged = [call for call in attempt.calls if call.stage == "precision"]
    assert [call.item for call in judged] == [
        "src/window.c:window_add", "src/window.c:window_largest", "src/window.c:window_smallest",
    ]  # fmt: skip
    assert {call.label for call in judged} == {"excluded"}


def test_points_that_the_reference_does_not_know_have_pairs_without_labels() -> None:
    right = perfect([CROSS])

    def model(call: Call) -> str:
        return f"{call.label}\nsrc/ini.c: is_section" if call.kind == "points" else right(call)

    (attempt,) = run([CROSS], model)
    labels = {call.item: call.label for call in attempt.calls if call.kind == "depends"}
    assert len(labels) == 6
    assert [item for item, label in labels.items() if label is None] == [
        item for item in labels if "is_section" in item
    ]


def test_silence_breaks_the_chain_where_nothing_is_left_to_go_on_with() -> None:
    attempts = run([CROSS, FUNCTION], empty)
    assert [attempt.broke_at for attempt in attempts] == ["planning", "implementation"]
    assert attempts[0].findings.route == "planning"
    assert attempts[0].findings.files == ()
    assert not any(exchange.reading.value for attempt in attempts for exchange in attempt.exchanges)


def test_no_file_in_scope_breaks_it_unless_a_plan_may_name_one() -> None:
    for route, broke_at in (("scope", "scope"), ("precision", "scope"), ("planning", "")):
        right = routed(MODULE, route)
        (attempt,) = run([MODULE], lambda call, right=right: "no" if call.stage == "scope" else right(call))
        assert attempt.broke_at == broke_at


def test_a_route_that_wants_a_name_breaks_where_the_request_has_none() -> None:
    (attempt,) = run([FIX], routed(FIX, "implementation"))
    assert attempt.broke_at == ""  # it speaks of the ring, and so is the type called
    task = replace(FIX, prompt="Something is overwritten.")
    (attempt,) = run([task], routed(task, "implementation"))
    assert (attempt.broke_at, len(attempt.calls)) == ("routing", 1)


def test_an_answer_that_cannot_be_read_breaks_it_at_the_end() -> None:
    right = perfect([PEEK])
    (attempt,) = run([PEEK], lambda call: "done" if call.stage == "implementation" else right(call))
    assert (attempt.broke_at, attempt.answer) == ("implementation", None)
    assert "no edits" in attempt.exchanges[-1].reading.problem


def test_a_prompt_that_there_is_no_room_for_is_not_put() -> None:
    right = perfect([CROSS])
    rooms = {"implementation": Room(100, len)}
    (attempt,) = run_chain([CROSS], answered_by(right), lambda stage: rooms.get(stage, PLENTY))
    assert attempt.broke_at == "implementation"
    assert "implementation" not in {call.stage for call in attempt.calls}
    last = attempt.exchanges[-1]
    assert (last.call.stage, last.text) == ("implementation", None)
    assert "there is room for 100" in last.reading.problem


def test_the_same_task_twice_is_asked_once_and_attempted_twice() -> None:
    asked = list[Call]()

    def model(call: Call) -> str:
        asked.append(call)
        return perfect([FIX])(call)

    first, second = run([FIX, FIX], model)
    assert first == second
    assert len(asked) == len(set(asked)) == len(first.calls)


def test_a_caller_that_leaves_a_call_out_is_told() -> None:
    with pytest.raises(KeyError):
        run_chain([FIX], lambda stage, calls: {}, lambda stage: PLENTY)


def test_who_says_yes_to_everything_writes_nothing() -> None:
    assert [attempt.answer for attempt in run(EVERYTHING, lazy)] == [None] * len(EVERYTHING)
