"""`loop audit`: measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loop.cli import opening, shapes
from loop.cli.setting_options import knob_option, settings_options
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.cycle.records import AuditReport


@click.command()
@click.option("--adapter", default="champion", metavar="champion|base|ID", show_default=True, help="What is measured.")
@click.option("--split", type=click.Choice(["audit", "vault"]), default="audit", show_default=True)
@knob_option("-k", key="audit.k", metavar="N", help="Completions a task.")
@settings_options
@dry_run_option("Say what would be measured.")
@json_option
@talk_options
@pass_ui
def audit(ui: Ui, adapter: str, split: str, resolved: Resolved, dry_run: bool) -> int:
    """Measure an adapter on the audit or the vault split; writes an audit. Exit 1: it passed a honeypot."""
    settings = resolved.settings
    if dry_run:
        from loop.tasks.pack import load_pack

        tasks = len([t for t in load_pack(settings.run.pack).tasks if t.split == split])
        tasks = min(tasks, settings.audit.tasks or tasks)
        plan = {"adapter": adapter, "split": split, "n_tasks": tasks, "k": settings.audit.k, "dry_run": True}
        ui.emit(
            plan, lambda: click.echo(f"would ask {tasks} tasks of {split}, {settings.audit.k} + 1 completions each")
        )
        return 0
    with opening.context(ui, settings) as ctx:
        from loop.cycle.audit import audit as measure

        report = measure(ctx, ctx.resolve_adapter(adapter), split=split)  # type: ignore[arg-type]
    ui.emit(shapes.audit(report, settings.model.stage), lambda: _show(report))
    return 1 if report.scores.honeypot_passes else 0


def _show(report: AuditReport) -> None:
    from loop.report import tables

    tables.show_audit(report)
