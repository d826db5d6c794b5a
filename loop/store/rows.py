"""The answer to a question put to the store: rows as dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Rows = list[dict[str, Any]]


def rows(connection: duckdb.DuckDBPyConnection, sql: str, arguments: list[Any] | dict[str, Any] | None = None) -> Rows:
    """The answer to `sql` as dicts by column name."""
    cursor = connection.execute(sql, arguments or [])
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(connection: duckdb.DuckDBPyConnection, sql: str, arguments: list[Any] | None = None) -> dict[str, Any] | None:
    """The first row, or None."""
    found = rows(connection, sql, arguments)
    return found[0] if found else None
