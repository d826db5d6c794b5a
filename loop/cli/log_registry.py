"""`loop log --aliases` and `loop log --card`: what the registry alone knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.ui import Ui
from loop.errors import UsageError
from loop.home import Home
from loop.stage_names import STAGES

if TYPE_CHECKING:
    from loop.registry import AliasChange, Aliases


def tell(ui: Ui, home: Home, stage: str | None, card: str | None) -> None:
    """A version's card, or the aliases. Raises UsageError for an unknown version, RegistryError."""
    registry = opening.registry(home)
    if card is not None:
        stage = stage or _only_stage(registry, card)
        text = registry.card(stage, card) if registry is not None else ""
        if not text:
            raise UsageError(f"{stage} has no version '{card}'", fix="nothing was promoted yet; see `loop log`")
        ui.emit({"stage": stage, "version": card, "card": text}, lambda: click.echo(text, nl=False))
        return
    stages = [s for s in STAGES if registry is not None and s in registry.stages() and stage in (None, s)]
    now = {s: registry.aliases(s) for s in stages}
    changes = [change for s in stages for change in registry.alias_history(s)]
    changes.sort(key=lambda change: change.created, reverse=True)  # stable: an event's own order stays
    data = {
        "aliases": {s: dataclasses.asdict(names) for s, names in now.items()},
        "history": [dataclasses.asdict(change) for change in changes],
    }
    ui.emit(data, lambda: _show(now, changes))


def _only_stage(registry: Any, version: str) -> str:
    own = [s for s in STAGES if registry is not None and any(v.version == version for v in registry.versions(s))]
    if len(own) != 1:
        problem = f"{', '.join(own)} each have a {version}" if own else f"no stage has a version '{version}'"
        raise UsageError(problem, fix="say whose is meant: loop log --card VERSION --stage NAME; see `loop log`")
    return own[0]


def _show(now: Mapping[Any, Aliases], changes: list[AliasChange]) -> None:
    if not now:
        click.echo("no alias points to anything yet: the bases serve; `loop run` trains and judges a challenger")
    for stage, names in now.items():
        challenger = names.challenger[:12] or "none"
        click.echo(f"{stage}: champion {names.champion}, previous {names.previous}, challenger {challenger}")
    if changes:
        click.echo("\nsince when, newest first")
    for change in changes:
        click.echo(f"  {change.created}  {change.stage:<14} {change.alias:<10} -> {_target(change)}")


def _target(change: AliasChange) -> str:
    """What it points to since then, by which event, and what that says."""
    adapter = f" ({change.adapter_sha256[:12]})" if change.target.startswith("v") else ""
    target = change.target[:12] + adapter or "nothing"
    event = f"{change.action} {change.tag}, commit {change.commit[:12]}"
    told = change.decision
    gate = (
        f": {told['outcome']}, delta {told['delta']:+.3f}, p = {told['p_value']:.4f}"
        if told.get("delta") is not None
        else ""
    )
    forced = "FORCED: " if change.action == "promote" else ""
    return f"{target}  by {event}{gate}{f'  {forced}{change.reason}' if change.reason else ''}"
