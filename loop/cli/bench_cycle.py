"""`loop bench cycle`: where a cycle's time goes."""

from __future__ import annotations

from typing import Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.shapes import measurement
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import open_home
from loop.settings_load import Resolved

OVERHEAD_TARGET = 0.15  # share of a cycle that is none of sampling, grading and training
KINDS = ("sampling", "grading", "training", "other")


@click.command()
@click.option("--fresh", is_flag=True, help="Run a cycle first, also when one is there to be read.")
@settings_options
@json_option
@talk_options
@pass_ui
def cycle(ui: Ui, fresh: bool, resolved: Resolved) -> None:
    """Seconds of the last finished cycle by step and kind; runs one when there is none."""
    open_home()
    found = None if fresh else _last_cycle()
    if found is None:
        ui.say("no finished cycle to read; running one")
        with ui.talking():
            from flows.cycle import run_cycles

            run_cycles(resolved.settings, 1, reporter=ui.reporter())
        found = _last_cycle()
    if found is None:
        raise UsageError("the cycle that was run did not finish", fix="loop log")
    results, steps = measure(found[1]), found[1]
    ui.emit(results, lambda: _show(found[0], results, steps))


def _last_cycle() -> tuple[str, list[dict[str, Any]]] | None:
    """(name, step times, a stage's after the other's) of the newest cycle with a finished stage."""
    from loop.store import ask

    with opening.store() as connection:
        finished = [row for row in ask.cycles(connection, 50) if row["state"] == "finished"]
        if not finished:
            return None
        newest = [row for row in finished if row["number"] == finished[0]["number"]]
        steps = [
            {**step, "step": f"{row['stage']}: {step['step']}"}
            for row in reversed(newest)
            for step in ask.step_times(connection, row["cycle_id"])
        ]
        return f"cycle {finished[0]['number']}", steps


def measure(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows: all seconds, each kind's, and the share that is none of the three, against its target."""
    total = sum(step["total"] for step in steps)
    seconds = {kind: sum(step[kind] for step in steps) for kind in KINDS}
    share = seconds["other"] / total if total else 0.0
    rows = [measurement("cycle", "seconds", total)]
    rows += [measurement(f"cycle.{kind}", "seconds", seconds[kind]) for kind in KINDS]
    rows.append(measurement("cycle.overhead", "share", share, OVERHEAD_TARGET, share / OVERHEAD_TARGET))
    return rows


def _show(cycle_id: str, results: list[dict[str, Any]], steps: list[dict[str, Any]]) -> None:
    click.echo(f"{cycle_id}, seconds\n")
    click.echo(f"{'step':<34}" + "".join(f"{kind:>10}" for kind in (*KINDS, "all")))
    for step in steps:
        click.echo(f"{step['step']:<34}" + "".join(f"{step[kind]:>10.1f}" for kind in (*KINDS, "total")))
    total = {result["name"]: result["value"] for result in results}
    click.echo(
        f"{'all':<34}" + "".join(f"{total[f'cycle.{kind}']:>10.1f}" for kind in KINDS) + f"{total['cycle']:>10.1f}"
    )
    click.echo(
        f"\nnone of sampling, grading, training: {total['cycle.overhead']:.1%} (target: at most {OVERHEAD_TARGET:.0%})"
    )
