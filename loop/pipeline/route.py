"""What a task's route means: which stages are asked, and what stands for the findings of those that are not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from evaluators.projects.code_map import Symbol
from evaluators.projects.ground_truth import Part, Route
from loop.pipeline.findings import map_of, reference_findings, symbols_in_scope
from loop.pipeline.stage import Findings
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.tasks.task import Task

_ASKED: dict[Route, tuple[StageName, ...]] = {
    "implementation": ("routing", "implementation"),
    "scope": ("routing", "scope", "implementation"),
    "precision": ("routing", "scope", "precision", "implementation"),
    "planning": ("routing", "scope", "precision", "planning", "implementation"),
}


def is_asked(route: Route | None, stage: StageName) -> bool:
    """Whether a task on this route comes to the stage; before there is a route it comes to all."""
    return stage in _ASKED[route or "planning"]


def without(task: Task, known: Findings, stage: StageName) -> Findings:
    """What is known when the stage is passed over.

    Without scope, the files and symbols that the request names are what changes. Without precision, every symbol in
    scope is. Without planning nothing more is known.
    """
    if stage == "scope":
        return _named(task, known)
    if stage == "precision" and known.parts is None:
        return replace(known, parts=_primary(symbols_in_scope(task, known)))
    return known


def right_findings(task: Task) -> Findings:
    """What a chain that makes no mistake has found when it comes to the implementation: of the stages that the task's
    route passes over, what stands for them. So the implementation judged alone sees the prompts of the chain."""
    right = reference_findings(task)
    known = Findings(route=right.route)
    if right.route is None:
        return known
    found: dict[StageName, Findings] = {
        "scope": Findings(files=right.files),
        "precision": Findings(parts=right.parts),
        "planning": Findings(points=right.points, dependencies=right.dependencies),
    }
    for stage, finding in found.items():
        known = joined(known, finding) if is_asked(right.route, stage) else without(task, known, stage)
    return known


def joined(known: Findings, more: Findings) -> Findings:
    """What is known, with what `more` knows in its place."""
    return replace(known, **{name: value for name, value in vars(more).items() if value is not None})


def _named(task: Task, known: Findings) -> Findings:
    """By paths, file names and the names of symbols, as whole words. A name that several symbols have means them all;
    the symbols of a file that is named are not all meant, unless no symbol is."""
    found = map_of(task)
    files = [path for path in found.files if _says(task.prompt, path) or _says(task.prompt, path.rpartition("/")[2])]
    symbols = [symbol for symbol in found.symbols if any(_says(task.prompt, name) for name in symbol.names)]
    meant = symbols or [symbol for symbol in found.symbols if symbol.file in files]
    files = [path for path in found.files if path in files or path in {symbol.file for symbol in symbols}]
    return replace(known, files=tuple(files), parts=_primary(meant))


def _primary(symbols: Iterable[Symbol]) -> dict[str, Part]:
    return {symbol.id: "primary" for symbol in symbols}


def _says(request: str, name: str) -> bool:
    return re.search(rf"(?<![\w./]){re.escape(name)}(?!\.?\w)", request) is not None
