"""`loop audit`: measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening, shapes
from loop.cli.setting_options import knob_option, settings_options
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.settings_load import Resolved
from loop.stage_names import STAGES

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import AuditReport, ChainReport

CHAIN = "chain"


@click.command()
@click.option(
    "--adapter",
    default="champion",
    metavar="champion|challenger|previous|base|ID",
    show_default=True,
    help="What is measured.",
)
@click.option("--split", type=click.Choice(["audit", "vault"]), default="audit", show_default=True)
@click.option(
    "--stage", "chosen", type=click.Choice([*STAGES, CHAIN]), multiple=True,
    help="Only this stage, or the whole chain (may be repeated); default: all that the pack asks for.",
)  # fmt: skip
@knob_option("-k", key="audit.k", metavar="N", help="Completions a question.")
@click.option("--plan", is_flag=True, help="Say what gains audits of more or fewer tasks and completions could show.")
@settings_options
@dry_run_option("Say what would be measured.")
@json_option
@talk_options
@pass_ui
def audit(
    ui: Ui, adapter: str, split: str, chosen: tuple[str, ...], plan: bool, resolved: Resolved, dry_run: bool
) -> int:
    """Measure an adapter at its stage on the audit or the vault split; writes an audit. Exit 1: it passed a honeypot.

    champion and base are measured at every stage, and then the chain of all stages, end to end.
    """
    settings = resolved.settings
    if plan:
        from loop.cli import audit_plan

        with opening.context(ui, settings) as ctx:
            stages = [stage for stage in ctx.stages if not chosen or stage in chosen]
            found = audit_plan.gather(ctx, stages, split)
        ui.emit({"plan": found}, lambda: audit_plan.show(found))
        return 0
    if dry_run:
        from loop.home import Home, default_root
        from loop.tasks.pack import load_pack

        tasks = len([t for t in load_pack(settings.run.pack, Home(default_root()).cache).tasks if t.split == split])
        tasks = min(tasks, settings.audit.tasks or tasks)
        asked = {"adapter": adapter, "split": split, "n_tasks": tasks, "k": settings.audit.k, "dry_run": True}
        ui.emit(
            asked, lambda: click.echo(f"would ask {tasks} tasks of {split}, {settings.audit.k} + 1 completions each")
        )
        return 0
    with opening.context(ui, settings) as ctx:
        reports, chain = _measure(ctx, adapter, split, chosen)
    ui.emit(shapes.audits(adapter, reports, chain), lambda: _show(reports, chain))
    return 1 if any(report.scores.honeypot_passes for report in reports) else 0


def _measure(
    ctx: Context, adapter: str, split: Any, chosen: tuple[str, ...]
) -> tuple[list[AuditReport], ChainReport | None]:
    """The stages asked for, then the chain. An adapter that is named by its hash is measured at the stage it serves."""
    from loop.cycle.audit import audit as measure
    from loop.cycle.calls import askable
    from loop.cycle.chain import audit_chain, chain_tasks

    everywhere = adapter in ("", "champion", "base")
    stages: list[Any] = [stage for stage in STAGES if stage in chosen]
    if not chosen:
        stages = list(ctx.stages) if everywhere else [ctx.stage_of_adapter(adapter)]
        stages = [stage for stage in stages if askable(ctx.pack.split(split), stage)]
    adapters = {stage: ctx.resolve_adapter(adapter, stage) for stage in stages}
    reports = [measure(ctx, adapters[stage], stage=stage, split=split) for stage in stages]
    wanted = CHAIN in chosen or (not chosen and everywhere and bool(chain_tasks(ctx, split)))
    bases: Any = dict.fromkeys(STAGES, "base") if adapter == "base" else None
    return reports, audit_chain(ctx, split=split, adapters=bases) if wanted else None


def _show(reports: list[AuditReport], chain: ChainReport | None) -> None:
    from loop.report import stages, tables

    for report in reports:
        tables.show_audit(report)
    if chain is not None:
        tables.show(stages.chain_sheet(chain))
