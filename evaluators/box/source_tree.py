"""What is compiled: text files, which of them are translation units, and whose they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

CANDIDATE = "candidate.c"
EXPORTS = "exports.map"


@dataclass(frozen=True)
class SourceTree:
    """Files by relative path. Every path is checked by `check_path`.

    files: the candidate's (path, text). units: those that are compiled, in the order they are linked.
    include: directories searched for headers besides the including file's own.
    trusted: files of ours (a probe, a suite, and the headers they are to see), compiled in a second step and in an
      emptied directory, so that no unit of the candidate's can read them. trusted_units: those that are compiled.
    exports: the only symbols of the candidate's that others can see; () leaves all of them visible.
    """

    files: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    include: tuple[str, ...] = ()
    trusted: tuple[tuple[str, str], ...] = ()
    trusted_units: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()


def single(text: str, exports: tuple[str, ...] = ()) -> SourceTree:
    """A tree of one unit."""
    return SourceTree(((CANDIDATE, text),), (CANDIDATE,), exports=exports)


def check_path(path: str) -> str:
    """The path, if it stays inside the tree. Raises ValueError saying why it does not."""
    pure = PurePosixPath(path)
    plain = re.fullmatch(r"[\w.+-]+(?:/[\w.+-]+)*", path)
    if not plain or pure.is_absolute() or ".." in pure.parts or str(pure) != path or len(path) > 200:
        raise ValueError(f"'{path[:80]}' is not a plain relative path")
    return path
