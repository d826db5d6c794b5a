"""Precision: how much of this symbol must the coder see? One call a symbol of the files in scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from evaluators.projects.code_map import Symbol
from evaluators.projects.ground_truth import PARTS, Part
from loop.pipeline.budget import Piece, Room, fit
from loop.pipeline.findings import precision_label, repository_of, symbols_in_scope
from loop.pipeline.reading import read_option
from loop.pipeline.stage import Call, Findings, Reading
from loop.pipeline.views import headline, names, request, text_by_heads, users
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.tasks.task import Task

_QUESTION = """
What is {name} for the task?
primary: it changes
supporting: changed code calls or reads it
type_context: a type or macro that changed code uses
excluded: none of these
Answer primary, supporting, type_context or excluded."""
_CUT = "...\n"
_CAREFUL: Part = "excluded"


class Precision:
    name: StageName = "precision"
    rounds = 1

    def calls(self, task: Task, known: Findings, turn: int, room: Room) -> tuple[Call, ...]:
        if task.truth is None:
            return ()
        return tuple(self._call(task, symbol, room) for symbol in symbols_in_scope(task, known))

    def _call(self, task: Task, symbol: Symbol, room: Room) -> Call:
        text = list(text_by_heads(symbol, 2))
        prompt, dropped = fit(_pieces(task, symbol, text), room)
        if any(piece.name in dropped for piece in text if piece.name):
            prompt, dropped = fit(_pieces(task, symbol, [*text, Piece(_CUT)]), room)
        label = precision_label(task, symbol.id)
        return Call(
            task.id, self.name, symbol.id, prompt, options=PARTS, label=label, careful=_CAREFUL, dropped=dropped
        )

    def read(self, call: Call, text: str) -> Reading:
        return read_option(call, text)

    def conclude(self, task: Task, known: Findings, answers: Mapping[Call, Reading]) -> Findings:
        """What cannot be read is excluded."""
        parts = {call.item: cast("Part", reading.value or _CAREFUL) for call, reading in answers.items()}
        return replace(known, parts=parts)


def _pieces(task: Task, symbol: Symbol, text: list[Piece]) -> list[Piece]:
    using = users(repository_of(task)).get(symbol.id, ())
    used_by = [Piece(f"\nused by {names(using)}\n", 1, f"users of {symbol.id}")] if using else []
    return [request(task), headline(symbol.file), *text, *used_by, Piece(_QUESTION.format(name=symbol.name))]
