"""Implementation: the change itself, as edits - or one function, for a task that is no more than that.

Texts of the project are shown as they stand in it, so that a search copied from the prompt is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from evaluators.projects.code_map import CodeMap, Place, Symbol
from loop.pipeline.budget import Piece, Room, fit
from loop.pipeline.findings import map_of, repository_of, shown_symbols
from loop.pipeline.grouping import parts_of
from loop.pipeline.reading import line_of, read_code, read_edits
from loop.pipeline.stage import Call, Findings, Reading
from loop.pipeline.views import headline, request
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.tasks.task import Task

_EDITS = """Answer with edits. Each search is text that stands once in its file; an empty search makes a new file.
<edit file="path">
<search>
old text
</search>
<replacement>
new text
</replacement>
</edit>"""
_FILE = "Answer with the whole of {path} in one ```c block."
_RANKS = {"primary": 0, "type_context": 2, "supporting": 3}


class Implementation:
    name: StageName = "implementation"
    rounds = 1

    def calls(self, task: Task, known: Findings, turn: int, room: Room) -> tuple[Call, ...]:
        if task.truth is None:
            return (Call(task.id, self.name, "", task.prompt),)
        pieces = [request(task), *_plan(task, known), *_code(task, known), Piece(_format(task))]
        prompt, dropped = fit(pieces, room)
        return (Call(task.id, self.name, "", prompt, kind=_kind(task), dropped=dropped),)

    def read(self, call: Call, text: str) -> Reading:
        """The value is what the oracle is given."""
        return read_edits(text) if call.kind == "edits" else read_code(text)

    def conclude(self, task: Task, known: Findings, answers: Mapping[Call, Reading]) -> Findings:
        return replace(known, answer=next((reading.value for reading in answers.values()), None))


def _kind(task: Task) -> str:
    """ "file": the C of one file, for tests that are answered so."""
    return "file" if getattr(task.spec, "answer", "edits") == "file" else "edits"


def _format(task: Task) -> str:
    if _kind(task) == "file":
        return _FILE.format(path=_allowed(task)[0])
    allowed = f"Only these files may change: {', '.join(_allowed(task))}\n" if _allowed(task) else ""
    return allowed + _EDITS


def _allowed(task: Task) -> tuple[str, ...]:
    """Globs of the files that an answer may change; () for all."""
    return tuple(getattr(task.spec, "editable", ()) or getattr(task.spec, "test_files", ()))


def _plan(task: Task, known: Findings) -> Iterator[Piece]:
    """A line a point, numbered by the part that it belongs to."""
    if not known.points:
        return
    found, texts = map_of(task), repository_of(task).texts
    lines = [
        f"{number}. {line_of(point)}{'' if found.get(point) or point in texts else ' (new)'}\n"
        for number, part in enumerate(parts_of(known.points, known.dependencies or ()), 1)
        for point in part
    ]
    yield Piece("Plan:\n" + "".join(lines) + "\n")


def _code(task: Task, known: Findings) -> Iterator[Piece]:
    """File by file, in the order of its text, what there is to see of it."""
    repository, found = repository_of(task), map_of(task)
    seen = _places(task, known)
    whole = {path for path in (*(known.points or ()), *(known.files or ())) if path not in found.includes}
    for path, text in repository.files:
        if path in whole:
            rank = 1 if path in (known.points or ()) else 4
            yield headline(path, rank)
            yield Piece(text.rstrip("\n") + "\n\n", rank, path)
            continue
        shown = {place: rank for place, rank in seen.items() if place.file == path}
        if not shown:
            continue
        best = min(shown.values())
        yield headline(path, best)
        if best <= 1 and (top := _top(found, path, text)):
            yield Piece(top + "\n\n", 1, f"top of {path}")
        for place in sorted(shown, key=lambda place: place.start):
            yield Piece(place.text + "\n\n", shown[place], _name(found, place))


def _places(task: Task, known: Findings) -> dict[Place, int]:
    """Place -> its rank: all of what changes, the text of what it rests on, and something to put new text beside."""
    found = map_of(task)
    points = set(known.points or ())
    wanted: dict[Place, int] = {}
    for symbol, part in shown_symbols(task, known):
        for place in symbol.places if part == "primary" else symbol.places[:1]:
            wanted[place] = min(_RANKS[part], wanted.get(place, 9))
    for symbol in (s for s in found.symbols if s.id in points):
        wanted |= dict.fromkeys(symbol.places, 0)
    new = {point.partition(":")[0] for point in points if found.get(point) is None}
    if not points and 0 not in wanted.values():  # nothing says where: any file in scope may take it up
        new = set(known.files or ())
    for path in sorted(new):
        for place in _beside(found, path):
            wanted.setdefault(place, 1)
            wanted[place] = min(wanted[place], 1)
    return wanted


def _beside(found: CodeMap, path: str) -> Iterator[Place]:
    """The last symbol of a file, and in headers the last prototype of the file's functions."""
    last: dict[str, Place] = {}
    for place in (place for symbol in found.of(path) for place in symbol.places):
        if place.file not in last or last[place.file].start < place.start:
            last[place.file] = place
    yield from last.values()


def _top(found: CodeMap, path: str, text: str) -> str:
    """What stands above the first symbol: includes, the guard of a header."""
    starts = [place.start for symbol in found.symbols for place in symbol.places if place.file == path]
    return text.encode()[: min(starts, default=len(text.encode()))].decode("utf-8", "replace").strip("\n")


def _name(found: CodeMap, place: Place) -> str:
    owner = next((symbol for symbol in found.symbols if place in symbol.places), None)
    return owner.id if isinstance(owner, Symbol) and owner.file == place.file else f"declaration in {place.file}"
