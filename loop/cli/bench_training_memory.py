"""`loop bench memory --training`: what trainings take, computed from the shapes; no process is started."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from loop.cli.shapes import measurement
from loop.cli.ui import Ui
from loop.config import Settings

if TYPE_CHECKING:
    from loop.training.demand import TrainingDemand

TABLE = (("sft", "16bit"), ("sft", "4bit"), ("sft", "fp8"), ("dpo", "16bit"), ("grpo", "16bit"), ("grpo", "fp8"))


def emit(ui: Ui, settings: Settings) -> None:
    """For a GPU every method and precision of `TABLE`, and what is configured, on this machine."""
    from loop.training.demand import demands
    from loop.training.devices import gpus

    here = bool(gpus())
    rows = [
        (demand, f"{method}.{precision}", True)
        for method, precision in TABLE
        for demand in demands(settings, gpu=True, method=method, precision=precision)
    ]
    rows += [(demand, "configured", here) for demand in demands(settings, gpu=here)]
    ui.emit([_row(demand, name, gpu=gpu) for demand, name, gpu in rows], lambda: _show(rows))


def _row(demand: TrainingDemand, name: str, *, gpu: bool) -> dict[str, Any]:
    where = "GPU" if gpu else "CPU"
    row = measurement(f"training.{demand.base}.{name}", f"bytes computed, {where}", demand.memory.total)
    parts = {field.name: getattr(demand.memory, field.name) for field in fields(demand.memory)}
    return {**row, "stages": list(demand.stages), "tokens": demand.spec.max_length, "parts": parts}


def _show(rows: list[tuple[TrainingDemand, str, bool]]) -> None:
    names = [field.name for field in fields(rows[0][0].memory)]
    click.echo("GiB of one process, computed\n")
    click.echo(f"{'base, tokens':<24}{'training':<14}{'where':<6}" + "".join(f"{name:>12}" for name in [*names, "sum"]))
    for demand, name, gpu in rows:
        parts = [getattr(demand.memory, part) for part in names] + [demand.memory.total]
        about = f"{demand.base}, {demand.spec.max_length}"
        sizes = "".join(f"{size / 2**30:>12.2f}" for size in parts)
        click.echo(f"{about:<24}{name:<14}{'GPU' if gpu else 'CPU':<6}{sizes}  {', '.join(demand.stages)}")
    click.echo("\nsum: of activations and loss, or the sampling cache, the larger; docs/scale.md says how it is known")
