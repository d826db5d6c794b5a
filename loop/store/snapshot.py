"""Snapshots: the store as Parquet files, for readers that must not wait for whoever writes, nor keep him waiting.

    <directory>/<name>/<table>.parquet, samples/<cycle>.parquet, verdicts/<day since 1970>.parquet, parts.json
    <directory>/latest -> <name>

A snapshot is whole or not there. The tables that grow with every answer are kept in parts; a part in which nothing
changed is the last snapshot's file under another name (a hard link), so that a cycle pays for its own rows.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loop.errors import HomeError, StoreError
from loop.store.views import VIEWS

if TYPE_CHECKING:
    import duckdb

KEPT = 3  # snapshots; a reader that has an older one open keeps its files until it closes them
PARTS = {"samples": ("cycle_id", "created"), "verdicts": ("epoch(graded)::BIGINT // 86400", "graded")}
"""Table -> what the rows of a part of it have in common, and the column that says when they were written."""


@dataclass(frozen=True)
class Snapshot:
    """Where it is, and what it took. written: bytes of files that are new; linked: parts that were there already."""

    path: Path
    rows: int
    written: int
    linked: int
    seconds: float


def take(connection: duckdb.DuckDBPyConnection, directory: Path, name: str) -> Snapshot:
    """A snapshot beside the earlier ones, of which the newest are kept. Raises HomeError when there is no room."""
    latest = directory / "latest"
    made = export(connection, directory / name, latest.resolve() if latest.exists() else None)
    try:
        pointer = directory / ".latest.partial"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(name)
        pointer.replace(latest)
        old = sorted((p for p in directory.iterdir() if p.is_dir() and not p.is_symlink()), key=_age)
        for path in old[:-KEPT]:
            shutil.rmtree(path)
    except OSError as error:
        raise _no_room(directory, error) from error
    return made


def export(connection: duckdb.DuckDBPyConnection, target: Path, before: Path | None = None) -> Snapshot:
    """The whole store as Parquet in the directory `target`, which is replaced. before: an export whose parts may be
    shared. Raises HomeError when it cannot be written."""
    began = time.monotonic()
    partial = target.with_name(f".{target.name}.partial")
    known = json.loads((before / "parts.json").read_text()) if before is not None else {}
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        parts: dict[str, list[object]] = {}
        linked = 0
        for table in _tables(connection):
            for file, where, state in _files(connection, table):
                path = partial / file
                path.parent.mkdir(exist_ok=True)
                parts[file] = state
                if before is not None and where and known.get(file) == state:
                    os.link(before / file, path)
                    linked += 1
                else:
                    form = "(FORMAT parquet, COMPRESSION zstd)"
                    connection.execute(f"COPY (SELECT * FROM {table}{where}) TO {_quoted(str(path))} {form}")
        (partial / "parts.json").write_text(json.dumps(parts, indent=1) + "\n")
        written = sum(p.stat().st_size for p in partial.rglob("*.parquet") if p.stat().st_nlink == 1)
        _replace(partial, target)
    except OSError as error:
        raise _no_room(target, error) from error
    rows = sum(int(str(state[0])) for state in parts.values())
    return Snapshot(target, rows, written, linked, time.monotonic() - began)


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot or an export as a store to read: its tables by their names, and the views. Raises StoreError."""
    import duckdb

    if not (path / "parts.json").is_file():
        raise StoreError(f"there is no snapshot at {path}", fix="`loop db snapshot` makes one, and so does each cycle")
    connection = duckdb.connect(":memory:")
    try:
        files = json.loads((path / "parts.json").read_text())
        for table in sorted({file.split("/")[0].removesuffix(".parquet") for file in files}):
            pattern = path / table / "*.parquet" if table in PARTS else path / f"{table}.parquet"
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({_quoted(str(pattern))})")
        for view in VIEWS:
            connection.execute(view)
        yield connection
    finally:
        connection.close()


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND NOT internal ORDER BY table_name"
    ).fetchall()
    return [name for (name,) in found]


def _files(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[str, str, list[object]]]:
    """(file, condition of its rows, what tells whether they changed), one for each part of the table, or the table."""
    if table not in PARTS:
        yield f"{table}.parquet", "", [connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0], ""]
        return
    part, written = PARTS[table]
    found = connection.execute(
        f"SELECT {part}, count(*), max({written})::VARCHAR FROM {table} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if not found:
        yield f"{table}/none.parquet", "", [0, ""]
    for key, count, newest in found:
        yield f"{table}/{'none' if key is None else key}.parquet", f" WHERE {_is(table, key)}", [count, newest]


def _is(table: str, key: object) -> str:
    """That a row is of this part, said so that DuckDB passes over the blocks of others."""
    if table == "samples":
        return "cycle_id IS NULL" if key is None else f"cycle_id = {_quoted(str(key))}"
    day = int(str(key)) * 86400
    return f"graded >= to_timestamp({day}) AND graded < to_timestamp({day + 86400})"


def _replace(partial: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _age(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _no_room(path: Path, error: OSError) -> HomeError:
    return HomeError(
        f"{path} cannot be written: {error.strerror or error}", fix="free disk space, or give another place"
    )
