"""`loop db path | sql`: the store for whoever wants to look."""

from __future__ import annotations

from typing import Any

import click

from loop.cli import opening
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import Home, default_root


@click.group()
def db() -> None:
    """The store. Views named v_* are its public surface."""


@db.command()
@json_option
@talk_options
@pass_ui
def path(ui: Ui) -> None:
    """The store's file."""
    file = Home(default_root()).store
    ui.emit({"path": str(file), "exists": file.exists()}, lambda: click.echo(str(file)))


@db.command()
@click.argument("query")
@json_option
@talk_options
@pass_ui
def sql(ui: Ui, query: str) -> None:
    """Run one read-only QUERY, for example: loop db sql "SELECT * FROM v_cycle_summary"."""
    import duckdb

    from loop.store import ask

    try:
        _check_read_only(query)
        with opening.store() as connection:
            rows = ask.rows(connection, query)
    except (duckdb.ProgrammingError, duckdb.NotSupportedError, duckdb.DataError) as error:
        raise UsageError(str(error).strip(), fix="see `loop db sql 'SHOW ALL TABLES'`") from error
    ui.emit(rows, lambda: _show(rows))


def _check_read_only(query: str) -> None:
    """Raises UsageError unless `query` is one statement that only reads."""
    import duckdb

    reading = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    found = duckdb.extract_statements(query)
    if len(found) != 1 or found[0].type not in reading:
        raise UsageError("one SELECT, SHOW, DESCRIBE or EXPLAIN is wanted", fix="the store is only read here")


def _show(rows: list[dict[str, Any]]) -> None:
    """Columns under their names, tab-separated: for eyes, and for cut and sort."""
    if rows:
        click.echo("\t".join(rows[0]))
    for row in rows:
        click.echo("\t".join("" if value is None else str(value) for value in row.values()))
