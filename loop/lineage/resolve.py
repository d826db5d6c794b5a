"""Whose id it is: the beginning is enough where nothing else begins so. Ids are looked up by equality or range."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from loop.lineage.service import Promotion

LEAST = 4  # characters of an id
SHOWN = 3  # rows of each kind that an ambiguous beginning is explained with
# kind -> table, column, characters of a whole id
TABLES = {
    "task": ("tasks", "id", 16),
    "sample": ("samples", "id", 32),
    "dataset": ("datasets", "manifest", 64),
    "adapter": ("adapters", "sha256", 64),
    "audit": ("audits", "id", 16),
    "decision": ("decisions", "id", 16),
}
WANTED = (
    "give the id, or more of its beginning, of a task, sample, dataset, adapter, audit, decision or promotion (a git "
    "commit, or STAGE/v3), or a version with its stage (v3 --stage NAME); see `loop log` and `loop status --json`"
)


@dataclass(frozen=True)
class Found:
    """kind: of `TABLES`, or "promotion", whose id is its git commit."""

    kind: str
    id: str


def resolve(
    connection: duckdb.DuckDBPyConnection, promotions: Sequence[Promotion], text: str, stage: str | None = None
) -> Found:
    """The one thing whose id begins with `text`. Raises UsageError when there is none, or more than one."""
    if re.fullmatch(r"v[1-9][0-9]*", text):
        return _version(promotions, text, stage)
    if stage is not None:
        raise UsageError("--stage goes with a version", fix="leave it out, or give a version: v3")
    if tagged := [one for one in promotions if one.tag == text]:
        return Found("promotion", tagged[0].commit)
    if len(text) < LEAST:
        raise UsageError(
            f"'{text}' is too short for the beginning of an id", fix=f"{LEAST} characters at least; {WANTED}"
        )
    found = sorted({*_stored(connection, text), *_registered(promotions, text)}, key=lambda one: (one.kind, one.id))
    exact = [one for one in found if one.id == text]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise UsageError(f"nothing has an id that begins with '{text}'", fix=WANTED)
    several = ", ".join(f"{one.kind} {one.id}" for one in found[:SHOWN])
    more = " and more" if len(found) > SHOWN else ""
    raise UsageError(f"'{text}' is ambiguous: {several}{more}", fix="give more of it")


def _version(promotions: Sequence[Promotion], version: str, stage: str | None) -> Found:
    own = [one for one in promotions if one.version == version and one.action == "promote"]
    found = {one.stage: one for one in own if stage in (None, one.stage)}
    if len(found) == 1:
        return Found("adapter", next(iter(found.values())).adapter)
    if not found:
        where = f"{stage} has" if stage else "there is"
        known = ", ".join(sorted({one.tag for one in promotions if one.action == "promote"})) or "none was promoted yet"
        raise UsageError(f"{where} no version '{version}'", fix=f"known are: {known}")
    raise UsageError(f"{version} is ambiguous: {', '.join(sorted(found))} have one", fix="add --stage NAME")


def _stored(connection: duckdb.DuckDBPyConnection, text: str) -> Iterator[Found]:
    for kind, (table, column, length) in TABLES.items():
        if len(text) == length:
            where, arguments = f"{column} = ?", [text]
        elif len(text) < length:
            where, arguments = f"{column} >= ? AND {column} < ?", [text, after(text)]
        else:
            continue
        query = f"SELECT {column} FROM {table} WHERE {where} LIMIT {SHOWN}"
        yield from (Found(kind, key) for (key,) in connection.execute(query, arguments).fetchall())


def _registered(promotions: Sequence[Promotion], text: str) -> Iterator[Found]:
    """What the registry knows, whether the store does or not."""
    for one in promotions:
        for kind, key in (("promotion", one.commit), ("adapter", one.adapter), ("dataset", one.dataset)):
            if key.startswith(text) and key != "base":
                yield Found(kind, key)


def after(text: str) -> str:
    """The first text behind all those that begin with `text`."""
    return text[:-1] + chr(ord(text[-1]) + 1)
