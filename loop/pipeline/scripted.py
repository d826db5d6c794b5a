"""Models that are scripts: one that is always right, one that says nothing, one that says yes to everything.

What they score is known beforehand, so they show whether the stages, their labels and their measures are right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from evaluators.projects.repository import Repository
from loop.errors import PackError
from loop.pipeline.stage import Call
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.pipeline.chain import Answer
    from loop.tasks.task import Task

Model = Callable[[Call], str]


def perfect(tasks: Sequence[Task]) -> Model:
    """Answers from the references of these tasks; "no" or "excluded" where either answer is right, and to questions
    that a right chain does not come to. Raises PackError for a task without a reference."""
    references = {task.id: _reference(task) for task in tasks}

    def model(call: Call) -> str:
        if call.stage == "implementation":
            return references[call.task_id]
        return call.label if call.label is not None else call.options[-1]

    return model


def empty(call: Call) -> str:
    """Says nothing."""
    return ""


def lazy(call: Call) -> str:
    """Yes to every question, the first option of every choice, nothing where there are none."""
    return next((option for option in call.options if option == "yes"), next(iter(call.options), ""))


def answered_by(model: Model) -> Answer:
    """The model as a chain asks it."""

    def answer(stage: StageName, calls: Sequence[Call]) -> Mapping[Call, str]:
        return {call: model(call) for call in calls}

    return answer


def _reference(task: Task) -> str:
    """What a faultless model writes: edits for a project, one ```c block for C."""
    reference = getattr(task.spec, "reference", None)
    if not isinstance(reference, str):
        raise PackError(f"task {task.id} has no reference to answer from", fix="correct the pack")
    is_project = isinstance(getattr(task.spec, "repository", None), Repository)
    if is_project and getattr(task.spec, "answer", "edits") == "edits":
        return reference
    return f"```c\n{reference.strip()}\n```"
