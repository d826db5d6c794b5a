"""A teacher's completions as JSON lines: {"task", "completion", "stage", "kind", "item", "thought", "model"}."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loop.errors import ConfigError
from loop.settings_load import near
from loop.sources.importer import Defaults, Imported, Skipped, Source, stage_named, written_by
from loop.sources.jsonl import objects
from loop.sources.mapping import LogMapping
from loop.stage_names import STAGES

KEYS = ("task", "completion", "stage", "kind", "item", "thought", "model")
IGNORED = ("meta",)  # for whatever else its maker wants to keep
REQUIRED = ("task", "completion")


class Teacher:
    source: Source = "teacher"

    def __init__(self, defaults: Defaults, mapping: LogMapping | None = None) -> None:
        if mapping is not None:
            raise ConfigError("a teacher's file needs no mapping", fix="leave out --mapping, or say --as agent")
        self.defaults = defaults

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        for where, record in objects(path):
            problem = _problem(record)
            if problem:
                yield Skipped("unreadable", problem, where)
                continue
            text = {key: str(value) for key, value in record.items() if key in KEYS and value is not None}
            place = f"{path}, {where}"
            yield Imported(
                task=text["task"],
                stage=stage_named(text.get("stage") or self.defaults.stage, place, f"one of: {', '.join(STAGES)}"),
                completion=text["completion"],
                source_name=written_by(text.get("model") or self.defaults.model, place),
                kind=text.get("kind", ""),
                item=text.get("item", ""),
                thought=text.get("thought", ""),
                where=where,
            )


def _problem(record: dict[str, Any]) -> str:
    """Why a record is none; "" when it is one."""
    for key, value in record.items():
        if key not in (*KEYS, *IGNORED):
            return f"unknown key '{key}'{near(key, KEYS)}"
        if key in KEYS and value is not None and not isinstance(value, str):
            return f"'{key}' is no text"
    missing = next((key for key in REQUIRED if not str(record.get(key) or "").strip()), None)
    return f"no '{missing}'" if missing else ""
