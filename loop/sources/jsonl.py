"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loop.errors import UsageError

SQLITE_HEADER = b"SQLite format 3\0"


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """("line 3", its object) for each line that is not blank.

    Raises UsageError naming the line that is not UTF-8, not JSON or no object; for a file that cannot be read, is a
    database, or holds no line.
    """
    empty = True
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if number == 1 and line.startswith(SQLITE_HEADER[:15]):
                    raise UsageError(
                        f"{path} is an SQLite database, not JSON lines",
                        fix="say where the records are: table or query in [records] of the mapping",
                    )
                if line.strip():
                    empty = False
                    yield f"line {number}", _object(line, f"{path}, line {number}")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", fix="name an existing file") from error
    if empty:
        raise UsageError(f"{path} holds no records", fix="give a file with one JSON object a line")


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line.decode("utf-8").rstrip())
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8 text", fix="convert the file, or delete that line") from error
    except (ValueError, RecursionError) as error:
        problem = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise UsageError(
            f"{where} is no JSON: {problem}", fix="mend or delete that line; nothing of the file was taken in"
        ) from error
    if not isinstance(found, dict):
        raise UsageError(f"{where} is no JSON object", fix='write {"task": ..., ...} on every line')
    return found
