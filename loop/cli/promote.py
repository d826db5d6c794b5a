"""`loop promote` and `loop rollback`: what is in service."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening, shapes
from loop.cli.setting_options import settings_options
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import GateRefused, UsageError
from loop.settings_load import Resolved
from loop.stage_names import STAGES

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import Promotion


@click.command()
@click.argument("adapter", required=False)
@stage_option(None, "The stage whose newest adapter is meant; default: the newest of any.")
@click.option("--force", is_flag=True, help="Promote against the gate; wants --reason, and stays in the history.")
@click.option("--reason", default="", metavar="TEXT", help="Why the gate is overridden.")
@settings_options
@dry_run_option("Ask the gate, and change nothing.")
@json_option
@talk_options
@pass_ui
def promote(
    ui: Ui, adapter: str | None, stage: Any, force: bool, reason: str, resolved: Resolved, dry_run: bool
) -> int:
    """Put ADAPTER (default: the newest trained one) in service at its stage if the gate finds it better. Exit 1: it
    does not."""
    if force and not reason.strip():
        raise UsageError("--force wants a reason", fix='loop promote --force --reason "why the gate is wrong here"')
    if reason and not force:
        raise UsageError("--reason goes with --force", fix="leave it out, or add --force")
    try:
        with opening.context(ui, resolved.settings) as ctx:
            from loop.cycle.promote import promote as put_in_service

            with ctx.store.kept_open() if dry_run else nullcontext():
                wanted = ctx.find_adapter(adapter, stage) if adapter else None
                done = put_in_service(ctx, wanted, stage=stage, force=force, reason=reason.strip(), dry_run=dry_run)
    except GateRefused as refusal:
        decision = getattr(refusal, "decision", None)
        ui.emit({**shapes.decision(decision), "refused": refusal.message}, lambda: _show_decision(decision))
        click.echo(f"error: {refusal}", err=True)
        return refusal.exit_code
    ui.emit(shapes.promotion(done), lambda: _show(done))
    return 0


@click.command()
@stage_option(None, "Whose champion is replaced; needed when several stages have one.")
@click.option("--to", metavar="VERSION", help="A version that `loop log` names, or base; default: the one before.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stays in the history.")
@settings_options
@dry_run_option("Say what would serve.")
@json_option
@talk_options
@pass_ui
def rollback(ui: Ui, stage: Any, to: str | None, reason: str, resolved: Resolved, dry_run: bool) -> None:
    """Put a stage's previous champion (or --to VERSION) back in service."""
    with opening.context(ui, resolved.settings) as ctx:
        from loop.cycle.promote import rollback as put_back

        stage = stage or _only_stage(ctx)
        before = ctx.registry.champion(stage)
        now = put_back(ctx, to, stage=stage, reason=reason, dry_run=dry_run)
    was = before.version if before else "base"
    name, sha256 = (now.version, now.adapter_sha256) if now else ("base", "base")
    data = {"stage": stage, "from": was, "to": name, "version": name, "sha256": sha256, "reason": reason.strip()}
    told = f"would serve instead of {was}" if dry_run else f"is in service again (was {was})"
    ui.emit({**data, "dry_run": dry_run}, lambda: click.echo(f"{stage}: {name} {told}"))


def _only_stage(ctx: Context) -> str:
    """The one stage that ever had an adapter in service. Raises UsageError when several had one."""
    known = [stage for stage in STAGES if ctx.registry.history(stage)]
    if len(known) > 1:
        raise UsageError(f"adapters serve {', '.join(known)}", fix="say whose is meant: loop rollback --stage NAME")
    return known[0] if known else "implementation"


def _show(done: Promotion) -> None:
    _show_decision(done.decision)
    verb = "would be promoted" if done.dry_run else f"is in service as {done.version}"
    forced = f"; forced: {done.forced_reason}" if done.forced_reason else ""
    click.echo(f"{done.stage}: adapter {done.adapter[:12]} {verb} (before: {done.previous[:12]}){forced}")


def _show_decision(decision: object) -> None:
    if decision is not None:
        from loop.report import tables

        tables.show_decision(decision)  # type: ignore[arg-type]
