"""`loop import FILE`: completions that a teacher or an agent wrote become graded samples of practice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening, shapes
from loop.cli.setting_options import settings_options
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.settings_load import Resolved
from loop.sources.formats import NAMES, importer
from loop.sources.importer import Defaults
from loop.sources.mapping import load_mapping

if TYPE_CHECKING:
    from loop.cycle.records import ImportReport


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "kind", type=click.Choice(NAMES), required=True, help="Who wrote it, and how it is kept.")
@click.option("--mapping", type=click.Path(path_type=Path), metavar="MAP.toml", help="Which field of a log is what.")
@click.option("--model", default="", metavar="NAME", help="Who wrote the records that do not say it.")
@stage_option(None, "The stage of the records that do not say it; implementation, unless it is given.")
@settings_options
@dry_run_option("Count what would be graded, and store nothing.")
@json_option
@talk_options
@pass_ui
def bring_in(
    ui: Ui, file: Path, kind: str, mapping: Path | None, model: str, stage: Any, resolved: Resolved, dry_run: bool
) -> None:
    """Bring in answers to practice tasks that a teacher or an agent wrote: each is read and graded as our model's own.

    FILE is JSON lines or, with a mapping, an agent's log in JSON lines or SQLite (docs/sources.md).
    """
    read = load_mapping(mapping) if mapping is not None else None
    chosen = importer(kind, Defaults(stage or "implementation", model), read)
    records = list(chosen.read(file))  # before anything is opened: what is wrong with the file is said at once
    with opening.context(ui, resolved.settings) as ctx:
        from loop.cycle.bring_in import bring_in as take_in

        report = take_in(ctx, records, chosen.source, dry_run=dry_run)
    ui.emit(shapes.imported(report), lambda: _show(report))


def _show(report: ImportReport) -> None:
    verb = "would be graded" if report.dry_run else f"are new, and {report.passed} of them pass"
    click.echo(f"{report.new} of {report.records} records {verb}")
    for kind, count in report.kinds.items():
        click.echo(f"  {count:>6}  {kind}")
        for example in report.examples.get(kind, ()):
            click.echo(f"            {example}")
    for reason, count in report.left_out.items():
        if count:
            click.echo(f"  {count:>6}  left out: {reason}")
            for example in report.examples.get(reason, ()):
                click.echo(f"            {example}")
