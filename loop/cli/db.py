"""`loop db path | sql | export | snapshot | backup | migrate`: the store for whoever wants to look, or to keep it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import StoreError, UsageError
from loop.home import Home, default_root, open_home

if TYPE_CHECKING:
    from loop.store.snapshot import Snapshot


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
@click.option("--snapshot", "of_snapshot", is_flag=True, help="Ask the last snapshot: nobody waits for anybody.")
@json_option
@talk_options
@pass_ui
def sql(ui: Ui, query: str, of_snapshot: bool) -> None:
    """Run one read-only QUERY, for example: loop db sql "SELECT * FROM v_cycle_summary"."""
    import duckdb

    from loop.store import ask

    try:
        _check_read_only(query)
        with opening.snapshot() if of_snapshot else opening.store() as connection:
            rows = ask.rows(connection, query)
    except (duckdb.ProgrammingError, duckdb.NotSupportedError, duckdb.DataError) as error:
        raise UsageError(str(error).strip(), fix="see `loop db sql 'SHOW ALL TABLES'`") from error
    ui.emit(rows, lambda: _show(rows))


@db.command()
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="A directory; it is replaced.")
@json_option
@talk_options
@pass_ui
def export(ui: Ui, target: Path) -> None:
    """Write the whole store as Parquet files."""
    from loop.store import snapshot as snapshots

    if target.exists() and not (target / "parts.json").exists():
        raise UsageError(f"{target} is there and is no export", fix="name a directory that is not there yet")
    with ui.talking(), opening.store() as connection:
        made = snapshots.export(connection, target.absolute())
    _show_export(ui, made)


@db.command()
@json_option
@talk_options
@pass_ui
def snapshot(ui: Ui) -> None:
    """Take a snapshot for readers, as each cycle does at its end."""
    from loop.store import snapshot as snapshots

    home = open_home()
    with ui.talking(), opening.store(home) as connection:
        made = snapshots.take(connection, home.snapshots, time.strftime("%Y%m%dT%H%M%S"))
    _show_export(ui, made)


@db.command()
@json_option
@talk_options
@pass_ui
def backup(ui: Ui) -> None:
    """Copy the store's file beside itself; to go back, put the copy in its place."""
    from loop.store.db import Store

    with ui.talking():
        path = Store(open_home().store).back_up(time.strftime("%Y%m%dT%H%M%S"))
    ui.emit({"path": str(path), "bytes": path.stat().st_size}, lambda: click.echo(str(path)))


@db.command()
@click.option("--rebuild", is_flag=True, help="Then write the rows that the registry knows again, and compare them.")
@dry_run_option("Say what would change.")
@json_option
@talk_options
@pass_ui
def migrate(ui: Ui, rebuild: bool, dry_run: bool) -> int:
    """Bring the store to this program's schema, after a backup. Every command does so when it has to. With --rebuild,
    exit 1: registry, store and weights disagree in what it cannot mend."""
    from loop.store import schema
    from loop.store.db import Store

    home = Home(default_root()) if dry_run else open_home()
    with ui.talking():
        store = Store(home.store)
        found, saved = store.version(), None if dry_run else store.migrate()
    done: dict[str, Any] = {"schema": schema.VERSION, "backup": str(saved) if saved else None}
    text = f"schema {schema.VERSION}" + (f"; the store as it was: {saved}" if saved else "")
    if dry_run:
        done |= {"found": found, "dry_run": True}
        text += f" is this program's; the store {f'has {found}' if found else 'is not there yet'}"
    if not rebuild:
        ui.emit(done, lambda: click.echo(text))
        return 0
    if dry_run and 0 < found < schema.VERSION:
        raise StoreError(f"the store has schema {found}, this program's is {schema.VERSION}", fix="loop db migrate")
    from loop.cli.db_rebuild import rebuild_rows

    told, code, show = rebuild_rows(home, dry_run=dry_run)
    if not ui.json:
        click.echo(text)
    ui.emit({**done, **told}, show)
    return code


def _show_export(ui: Ui, made: Snapshot) -> None:
    fields = {"path": str(made.path), "rows": made.rows, "written": made.written, "linked": made.linked,
              "seconds": made.seconds}  # fmt: skip
    text = f"{made.rows:,} rows -> {made.path} ({made.written:,} bytes new, {made.linked} parts shared)"
    ui.emit(fields, lambda: click.echo(text))


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
