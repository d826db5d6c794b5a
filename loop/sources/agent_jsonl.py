"""An agent's log as JSON lines: a record a line, or lists of records within the lines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from loop.errors import ConfigError
from loop.sources.importer import Defaults, Imported, Skipped, Source
from loop.sources.jsonl import objects
from loop.sources.mapped import mapped
from loop.sources.mapping import LogMapping


class AgentJsonl:
    source: Source = "agent"

    def __init__(self, defaults: Defaults, mapping: LogMapping | None = None) -> None:
        if mapping is None:
            raise ConfigError("an agent's log needs a mapping", fix="add --mapping FILE.toml (docs/sources.md)")
        if mapping.of_database:
            raise ConfigError(f"{mapping.where}: table and query are of databases", fix='each = "path.to.a.list"')
        self.defaults, self.mapping = defaults, mapping

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        for where, line in objects(path):
            if not self.mapping.each:
                yield mapped(self.mapping, self.defaults, partial(_look, line, line), str(path), where)
                continue
            try:
                records = at(line, self.mapping.each)
            except KeyError:
                records = None
            if not isinstance(records, list):
                yield Skipped("unreadable", f"there is no list at {self.mapping.each}", where)
                continue
            for number, record in enumerate(records, start=1):
                lookup = partial(_look, line, record)
                yield mapped(self.mapping, self.defaults, lookup, str(path), f"{where}, record {number}")


def at(value: Any, path: str) -> Any:
    """What stands at "choices.0.message.content". Raises KeyError where nothing does."""
    for step in path.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.lstrip("-").isdecimal() and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            raise KeyError(path)
    return value


def _look(line: Any, record: Any, path: str) -> Any:
    return at(line, path[1:]) if path.startswith("/") else at(record, path)
