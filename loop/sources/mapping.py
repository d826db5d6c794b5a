"""A mapping: a TOML file that says where in an agent's log the records are, and which of their fields is what.

wrap = "c"                      # answers of implementation without a fence are put between ```c and ```

[records]
each = "steps"                  # JSON lines: the list within a line whose items are the records
table = "calls"                 # SQLite: a table, or
query = "SELECT ..."            #         what it takes

[fields]                        # of a record, as dotted paths or columns; "/" in front: of the whole line
task = "/task.id"
completion = "response"

[constants]                     # what no field says
stage = "implementation"

[values.stage]                  # their names -> ours; what stands not here stays as it is
coder = "implementation"

[filter]                        # records are those with these values
status = ["accepted", "merged"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loop.errors import ConfigError
from loop.settings_load import near

SECTIONS = ("wrap", "records", "fields", "constants", "values", "filter")
RECORDS = ("each", "table", "query")
FIELDS = ("task", "stage", "kind", "item", "completion", "thought", "model")
REQUIRED = ("task", "completion")
WRAPS = ("c",)


@dataclass(frozen=True)
class LogMapping:
    """What a mapping file says. fields: our name -> path or column. values: our name -> their value -> ours.
    filter: path or column -> the values that are let in."""

    where: str
    each: str = ""
    table: str = ""
    query: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    filter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wrap: str = ""

    @property
    def of_database(self) -> bool:
        return bool(self.table or self.query)


def load_mapping(path: Path) -> LogMapping:
    """Raises ConfigError for a file that cannot be read, and for whatever in it is not known or makes no sense."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}", fix="name an existing file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", fix="mend that line") from error
    return parse_mapping(document, str(path))


def parse_mapping(document: Mapping[str, Any], where: str) -> LogMapping:
    """As `load_mapping`, from what TOML gave."""
    _known(document, SECTIONS, where)
    records, fields = _texts(document, "records", RECORDS, where), _texts(document, "fields", FIELDS, where)
    constants = _texts(document, "constants", FIELDS, where)
    for name in REQUIRED:
        if name not in fields:
            raise ConfigError(f"{where}: [fields] does not say what the {name} is", fix=f'add {name} = "..." to it')
    if len(records) > 1:
        raise ConfigError(
            f"{where}: [records] has {' and '.join(records)}, which exclude each other", fix="leave one of them"
        )
    wrap = document.get("wrap", "")
    if "wrap" in document and wrap not in WRAPS:
        raise ConfigError(f"{where}: wrap is {wrap!r}", fix=f'wrap = "{WRAPS[0]}", or leave it out')
    return LogMapping(
        where, **records, fields=fields, constants=constants, wrap=wrap,
        values={name: _texts(_table(document, "values", where), name, None, where, "values.")
                for name in _known(_table(document, "values", where), FIELDS, f"{where}, [values]")},
        filter={name: _listed(name, value, where) for name, value in _table(document, "filter", where).items()},
    )  # fmt: skip


def _known(table: Mapping[str, Any], known: Iterable[str], where: str) -> Mapping[str, Any]:
    for key in table:
        if key not in known:
            raise ConfigError(f"{where}: unknown key '{key}'{near(key, known)}", fix=f"known: {', '.join(known)}")
    return table


def _table(document: Mapping[str, Any], name: str, where: str, above: str = "") -> Mapping[str, Any]:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(
            f"{where}: '{above}{name}' is a section, not a value", fix=f"write [{above}{name}] above its keys"
        )
    return table


def _texts(
    document: Mapping[str, Any], name: str, known: tuple[str, ...] | None, where: str, above: str = ""
) -> dict[str, str]:
    """A section whose values are texts."""
    table = _table(document, name, where, above)
    if known is not None:
        _known(table, known, f"{where}, [{name}]")
    for key, value in table.items():
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(f"{where}: {above}{name}.{key} must be text, not {value!r}", fix=f'{key} = "..."')
    return dict(table)


def _listed(name: str, value: Any, where: str) -> tuple[str, ...]:
    """One value of a filter, or several, as the texts that a record's value is compared with."""
    texts = tuple(as_text(entry) for entry in (value if isinstance(value, list) else [value]))
    found = tuple(text for text in texts if text is not None)
    if not texts or len(found) < len(texts):
        raise ConfigError(
            f"{where}: filter.{name} must be a value or a list of values, not {value!r}", fix=f'{name} = ["..."]'
        )
    return found


def as_text(value: object) -> str | None:
    """Texts, whole numbers and truth values as text ("true", "false"); None for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else None
