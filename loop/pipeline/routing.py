"""Routing: which stages does this task need? One choice, from the request and the names of what there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from evaluators.projects.ground_truth import ROUTES, Route
from loop.pipeline.budget import Piece, Room, fit
from loop.pipeline.findings import map_of
from loop.pipeline.reading import read_option
from loop.pipeline.stage import Call, Findings, Reading
from loop.pipeline.views import names, request
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.tasks.task import Task

_QUESTION = """
implementation: the one place to change is named
scope: the place has to be found
precision: what the change uses has to be seen too
planning: several things change
Which of these is the task? Answer implementation, scope, precision or planning."""

_CAREFUL: Route = "planning"


class Routing:
    name: StageName = "routing"
    rounds = 1

    def calls(self, task: Task, known: Findings, turn: int, room: Room) -> tuple[Call, ...]:
        if task.truth is None:
            return ()
        pieces = [request(task), Piece("Files:\n"), *_files(task), Piece(_QUESTION)]
        prompt, dropped = fit(pieces, room)
        label = task.truth.route
        return (Call(task.id, self.name, "", prompt, options=ROUTES, label=label, careful=_CAREFUL, dropped=dropped),)

    def read(self, call: Call, text: str) -> Reading:
        return read_option(call, text)

    def conclude(self, task: Task, known: Findings, answers: Mapping[Call, Reading]) -> Findings:
        """What cannot be read skips nothing."""
        chosen = next((reading.value for reading in answers.values()), None) or _CAREFUL
        return replace(known, route=cast("Route", chosen))


def _files(task: Task) -> Iterator[Piece]:
    """A line a file; the names of its symbols go before the file itself does."""
    found = map_of(task)
    for path in found.files:
        symbols = found.of(path)
        yield Piece(path, 1, path)
        if symbols:
            yield Piece(f": {names(symbols)}", 2, f"symbols of {path}")
        yield Piece("\n", 1)
