"""`loop log`: what happened, newest first."""

from __future__ import annotations

from typing import Any

import click

from loop.cli import opening
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import Home, default_root
from loop.stage_names import STAGES


@click.command()
@click.option("-n", "limit", type=click.IntRange(min=1), default=20, show_default=True, help="Cycles shown.")
@click.option("--aliases", is_flag=True, help="When champion, challenger and previous came to mean what.")
@click.option("--card", metavar="VERSION", help="The model card of a version.")
@stage_option(None, "Whose aliases or version; default: all stages, or the only one that has the version.")
@json_option
@talk_options
@pass_ui
def log(ui: Ui, limit: int, aliases: bool, card: str | None, stage: Any) -> None:
    """Cycles with their decisions, proven hacks, what a person was asked, and the promotions and rollbacks."""
    home = Home(default_root())
    if aliases or card:
        from loop.cli import log_registry

        log_registry.tell(ui, home, stage, card)
        return
    if stage:
        raise UsageError("--stage goes with --aliases or --card", fix="leave it out, or add one of them")
    from loop.store import ask, ask_approvals

    with opening.store(home) as connection:
        cycles, freezes = ask.cycles(connection, limit), ask.freezes(connection, limit)
        approvals = ask_approvals.approvals(connection, limit)
    data = {"cycles": cycles, "freezes": freezes, "approvals": approvals, "history": _history(home)}
    ui.emit(data, lambda: _show(data))


def _history(home: Home) -> list[dict[str, Any]]:
    import dataclasses

    registry = opening.registry(home)
    if registry is None:
        return []
    events = [dataclasses.asdict(event) for stage in STAGES for event in registry.history(stage)]
    return sorted(events, key=lambda event: str(event["created"]), reverse=True)


def _show(data: dict[str, Any]) -> None:
    if not data["cycles"] and not data["history"]:
        click.echo("nothing happened yet; `loop run` starts a cycle")
    for row in data["cycles"]:
        click.echo(_cycle_line(row))
        for reason in row["reasons"] or ([row["reason"]] if row["reason"] else []):
            click.echo(f"        {reason}")
    if data["freezes"]:
        click.echo("\nproven hacks, newest first")
    for row in data["freezes"]:
        click.echo(_freeze_line(row))
    if data["approvals"]:
        click.echo("\nasked of a person, newest first")
    for row in data["approvals"]:
        click.echo(_approval_line(row))
    if data["history"]:
        click.echo("\nin service, newest first")
    for event in data["history"]:
        forced = f"  FORCED: {event['forced_reason']}" if event.get("forced_reason") else ""
        why = f"  {event['reason']}" if event.get("reason") else ""
        click.echo(
            f"  {event['created']}  {event['stage']:<14} {event['action']} {event['version']}"
            f"  {event['adapter_sha256'][:12]}{forced}{why}"
        )


def _freeze_line(row: dict[str, Any]) -> str:
    """One freeze: when, what was proven, and what the person who looked has found."""
    end = f"LIFTED {row['lifted']:%Y-%m-%d %H:%M}: {row['lifted_by_reason']}" if row["lifted"] else "FROZEN"
    return f"  {row['created']:%Y-%m-%d %H:%M}  {row['reason']}  (audit {row['audit_id']})  {end}"


def _approval_line(row: dict[str, Any]) -> str:
    """One proposal: when and what was asked, what was answered, by whom and why."""
    who = f" by {row['answered_by']}" if row["answered_by"] else ""
    why = f": {row['reason']}" if row["reason"] else ""
    asked = f"  {row['created']:%Y-%m-%d %H:%M}  {row['stage']:<14} cycle {row['cycle']}, adapter {row['adapter'][:12]}"
    return f"{asked}  {row['id']}  {row['state'].upper()}{who}{why}"


def _cycle_line(row: dict[str, Any]) -> str:
    """One cycle: number, when, what was decided, champion -> challenger."""
    when = row["started"].strftime("%Y-%m-%d %H:%M")
    head = f"cycle {row['number']:>3}  {when}  {row['stage']:<14} "
    if row["outcome"] is None:
        return f"{head}{row['state']} after {row['step']}"
    measured = f"pass@1 {row['champion_pass_at_1']:.3f} -> {row['challenger_pass_at_1']:.3f}"
    interval = f"{row['delta']:+.3f} [{row['ci_low']:+.3f}, {row['ci_high']:+.3f}], p = {row['p_value']:.4f}"
    return f"{head}{row['outcome']:<12} {measured}  {interval}  {row['version'] or ''}".rstrip()
