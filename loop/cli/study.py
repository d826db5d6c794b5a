"""`loop study`: the loop run in several ways, and compared. They take hours, and go on where they were stopped."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from loop.cli.setting_options import settings_options
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import default_root, open_home
from loop.settings_load import Resolved, changed

if TYPE_CHECKING:
    from loop.study.methods import Result


@click.group()
def study() -> None:
    """The loop run in several ways, and compared."""


@study.command()
@click.option("--arms", "named", default="all", show_default=True, help="Ways of learning, separated by commas.")
@click.option("--seeds", default="1,2,3", show_default=True, help="Seeds, separated by commas.")
@click.option("--cycles", default=3, show_default=True, type=click.IntRange(1), help="Cycles of each.")
@stage_option("implementation", "Which stage learns.")
@settings_options
@dry_run_option("Say what would run, and what is there.")
@json_option
@talk_options
@pass_ui
def methods(ui: Ui, named: str, seeds: str, cycles: int, stage: Any, resolved: Resolved, dry_run: bool) -> None:
    """What each way of learning gains within a few cycles from an empty state, on the same audit.

    sft, sft+dpo and grpo; and sft without deduplication and caps, without replay, and on a base into which champions
    are merged. Each has homes of its own under LOOP_HOME/studies/methods; what is complete there is not run again.
    """
    from loop.study.arms import arms_named

    arms, numbers = arms_named(named), _numbers(seeds)
    root = default_root() / "studies" / "methods"
    if dry_run:
        wanted = [f"{arm.name}-seed{seed}" for arm in arms for seed in numbers]
        plan = {"runs": wanted, "complete": [run for run in wanted if (root / run / "result.json").exists()]}
        ui.emit({**plan, "dry_run": True}, lambda: click.echo(f"{len(wanted)} runs, {len(plan['complete'])} complete"))
        return
    from loop.study.methods import study as run

    open_home()
    results: list[Result] = []
    with ui.talking():
        for seed in numbers:
            for arm in arms:
                ui.say(f"{arm.name}, seed {seed}: {arm.about}")
                settings = changed(resolved.settings, arm.settings, f"arm {arm.name}")
                results.append(run(arm, seed, settings, root, stage=stage, cycles=cycles, reporter=ui.reporter()))
    ui.emit([dataclasses.asdict(result) for result in results], lambda: _show(results))


CONTROLS = ("same", "shuffled", "leaked")


@study.command()
@click.option("--only", type=click.Choice(CONTROLS), multiple=True, help="Only this control (may be repeated).")
@click.option("--attempts", default=20, show_default=True, type=click.IntRange(1), help="Attempts of `same`.")
@settings_options
@dry_run_option("Say what would run.")
@json_option
@talk_options
@pass_ui
def controls(ui: Ui, only: tuple[str, ...], attempts: int, resolved: Resolved, dry_run: bool) -> int:
    """What the gate must not be taken in by: the base against itself, an adapter trained on shuffled answers, and one
    trained on the audit's own answers, which the vault tells. Exit 1: it was taken in.

    Each has a home of its own under LOOP_HOME/studies/controls; what is sampled there is not sampled again.
    """
    wanted = [name for name in CONTROLS if not only or name in only]
    if dry_run:
        ui.emit({"controls": wanted, "attempts": attempts, "dry_run": True}, lambda: click.echo(", ".join(wanted)))
        return 0
    from loop.study import controls as run

    open_home()
    root = default_root() / "studies" / "controls"
    found: list[run.Found] = []
    with ui.talking():
        for name in wanted:
            ui.say(f"control: {name}")
            found.append(run.control(name, resolved.settings, root, ui.reporter(), attempts=attempts))
    ui.emit([dataclasses.asdict(one) for one in found], lambda: click.echo("\n".join(one.says for one in found)))
    return 0 if all(one.held for one in found) else 1


def _numbers(text: str) -> list[int]:
    try:
        found = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise UsageError(f"--seeds is {text!r}", fix="numbers, separated by commas: 1,2,3") from None
    if not found or min(found) < 0:
        raise UsageError(f"--seeds is {text!r}", fix="numbers from 0 on, separated by commas: 1,2,3")
    return found


def _show(results: list[Result]) -> None:
    from loop.study.table import table

    for line in table(results):
        click.echo(line)
