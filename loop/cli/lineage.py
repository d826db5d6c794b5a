"""`loop lineage`: what a row came from, and what rests on it. Reads only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.home import Home, default_root

if TYPE_CHECKING:
    from loop.lineage.samples import Group
    from loop.lineage.walk import Lineage

ID = 12  # characters of an id that people are shown; --json has all of them
# what is said of a row beside its id, in this order, where the row has it
SAID = (
    "tag", "version", "action", "outcome", "kind", "purpose", "stage", "split", "type", "family", "method", "n_rows",
    "pass_at_1", "delta", "p_value", "samples", "tier", "cycle_id", "adapter", "dataset", "promoted_by", "serving",
    "of",
)  # fmt: skip
IDS = {"adapter", "dataset"}


@click.command()
@click.argument("identity", metavar="ID")
@stage_option(None, "The stage of a version (v3).")
@click.option("-n", "limit", type=click.IntRange(min=1), default=3, show_default=True, help="Rows shown of each kind.")
@json_option
@talk_options
@pass_ui
def lineage(ui: Ui, identity: str, stage: str | None, limit: int) -> None:
    """What ID came from and what rests on it. ID: (the beginning of) the id of a task, sample, dataset, adapter, audit,
    decision or promotion, or a version."""
    from loop.lineage.resolve import resolve
    from loop.lineage.service import promotions
    from loop.lineage.walk import walk

    home = Home(default_root())
    service = promotions(opening.registry(home))
    with opening.store(home) as connection:
        found = walk(connection, service, resolve(connection, service, identity.strip(), stage), limit)
    ui.emit(dataclasses.asdict(found), lambda: _show(found))


def _show(found: Lineage) -> None:
    click.echo(f"{found.kind} {found.id}{_said(found.facts)}")
    verdict = found.facts.get("verdict")
    if verdict:
        click.echo(f"  {verdict['kind']} by oracle {verdict['oracle'][:ID] or '(none: it could not be read)'}")
    for earlier in found.facts.get("earlier_verdicts", ()):
        click.echo(
            f"  it was {earlier['kind']} by oracle {earlier['oracle'][:ID]}, recalled by taint {earlier['taint']}"
        )
    for title, groups in (("came from", found.came_from), ("rests on it", found.rests_on_it)):
        click.echo(f"\n{title}" if groups else f"\n{title}: nothing")
        for group in groups:
            _show_group(group)


def _show_group(group: Group) -> None:
    parts = [
        ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, dict) else ", ".join(value)
        for value in group.facts.values()
    ]
    click.echo(f"  {group.count:>7,}  {group.name}" + (f"  ({'; '.join(parts)})" if parts else ""))
    for row in group.examples:
        click.echo(f"           {_short(row['id'])}{_said(row)}")
    if group.count > len(group.examples):
        click.echo(f"           ... and {group.count - len(group.examples):,} more (-n)")


def _said(row: dict[str, Any]) -> str:
    found = [f"{name} {_value(name, row[name])}" for name in SAID if row.get(name) not in (None, "", False)]
    return "  " + ", ".join(found) if found else ""


def _value(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return _short(value) if name in IDS else str(value)


def _short(key: Any) -> str:
    return str(key)[:ID] if key is not None else "(not in the store)"
