"""What a stage builds on: the task's repository, what the reference shows of it, and the right answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.projects.code_map import CodeMap, Symbol, code_map
from evaluators.projects.repository import Repository
from loop.errors import PackError
from loop.pipeline.reading import lines_of
from loop.pipeline.stage import Findings

if TYPE_CHECKING:
    from loop.tasks.task import Task


def repository_of(task: Task) -> Repository:
    """Of a task on a project. Raises PackError for one that has labels and no repository."""
    found = getattr(task.spec, "repository", None)
    if not isinstance(found, Repository):
        raise PackError(f"task {task.id} has labels, but its spec has no repository", fix="correct the pack")
    return found


def map_of(task: Task) -> CodeMap:
    return code_map(repository_of(task))


def reference_findings(task: Task) -> Findings:
    """What every stage would find if it were right: each stage judged alone is given this."""
    truth = task.truth
    if truth is None:
        return Findings()
    reference = getattr(task.spec, "reference", None)
    return Findings(truth.route, truth.files, truth.parts, truth.points, truth.dependencies, reference)


def symbols_in_scope(task: Task, known: Findings) -> tuple[Symbol, ...]:
    """The symbols that the files in scope define, in the order of the files."""
    return tuple(symbol for symbol in map_of(task).symbols if symbol.file in (known.files or ()))


def shown_symbols(task: Task, known: Findings) -> tuple[tuple[Symbol, str], ...]:
    """(symbol, its part) of those that are not excluded."""
    parts = known.parts or {}
    found = ((symbol, parts.get(symbol.id, "excluded")) for symbol in map_of(task).symbols)
    return tuple((symbol, part) for symbol, part in found if part != "excluded")


def scope_label(task: Task, path: str) -> str | None:
    if task.truth is None or path in task.truth.useful_files:
        return None
    return "yes" if path in task.truth.files else "no"


def precision_label(task: Task, symbol: str) -> str | None:
    if task.truth is None or symbol in task.truth.useful_symbols:
        return None
    return task.truth.parts.get(symbol)


def points_label(task: Task) -> str | None:
    return lines_of(task.truth.points) if task.truth else None


def depends_label(task: Task, b: str, a: str) -> str | None:
    """None when one of them is nothing that the reference changes."""
    if task.truth is None or not {b, a} <= set(task.truth.points):
        return None
    return "yes" if (b, a) in task.truth.dependencies else "no"
