"""`loop bench sampling`: the engine's tokens a second beside llama.cpp's own limit and beside what people do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli.setting_options import knob_option, settings_options
from loop.cli.shapes import measurement
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.home import open_home
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.inference.sampling_speed import Comparison

# (small models, larger ones): times as fast as a create_completion loop, and as the best bare llama_decode loop.
LOOP_TARGET, DECODE_TARGET = (8.0, 4.0), (0.8, 0.9)


@click.command()
@knob_option("--base", key="model.base", metavar="MODEL", help="A model's name or directory.")
@click.option("--prompts", default=40, show_default=True, type=click.IntRange(1), help="Different ones.")
@click.option("--prompt-tokens", default=0, type=click.IntRange(0), help="Of each, about; 0: short ones.")
@click.option("-k", default=8, show_default=True, type=click.IntRange(1), help="Completions of a prompt.")
@click.option("--tokens", default=120, show_default=True, type=click.IntRange(1), help="Of a completion, at most.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="Times that each way runs.")
@click.option(
    "--without", multiple=True, type=click.Choice(["create_completion", "transformers"]), help="Ways left out."
)
@click.option("--soak", "soaked", type=click.IntRange(100), metavar="N", help="Instead: N completions in one engine.")
@settings_options
@json_option
@talk_options
@pass_ui
def sampling(
    ui: Ui,
    prompts: int,
    prompt_tokens: int,
    k: int,
    tokens: int,
    repeats: int,
    without: tuple[str, ...],
    soaked: int | None,
    resolved: Resolved,
) -> None:
    """Sample with the engine, with llama_decode alone, with create_completion and with transformers, in turns."""
    from loop.inference.llama import available_cores
    from loop.inference.sampling_speed import measure
    from loop.models import catalogue

    settings = resolved.settings
    base = catalogue.resolve(settings.model.base, open_home(), quantization=settings.model.quantization)
    size = {
        "context": settings.model.context,
        "parallel": settings.sampling.parallel,
        "threads": settings.sampling.threads or available_cores(),
    }
    with ui.talking():
        if soaked is not None:
            from loop.inference.soak import soak

            done = soak(base.gguf, soaked, **size, say=ui.say)
        else:
            style = catalogue.chat_style(catalogue.describe(settings.model.base))
            found = measure(
                base.gguf, base.hf_dir, style=style, prompts=prompts, prompt_tokens=prompt_tokens, k=k, length=tokens,
                repeats=repeats, without=without, say=ui.say, **size,
            )  # fmt: skip
    if soaked is not None:
        results = soak_rows(done)
        ui.emit(results, lambda: _show_soak(results))
    else:
        results = rows(found)
        ui.emit(results, lambda: _show(found))


def rows(found: Comparison) -> list[dict[str, Any]]:
    """Of each way its tokens a second of wall and of CPU time, and the engine's; ratio: the engine's to the way's."""
    from loop.inference.sampling_speed import ENGINE

    out = []
    for cpu in (False, True):
        metric = f"tokens a {'CPU ' if cpu else ''}second"
        for way, speeds in found.speeds.items():
            name = f"sampling.{way.replace(', ', '.').replace(' ', '-')}{'.cpu' if cpu else ''}"
            ours, theirs = found.per_second(ENGINE, cpu=cpu), found.per_second(way, cpu=cpu)
            out.append(measurement(name, metric, theirs, ours, found.ratio(way, cpu=cpu), len(speeds)))
    return out


def _show(found: Comparison) -> None:
    from loop.inference.plan import SMALL_MODEL
    from loop.inference.sampling_speed import ENGINE, TITLES

    work = found.work
    click.echo(
        f"{len(work.prompts)} prompts of up to {found.prompt_tokens} tokens, {work.k} completions of each, of up to "
        f"{work.length} tokens; {work.workers} x {work.sequences} sequences of {work.context}, {work.threads} "
        f"thread{'s' if work.threads > 1 else ''} each; load {found.load[0]:.1f} to {found.load[1]:.1f}\n"
    )
    click.echo(f"{'':<38}{'tokens/s':>10}{'engine':>9}{'tokens/CPU s':>14}{'engine':>9}")
    for way in found.speeds:
        figures = [(found.per_second(way, cpu=cpu), found.ratio(way, cpu=cpu)) for cpu in (False, True)]
        (rate, ratio), (cpu_rate, cpu_ratio) = figures
        beside = ("", "") if way == ENGINE else (f"{ratio:.2f} x", f"{cpu_ratio:.2f} x")
        click.echo(f"{TITLES[way]:<38}{rate:>10,.0f}{beside[0]:>9}{cpu_rate:>14,.0f}{beside[1]:>9}")
    from pathlib import Path

    large = Path(work.gguf).stat().st_size > SMALL_MODEL
    click.echo(f"\ntargets: {DECODE_TARGET[large]} of the best bare llama_decode", nl=False)
    click.echo(f", {LOOP_TARGET[large]:.0f} x create_completion")


def soak_rows(done: dict[str, Any]) -> list[dict[str, Any]]:
    """Resident memory of workers and of this process in the last tenth of the run against that of the first."""
    from evaluators.bench.soak import growth

    out = [
        measurement("sampling.soak", "completions", done["completions"]),
        measurement("sampling.soak.tokens", "tokens", done["tokens"]),
        measurement("sampling.soak.time", "seconds", done["seconds"]),
    ]
    for what in ("workers", "parent"):
        first, last = growth(done["samples"], what)
        out.append(measurement(f"sampling.soak.{what}", "MiB", last / 2**20, first / 2**20, last / first))
    return out


def _show_soak(results: list[dict[str, Any]]) -> None:
    value = {row["name"].rpartition(".")[2]: row for row in results}
    seconds = value["time"]["value"]
    click.echo(
        f"{value['soak']['value']:,} completions, {value['tokens']['value']:,} tokens in {seconds:,.0f} s\n\n"
        f"{'resident, MiB':<14}{'first tenth':>12}{'last tenth':>12}"
    )
    for what in ("workers", "parent"):
        click.echo(f"{what:<14}{value[what]['baseline']:>12.1f}{value[what]['value']:>12.1f}")
