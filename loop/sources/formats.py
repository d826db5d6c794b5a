"""The formats by name. A new one: a file beside this one with an `Importer`, and a line in `IMPORTERS`."""

from __future__ import annotations

from collections.abc import Callable

from loop.sources.agent_jsonl import AgentJsonl
from loop.sources.agent_sqlite import AgentSqlite
from loop.sources.importer import Defaults, Importer
from loop.sources.mapping import LogMapping
from loop.sources.teacher import Teacher

Maker = Callable[[Defaults, LogMapping | None], Importer]

IMPORTERS: dict[str, Maker] = {
    "teacher": Teacher,
    "agent-jsonl": AgentJsonl,
    "agent-sqlite": AgentSqlite,
}

AGENT = "agent"
"""Whichever of the agent's two the mapping is about."""
NAMES = ("teacher", AGENT, *(name for name in IMPORTERS if name != "teacher"))


def importer(name: str, defaults: Defaults, mapping: LogMapping | None) -> Importer:
    """Raises ConfigError for a mapping that is missing, not wanted, or of the other kind of log."""
    if name == AGENT:
        name = "agent-sqlite" if mapping is not None and mapping.of_database else "agent-jsonl"
    return IMPORTERS[name](defaults, mapping)
