"""Answers as they are read: strictly. Whatever is not exactly what was asked for is a format error, and says why."""

from __future__ import annotations

import re

from evaluators.projects.edits import EditError, parse_edits, render_edits
from loop.inference.chat import THINK_END, THINK_START, parse_answer
from loop.pipeline.stage import Call, Reading

_LINE = re.compile(r"([A-Za-z0-9_.+/-]+)(?:: ([A-Za-z_][A-Za-z0-9_]*))?")
MAX_POINTS = 64
"""Lines of an enumeration, at most: a model that repeats itself is not planning."""
_SHOWN = 60
"""Characters of a refused answer that the problem repeats."""


def spoken(text: str) -> str | None:
    """The answer without the thought that it begins with; None when that thought does not end."""
    text = text.strip()
    if not text.startswith(THINK_START):
        return text
    _, closed, said = text.partition(THINK_END)
    return said.strip() if closed else None


def read_option(call: Call, text: str) -> Reading:
    """One of the call's options and nothing else; case does not count, nor does one full stop."""
    said = spoken(text)
    if said is None:
        return _unclosed()
    word = said.removesuffix(".").rstrip().casefold()
    chosen = next((option for option in call.options if option.casefold() == word), None)
    return Reading(chosen) if chosen else Reading(None, f"'{_shown(said)}' is none of: {', '.join(call.options)}")


def read_points(text: str) -> Reading:
    """Lines "path: name" or "path" in sorted order. See `lines_of` and `points_of`.

    One that is there twice stays there twice: it can be read, and is not the answer that was asked for.
    """
    said = spoken(text)
    if said is None:
        return _unclosed()
    lines = said.split("\n") if said else []
    if not lines or len(lines) > MAX_POINTS:
        return Reading(None, f"{len(lines)} lines where 1 to {MAX_POINTS} are asked for")
    found = [_LINE.fullmatch(line.rstrip()) for line in lines]
    if None in found:
        return Reading(None, f"'{_shown(lines[found.index(None)])}' is no line 'path: name'")
    return Reading(lines_of([match[1] + (f":{match[2]}" if match[2] else "") for match in found if match]))


def read_edits(text: str) -> Reading:
    """Edits in their canonical form (`evaluators.projects.edits`)."""
    said = spoken(text)
    if said is None:
        return _unclosed()
    try:
        return Reading(render_edits(parse_edits(said)))
    except (EditError, ValueError) as error:
        return Reading(None, str(error))


def read_code(text: str) -> Reading:
    """The one ```c block."""
    answer = parse_answer(text)
    return Reading(answer.code, answer.problem)


def lines_of(points: list[str] | tuple[str, ...]) -> str:
    """The canonical text of change points: "src/a.c:f" is the line "src/a.c: f"."""
    return "\n".join(sorted(line_of(point) for point in points))


def line_of(point: str) -> str:
    return point.replace(":", ": ", 1)


def points_of(lines: str) -> tuple[str, ...]:
    """Inverse of `lines_of`, each point once."""
    return tuple(dict.fromkeys(line.replace(": ", ":", 1) for line in lines.split("\n") if line))


def _unclosed() -> Reading:
    return Reading(None, "the thought was never closed")


def _shown(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]
