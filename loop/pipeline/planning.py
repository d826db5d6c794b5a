"""Planning: what changes (one call that lists it), and what of that rests on what (one call an ordered pair).

Which of it belongs together, and in what order it is written, is counted and not asked: `loop.pipeline.grouping`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

from loop.pipeline.budget import Piece, Room, fit
from loop.pipeline.findings import depends_label, map_of, points_label, repository_of, shown_symbols
from loop.pipeline.reading import line_of, points_of, read_option, read_points
from loop.pipeline.stage import EACH_LINE, Call, Findings, Reading
from loop.pipeline.views import headline, outline, outline_line, request
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.tasks.task import Task

MAX_PAIRED = 8
"""Points of which pairs are asked: 8 make 56 calls. Pairs with further ones count as "no", and are named as dropped."""
_WHAT = """
List all that changes or is added, one per line: "path: name", or "path" for a file that is not C. Nothing else."""
_DEPENDS = """
After the change, does B use A? Answer yes or no."""


class Planning:
    name: StageName = "planning"
    rounds = 2

    def calls(self, task: Task, known: Findings, turn: int, room: Room) -> tuple[Call, ...]:
        if task.truth is None:
            return ()
        return (self._points(task, known, room),) if turn == 0 else tuple(self._pairs(task, known, room))

    def _points(self, task: Task, known: Findings, room: Room) -> Call:
        prompt, dropped = fit([request(task), *_context(task, known), Piece(_WHAT)], room)
        label = points_label(task)
        return Call(task.id, self.name, "", prompt, kind="points", label=label, positive=EACH_LINE, dropped=dropped)

    def _pairs(self, task: Task, known: Findings, room: Room) -> Iterator[Call]:
        """Only symbols are asked about: no C uses a file that is none."""
        symbols = [point for point in known.points or () if ":" in point]
        beyond = tuple(f"pairs with {point}" for point in symbols[MAX_PAIRED:])
        for a, b in permutations(symbols[:MAX_PAIRED], 2):
            pieces = [request(task), *_point(task, "A", a), Piece("\n"), *_point(task, "B", b), Piece(_DEPENDS)]
            prompt, dropped = fit(pieces, room)
            yield Call(
                task.id, self.name, f"{b} <- {a}", prompt, kind="depends", options=("yes", "no"),
                label=depends_label(task, b, a), positive="yes", careful="no", dropped=(*dropped, *beyond),
            )  # fmt: skip

    def read(self, call: Call, text: str) -> Reading:
        return read_points(text) if call.kind == "points" else read_option(call, text)

    def conclude(self, task: Task, known: Findings, answers: Mapping[Call, Reading]) -> Findings:
        """An enumeration that cannot be read names nothing; a pair that cannot be read is independent."""
        points, pairs = known.points, []
        for call, reading in answers.items():
            if call.kind == "points":
                points = points_of(reading.value or "")
            elif reading.value == "yes":
                b, _, a = call.item.partition(" <- ")
                pairs.append((b, a))
        return replace(known, points=points, dependencies=tuple(pairs))


def _context(task: Task, known: Findings) -> Iterator[Piece]:
    """File by file: what changes as its text, what it rests on as one line. Other files in scope show their names."""
    repository, shown = repository_of(task), shown_symbols(task, known)
    wanted = {*(known.files or ()), *(symbol.file for symbol, _ in shown)}
    for path in (path for path in repository.texts if path in wanted):
        yield headline(path)
        if path not in map_of(task).includes:
            yield from outline(repository, path, 3)
        for symbol, part in shown:
            if symbol.file == path and part == "primary":
                yield Piece(symbol.text + "\n", 1, symbol.id)
            elif symbol.file == path:
                yield Piece(outline_line(symbol) + "\n", 2, f"outline of {symbol.id}")


def _point(task: Task, letter: str, point: str) -> Iterator[Piece]:
    symbol = map_of(task).get(point)
    yield Piece(f"{letter} is {line_of(point)}{'' if symbol else ' (new)'}\n")
    if symbol:
        yield Piece(symbol.text + "\n", 1, point)
