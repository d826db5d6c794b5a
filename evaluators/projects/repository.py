"""A small C project: its files, and what of them is compiled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from evaluators.box.source_tree import SourceTree, check_path


@dataclass(frozen=True)
class Repository:
    """files: (relative path, text), kept in the order of the paths. units: the .c files of its library - not the one
    with `main`, not its tests.

    include: directories searched for headers. Raises ValueError for paths outside the project, doubles, unknown units.
    """

    files: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    include: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(sorted(self.files)))
        paths = [check_path(path) for path, _ in self.files]
        if len(set(paths)) != len(paths):
            raise ValueError(f"a file is there twice: {sorted(paths)}")
        if missing := set(self.units) - set(paths):
            raise ValueError(f"units that are no files: {', '.join(sorted(missing))}")

    @property
    def texts(self) -> dict[str, str]:
        return dict(self.files)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(to_json(self), sort_keys=True).encode()).hexdigest()

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What a unit may include, with its text."""
        return tuple((path, text) for path, text in self.files if path.endswith((".h", ".inc", ".def")))

    def tree(self, probe: str = "", probe_headers: tuple[tuple[str, str], ...] | None = None) -> SourceTree:
        """What is compiled. `probe`: C of ours that calls the project's functions, compiled where no unit can read it.

        probe_headers: the headers that the probe sees; by default the project's own.
        """
        compiled = tuple((path, text) for path, text in self.files if path.endswith((".c", ".h", ".inc", ".def")))
        if not probe:
            return SourceTree(compiled, self.units, self.include)
        trusted = (("probe.c", probe), *(self.headers() if probe_headers is None else probe_headers))
        return SourceTree(compiled, self.units, self.include, trusted, ("probe.c",))


def to_json(repository: Repository) -> dict[str, Any]:
    return {
        "files": dict(repository.files),
        "units": list(repository.units),
        "include": list(repository.include),
    }


def from_json(data: dict[str, Any]) -> Repository:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    return Repository(tuple(sorted(data["files"].items())), tuple(data["units"]), tuple(data.get("include", ())))
