"""An agent's log in an SQLite database, which is opened to be read and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from loop.errors import ConfigError, UsageError
from loop.settings_load import near
from loop.sources.importer import Defaults, Imported, Skipped, Source
from loop.sources.jsonl import SQLITE_HEADER
from loop.sources.mapped import mapped
from loop.sources.mapping import LogMapping

if TYPE_CHECKING:
    import sqlite3

PATIENCE = 5.0  # seconds in which another process's lock may pass


class AgentSqlite:
    source: Source = "agent"

    def __init__(self, defaults: Defaults, mapping: LogMapping | None = None) -> None:
        if mapping is None:
            raise ConfigError("an agent's log needs a mapping", fix="add --mapping FILE.toml (docs/sources.md)")
        if not mapping.of_database:
            raise ConfigError(
                f"{mapping.where}: [records] does not say where in the database they are",
                fix='table = "..." or query = "SELECT ..."',
            )
        self.defaults, self.mapping = defaults, mapping

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        import sqlite3

        _require_database(path)
        try:
            with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=PATIENCE)) as database:
                database.execute("PRAGMA query_only = ON")
                cursor = database.execute(self._query(database))
                columns = self._columns([entry[0] for entry in cursor.description or ()])
                number = 0
                for number, row in enumerate(cursor, start=1):
                    record = dict(zip(columns, row, strict=True))
                    yield mapped(self.mapping, self.defaults, record.__getitem__, str(path), f"row {number}")
        except sqlite3.Error as error:
            raise _as_usage(path, error) from error
        if not number:
            raise UsageError(f"{path} holds no records", fix="look at table or query in [records] of the mapping")

    def _query(self, database: sqlite3.Connection) -> str:
        table = self.mapping.table
        if not table:
            return self.mapping.query
        known = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
        if table not in known:
            raise UsageError(
                f"{self.mapping.where}: the database has no table '{table}'{near(table, known)}",
                fix=f"it has: {', '.join(known) or 'none'}",
            )
        return 'SELECT * FROM "' + table.replace('"', '""') + '"'

    def _columns(self, columns: list[str]) -> list[str]:
        """The columns as they are, when all that are asked for are among them. Raises UsageError."""
        if not columns:
            raise UsageError(f"{self.mapping.where}: the query gives no rows", fix='query = "SELECT ..."')
        for name in (*self.mapping.fields.values(), *self.mapping.filter):
            if name not in columns:
                raise UsageError(
                    f"{self.mapping.where}: there is no column '{name}'{near(name, columns)}",
                    fix=f"there are: {', '.join(columns)}",
                )
        return columns


def _require_database(path: Path) -> None:
    """Before SQLite is asked, which takes an empty file for an empty database. Raises UsageError."""
    try:
        with path.open("rb") as file:
            header = file.read(len(SQLITE_HEADER))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", fix="name an existing file") from error
    if not header:
        raise UsageError(f"{path} is empty", fix="give the database of the log")
    if header != SQLITE_HEADER:
        raise UsageError(
            f"{path} is no SQLite database", fix="for JSON lines leave table and query out of the mapping's [records]"
        )


def _as_usage(path: Path, error: sqlite3.Error) -> UsageError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return UsageError(f"{path} is locked by another process", fix="end the agent, or import a copy of the file")
    if "unable to open" in text:
        return UsageError(
            f"{path} cannot be opened: {text}", fix="copy it to a folder that can be written, and import that"
        )
    if "malformed" in text or "not a database" in text:
        return UsageError(f"{path} is damaged: {text}", fix="import a copy that is whole (sqlite3 FILE .recover)")
    return UsageError(f"{path}: {text}", fix="look at [records] of the mapping")
