"""`loop run`: whole cycles, as Prefect flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli import shapes
from loop.cli.setting_options import knob_option, settings_options
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.home import default_root, open_home
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.cycle.records import CycleOutcome


@click.command()
@knob_option("--cycles", key="run.cycles", metavar="N", help="Cycles to run, one after the other.")
@settings_options
@dry_run_option("Say what would run.")
@json_option
@talk_options
@pass_ui
def run(ui: Ui, resolved: Resolved, dry_run: bool) -> None:
    """The whole cycle, for each stage: audit the champion, practise, harvest, train, audit the challenger, promote it
    if it is better; then all stages end to end.

    -v shows each stage's decision by family. An interrupted cycle goes on where it stopped. That the gate refuses is a
    result like any other: exit code 0.
    """
    settings = resolved.settings
    if dry_run:
        planned = _plan(resolved)
        ui.emit(planned, lambda: click.echo("\n".join(f"{key}: {value}" for key, value in planned.items())))
        return
    home = open_home()
    with ui.talking():
        from flows.cycle import run_cycles

        outcomes = run_cycles(settings, settings.run.cycles, home=home, reporter=ui.reporter())
    ui.emit({"cycles": [shapes.outcome(o) for o in outcomes]}, lambda: _show(outcomes, families=ui.verbosity > 0))


def _plan(resolved: Resolved) -> dict[str, Any]:
    """What a run would do, without doing any of it."""
    from loop.home import Home
    from loop.store import ask
    from loop.store.db import Store

    settings, home = resolved.settings, Home(default_root())
    with Store(home.store).read() as connection:
        unfinished = ask.unfinished(connection)
    return {
        "home": str(home.root),
        "profile": settings.profile,
        "base": settings.model.base,
        "stages": settings.run.stages,
        "pack": settings.run.pack,
        "seed": settings.run.seed,
        "cycles": settings.run.cycles,
        "goes_on_with": unfinished["id"] if unfinished else "",
        "samples_per_cycle": settings.practice.tasks * settings.practice.k,
        "dry_run": True,
    }


def _show(outcomes: list[CycleOutcome], *, families: bool) -> None:
    from loop.report import tables

    for outcome in outcomes:
        tables.show_outcome(outcome, families=families)
