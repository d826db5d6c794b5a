"""One record of an agent's log, whatever it was kept in, as its mapping reads it."""

from __future__ import annotations

from collections.abc import Callable

from loop.sources.importer import Defaults, Imported, Skipped, stage_named, written_by
from loop.sources.mapping import REQUIRED, LogMapping, as_text

Lookup = Callable[[str], object]
"""Path or column -> value. Raises KeyError where there is none."""

TOLD = (*REQUIRED, "stage")
"""What a record has to have where it is mapped: a stage that is not found would silently be the default one."""


def mapped(mapping: LogMapping, defaults: Defaults, lookup: Lookup, path: str, where: str) -> Imported | Skipped:
    """Raises UsageError for a stage that is none, and for a completion that nobody wrote."""
    for name, allowed in mapping.filter.items():
        if as_text(_found(lookup, name)) not in allowed:
            return Skipped("filtered", f"{name} is none of: {', '.join(allowed)}", where)
    text: dict[str, str] = {}
    for name, source in mapping.fields.items():
        value = _found(lookup, source)
        said = as_text(value)
        if value is not None and said is None:
            return Skipped("unreadable", f"{source} is no text", where)
        text[name] = mapping.values.get(name, {}).get(said or "", said or "")
    for name, constant in mapping.constants.items():
        text[name] = text.get(name) or constant
    missing = next((name for name in TOLD if name in mapping.fields and not text[name].strip()), None)
    if missing:
        return Skipped("unreadable", f"no {missing} at {mapping.fields[missing]}", where)
    place = f"{path}, {where}"
    stage = stage_named(
        text.get("stage") or defaults.stage,
        place,
        "name it in [values.stage] of the mapping, or leave it out by a filter",
    )
    return Imported(
        task=text["task"],
        stage=stage,
        completion=_wrapped(text["completion"]) if mapping.wrap and stage == "implementation" else text["completion"],
        source_name=written_by(text.get("model") or defaults.model, place),
        kind=text.get("kind", ""),
        item=text.get("item", ""),
        thought=text.get("thought", ""),
        where=where,
    )


def _found(lookup: Lookup, name: str) -> object:
    try:
        return lookup(name)
    except KeyError:
        return None


def _wrapped(completion: str) -> str:
    """C as a stage answers with it. What has a fence already, or is edits, stays as it is."""
    if "```" in completion or "<edit " in completion:
        return completion
    return f"```c\n{completion.strip()}\n```"
