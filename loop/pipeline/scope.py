"""Scope: is this file needed for the task? One call a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from loop.pipeline.budget import Piece, Room, fit
from loop.pipeline.findings import repository_of, scope_label
from loop.pipeline.reading import read_option
from loop.pipeline.stage import Call, Findings, Reading
from loop.pipeline.views import headline, outline, request
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.tasks.task import Task

_QUESTION = "\nIs this file needed for the task? Answer yes or no."


class Scope:
    name: StageName = "scope"
    rounds = 1

    def calls(self, task: Task, known: Findings, turn: int, room: Room) -> tuple[Call, ...]:
        if task.truth is None:
            return ()
        return tuple(self._call(task, path, room) for path in repository_of(task).texts)

    def _call(self, task: Task, path: str, room: Room) -> Call:
        pieces = [request(task), headline(path), *outline(repository_of(task), path, 1), Piece(_QUESTION)]
        prompt, dropped = fit(pieces, room)
        label = scope_label(task, path)
        return Call(
            task.id, self.name, path, prompt, options=("yes", "no"), label=label, positive="yes", careful="no",
            dropped=dropped,
        )  # fmt: skip

    def read(self, call: Call, text: str) -> Reading:
        return read_option(call, text)

    def conclude(self, task: Task, known: Findings, answers: Mapping[Call, Reading]) -> Findings:
        """What cannot be read is not in scope."""
        return replace(known, files=tuple(call.item for call, reading in answers.items() if reading.value == "yes"))
