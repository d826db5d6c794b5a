"""The reference tasks as a pack: sixteen requests on real projects, all of them for the audit, none for practice."""

from __future__ import annotations

from evaluators.reference.read import ReferenceTask, names, reference_task
from loop.errors import PackError
from loop.tasks.task import Pack, Task

NAME = "reference"


def reference_pack() -> Pack:
    """All reference tasks. A family is a type of task, so that scores are compared type by type.

    Raises PackError when a task's folder cannot be read.
    """
    return Pack(NAME, tuple(_task(name) for name in names()))


def _task(name: str) -> Task:
    try:
        found = reference_task(name)
    except (OSError, KeyError, TypeError, ValueError) as error:
        what = f"the reference task '{name}' cannot be read: {type(error).__name__}: {error}"
        raise PackError(what, fix="evaluators/reference/read.py says what its folder holds") from error
    return _asked(found)


def _asked(found: ReferenceTask) -> Task:
    return Task(
        NAME, found.type, "audit", (found.name,), found.request, found.spec, type=found.type, truth=found.truth
    )  # fmt: skip
