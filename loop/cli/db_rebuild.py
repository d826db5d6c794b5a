"""`loop db migrate --rebuild`: what was written again from the registry, and what still does not fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from loop.cycle.agreement import Disagreement
    from loop.cycle.rebuild import Rebuilt
    from loop.home import Home


def rebuild_rows(home: Home, *, dry_run: bool) -> tuple[dict[str, Any], int, Callable[[], None]]:
    """What happened as JSON, the exit code, and what prints it. Raises StoreError, RegistryError, EnvironmentFault."""
    from loop.cycle.agreement import agreement
    from loop.cycle.rebuild import rebuild

    done = rebuild(home, dry_run=dry_run)
    wrong = agreement(home)
    told = {"rebuilt": dataclasses.asdict(done), "disagreements": [dataclasses.asdict(each) for each in wrong]}
    return told, int(any(not each.mendable for each in wrong)), lambda: _show(done, wrong)


def _show(done: Rebuilt, wrong: list[Disagreement]) -> None:
    would = "would be " if done.dry_run else ""
    for stage, rows in done.promotions.items():
        click.echo(f"{stage}: {rows} promotions and rollbacks {would}drawn again")
    click.echo(f"{done.adapters} adapters and {done.decisions} decisions {would}added")
    for each in wrong:
        click.echo(f"{'mended by --rebuild' if each.mendable else 'WRONG'}: {each.what}\n  -> {each.fix}")
    if not wrong:
        click.echo("registry, store and weights agree")
