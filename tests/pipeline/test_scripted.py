"""Models whose scores are known beforehand: right everywhere, silent, and saying yes to everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from evaluators.oracles.judgment import JudgmentSpec
from loop.errors import PackError
from loop.pipeline.findings import reference_findings
from loop.pipeline.measures import Measures, measures
from loop.pipeline.scripted import Model, empty, lazy, perfect
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.stage_names import STAGES, StageName
from loop.tasks.reference import reference_pack
from loop.tasks.task import Task
from tests.support.project_tasks import FUNCTION, PLENTY, PROJECTS

SETS: dict[str, Callable[[], Sequence[Task]]] = {"small": lambda: PROJECTS, "reference": lambda: reference_pack().tasks}
JUDGED = tuple(stage for stage in STAGES if stage != "implementation")


def alone(stage: StageName, tasks: Sequence[Task], model: Model) -> Measures:
    """The stage judged by itself, given what the reference shows."""
    asked = stage_of(stage)
    calls = [
        call
        for task in tasks
        for turn in range(asked.rounds)
        for call in asked.calls(task, reference_findings(task), turn, PLENTY)
    ]
    return measures(
        (call.label, asked.read(call, model(call)).value, call.positive) for call in calls if call.label is not None
    )


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("stage", JUDGED)
def test_who_is_right_scores_one_in_every_stage(stage: StageName, which: str) -> None:
    tasks = SETS[which]()
    found = alone(stage, tasks, perfect(tasks))
    assert found == Measures(found.n, 1.0, 1.0, 1.0, 1.0, 0)
    assert found.n >= len(tasks)


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("stage", JUDGED)
def test_silence_is_a_format_error_everywhere(stage: StageName, which: str) -> None:
    found = alone(stage, SETS[which](), empty)
    assert (found.accuracy, found.recall, found.format_errors) == (0.0, 0.0, found.n)


@pytest.mark.parametrize("which", SETS)
def test_who_says_yes_to_everything_is_caught_by_precision(which: str) -> None:
    found = alone("scope", SETS[which](), lazy)
    assert found.recall == 1.0
    assert found.precision == found.accuracy
    assert (found.precision or 1.0) < 0.6
    assert (alone("precision", SETS[which](), lazy).precision or 0.0) < 0.2
    assert (alone("planning", SETS[which](), lazy).precision or 0.0) < 0.5
    assert (alone("routing", SETS[which](), lazy).precision or 0.0) < 0.5


@pytest.mark.parametrize(
    "task", [FUNCTION, *PROJECTS, *reference_pack().tasks], ids=lambda task: task.composition[0][:16]
)
def test_only_the_reference_can_be_read_as_an_implementation(task: Task) -> None:
    stage = stage_of("implementation")
    (call,) = stage.calls(task, reference_findings(task), 0, PLENTY)
    assert stage.read(call, perfect([task])(call)).value is not None
    assert stage.read(call, empty(call)).value is stage.read(call, lazy(call)).value is None


def test_what_is_only_useful_is_passed_over() -> None:
    call = Call("", "scope", "a.c", "?", options=("yes", "no"))
    assert perfect([])(call) == "no"
    assert lazy(call) == "yes"
    assert lazy(replace(call, options=("primary", "excluded"))) == "primary"


def test_a_task_without_a_reference_is_a_broken_pack() -> None:
    judgment = JudgmentSpec("question", ("yes", "no"), "yes")
    with pytest.raises(PackError, match="has no reference"):
        perfect([replace(FUNCTION, spec=judgment)])
