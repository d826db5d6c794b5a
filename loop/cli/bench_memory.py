"""`loop bench memory`: what the engines take while they answer, beside what `loop doctor` predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli.setting_options import settings_options
from loop.cli.shapes import measurement
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import open_home
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.inference.measure_memory import Measured

PARTS = ("weights", "cache", "compute", "output", "vocabulary", "judging", "process")


@click.command()
@click.option("--task", "names", multiple=True, metavar="NAME", help="Reference tasks to ask about; default: all.")
@click.option("--calls", type=click.IntRange(min=1), default=4, show_default=True, help="Questions of each stage.")
@click.option("--tokens", type=click.IntRange(min=1), default=8, show_default=True, help="Of an answer, at most.")
@click.option("--training", is_flag=True, help="Compute what trainings take instead; starts nothing.")
@settings_options
@json_option
@talk_options
@pass_ui
def memory(ui: Ui, names: tuple[str, ...], calls: int, tokens: int, training: bool, resolved: Resolved) -> None:
    """Ask each configured engine the stages' longest questions, and compare its memory with the prediction."""
    if training:
        from loop.cli.bench_training_memory import emit

        return emit(ui, resolved.settings)
    home = open_home()
    with ui.talking():
        from loop.inference.measure_memory import measure
        from loop.tasks.reference import reference_pack

        tasks = [task for task in reference_pack().tasks if not names or task.composition[0] in names]
        unknown = set(names) - {task.composition[0] for task in tasks}
        if unknown:
            raise UsageError(f"there is no reference task '{min(unknown)}'", fix="loop tasks list --pack reference")
        found = list(measure(resolved.settings, home, tasks, calls=calls, answer_tokens=tokens, say=ui.say))
    ui.emit([row for measured in found for row in rows(measured)], lambda: _show(found))


def rows(measured: Measured) -> list[dict[str, Any]]:
    """Peak, idle and predicted bytes of one engine; the ratio is the peak's to the prediction, both without idle."""
    name = f"memory.{measured.demand.engine.base}.{measured.demand.quantization}"
    parts = [
        measurement(f"{name}.{part}", "bytes predicted", measured.predicted.workers * getattr(measured.predicted, part))
        for part in PARTS
    ]
    peak = measurement(name, "bytes", measured.peak, measured.predicted.total, measured.ratio)
    return [peak, measurement(f"{name}.idle", "bytes", measured.idle), *parts]


def _show(found: list[Measured]) -> None:
    for measured in found:
        demand, predicted = measured.demand, measured.predicted
        asked = ", ".join(f"{stage} {count}" for stage, count in measured.asked.items())
        click.echo(
            f"{demand.engine.base} at {demand.quantization}, {demand.parallel} x {demand.engine.context} tokens, "
            f"{predicted.workers} process{'es' if predicted.workers > 1 else ''}"
        )
        click.echo(f"  asked: {asked}; prompts of up to {measured.prompt_tokens} tokens; ", nl=False)
        click.echo(f"{measured.tokens} tokens sampled, {measured.seconds:.0f} s")
        for part in PARTS:
            click.echo(f"  {part:<12}{_mib(predicted.workers * getattr(predicted, part))}")
        click.echo(f"  {'predicted':<12}{_mib(predicted.total)}")
        click.echo(f"  {'measured':<12}{_mib(measured.peak)}  of it idle {measured.idle / 2**20:,.0f} MiB")
        click.echo(f"  without the idle process: measured / predicted = {measured.ratio:.3f}\n")


def _mib(size: int) -> str:
    return f"{size / 2**20:>10,.0f} MiB"
