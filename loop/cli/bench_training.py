"""`loop bench training`: how soon a training reaches a loss, beside TRL's SFTTrainer as it comes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.shapes import measurement
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import open_home
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.training.training_speed import Comparison

TARGET = 2.0  # times as fast as TRL's defaults, on the micro model


@click.command()
@click.option("--dataset", default="", metavar="SHA256", help="A training set; default: the stage's newest.")
@click.option("--rows", default=0, type=click.IntRange(0), help="Of it, at most; 0: all.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="Times that each way runs.")
@click.option("--without", multiple=True, type=click.Choice(["trl", "trl-float32"]), help="Ways left out.")
@stage_option("implementation", "Whose training set.")
@settings_options
@json_option
@talk_options
@pass_ui
def training(
    ui: Ui, dataset: str, rows: int, repeats: int, without: tuple[str, ...], stage: Any, resolved: Resolved
) -> None:
    """Train on a harvested set as the loop does, and with TRL's SFTTrainer as it comes, in turns: seconds to one loss.

    Same rows, adapter, learning rate and epochs; TRL's own defaults for the rest.
    """
    from loop.models import catalogue
    from loop.training.recipe import recipe
    from loop.training.training_speed import measure

    home, settings = open_home(), resolved.settings
    with opening.store(home) as connection:
        found = connection.execute(
            "SELECT manifest FROM datasets WHERE stage = ? AND starts_with(manifest, ?) AND n_rows > 0"
            " ORDER BY created DESC LIMIT 1",
            [stage, dataset],
        ).fetchall()
    if not found:
        raise UsageError(f"there is no training set of {stage} to train on", fix="run `loop run`, or `loop harvest`")
    base = catalogue.resolve(settings.model.base, home)
    with ui.talking(), tempfile.TemporaryDirectory() as place:
        spec = recipe(
            settings, stage, base=base.hf_dir, examples=home.datasets / f"{found[0][0]}.jsonl", out=Path(place) / "out",
            cache=home.cache, seed=settings.run.seed, oracle_seed=0,
        )  # fmt: skip
        compared = measure(spec, repeats, without=without, most=rows, say=ui.say)
    results = result_rows(compared)
    ui.emit(results, lambda: _show(compared))


def result_rows(found: Comparison) -> list[dict[str, Any]]:
    """Of each way: seconds to the loss that all reached (ratio: the way's to ours), tokens a second, peak memory."""
    from loop.training.training_speed import OURS

    out = []
    for way, courses in found.courses.items():
        ours = found.seconds(OURS)
        out.append(
            measurement(f"training.{way}", "seconds to loss", found.seconds(way), ours, found.ratio(way), len(courses))
        )
        last = courses[-1]
        out.append(measurement(f"training.{way}.rate", "tokens/s", last.tokens / last.seconds))
        out.append(measurement(f"training.{way}.memory", "bytes, peak", last.peak_memory_bytes))
    return out


def _show(found: Comparison) -> None:
    from loop.training.training_speed import OURS, TITLES

    losses = ", ".join(f"{found.target(at):.4f}" for at in range(len(found.courses[OURS])))
    click.echo(
        f"{found.rows[0]} rows, {found.rows[1]} held out; to a held-out loss of {losses}; "
        f"load {found.load[0]:.1f} to {found.load[1]:.1f}\n\n"
        f"{'':<40}{'seconds':>9}{'ratio':>9}{'tokens/s':>10}{'peak MiB':>10}"
    )
    for way, courses in found.courses.items():
        beside = "" if way == OURS else f"{found.ratio(way):.2f} x"
        last = courses[-1]
        click.echo(
            f"{TITLES[way]:<40}{found.seconds(way):>9.1f}{beside:>9}{last.tokens / last.seconds:>10,.0f}"
            f"{last.peak_memory_bytes / 2**20:>10,.0f}"
        )
    click.echo(f"\ntarget: {TARGET:.0f} x TRL's defaults")
