"""`loop bench judging`: items judged over a shared prefix, off the logits and by generating an answer to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli.setting_options import settings_options
from loop.cli.shapes import measurement
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.home import open_home
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.inference.judging_speed import Speeds

TARGET = 20.0  # times as fast as a small JSON answer for each, generated
TITLES = {"choose": "off the logits", "json": "create_completion, JSON", "word": "own batch, one word"}


@click.command()
@click.option("--items", default=64, show_default=True, type=click.IntRange(2), help="That are judged.", metavar="N")
@click.option("--prefix", default=1000, show_default=True, type=click.IntRange(16), help="Tokens that they share.")
@click.option("--words", default=4, show_default=True, type=click.IntRange(1), help="Items that a word is written for.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="Times that each way runs.")
@settings_options
@json_option
@talk_options
@pass_ui
def judging(ui: Ui, items: int, prefix: int, words: int, repeats: int, resolved: Resolved) -> None:
    """Judge items over a shared prefix: beside create_completion with its prefix reuse, and our own generation."""
    from loop.inference.judging_speed import measure
    from loop.inference.llama import available_cores
    from loop.models import catalogue
    from loop.tasks.reference import reference_pack

    model, home = resolved.settings.model, open_home()
    config = catalogue.describe(model.base)
    with ui.talking():
        found = measure(
            catalogue.resolve(model.base, home, quantization=model.quantization).gguf,
            [task for task in reference_pack().tasks if task.truth is not None],
            style=catalogue.chat_style(config),
            longest=config["max_position_embeddings"],
            prefix=prefix,
            items=items,
            words=words,
            threads=resolved.settings.sampling.threads or available_cores(),
            repeats=repeats,
            say=ui.say,
        )
    results = rows(found, repeats)
    ui.emit(results, lambda: _show(found))


def rows(found: Speeds, repeats: int) -> list[dict[str, Any]]:
    """Of each method the time of an item over a warm prefix, and of all items from the beginning; wall and CPU time.

    ratio: how many times as long as `choose` it takes, the median of the repeats' ratios.
    """
    out = [
        measurement("judging.prefix", "tokens", found.prefix_tokens),
        measurement("judging.item", "tokens", found.prompt_tokens - found.prefix_tokens),
        measurement("judging.answer", "tokens", found.answer_tokens),
    ]
    for cold in (False, True):
        for cpu in (False, True):
            kind = "CPU seconds" if cpu else "seconds"
            ours = found.seconds("choose", cpu=cpu, cold=cold)
            for method in TITLES:
                name = f"judging.{method}{'.all' if cold else ''}{'.cpu' if cpu else ''}"
                theirs = found.seconds(method, cpu=cpu, cold=cold)
                ratio = found.ratio(method, cpu=cpu, cold=cold)
                metric = f"{kind} for all with their prefix" if cold else f"{kind} an item"
                out.append(measurement(name, metric, theirs, ours, ratio, repeats))
    return out


def _show(found: Speeds) -> None:
    item = found.prompt_tokens - found.prefix_tokens
    click.echo(
        f"{found.items} items of {item:.0f} tokens over {found.prefix_tokens} that they share; "
        f"JSON answers of {found.answer_tokens:.0f} tokens\n"
    )
    click.echo(f"{'':<26}{'s an item':>12}{'ratio':>8}{'CPU s':>10}{'ratio':>8}{'all, s':>10}{'ratio':>8}")
    for method, title in TITLES.items():
        warm, cpu = found.seconds(method), found.seconds(method, cpu=True)
        click.echo(
            f"{title:<26}{warm:>12.4f}{found.ratio(method):>8.1f}{cpu:>10.4f}{found.ratio(method, cpu=True):>8.1f}"
            f"{found.seconds(method, cold=True):>10.1f}{found.ratio(method, cold=True):>8.1f}"
        )
    click.echo(f"\ntarget: a JSON answer takes at least {TARGET:.0f} times as long, over a prefix that is there")
