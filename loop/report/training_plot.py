"""A training as a picture: loss and held-back loss, gradient norm, tokens a second, memory; one row a phase.

    python -m loop.report.training_plot METRICS.json OUT.svg

METRICS.json is the `metrics.json` beside an adapter.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loop.errors import UsageError
from loop.report.plot import run

PANELS = ("loss", "gradient norm", "tokens a second", "memory, GiB")


def plot_training(metrics: Mapping[str, Any], out: Path) -> None:
    """Draws `metrics` (as `loop.training.fit` has them). The same metrics give the same bytes. Raises UsageError."""
    phases = metrics.get("phases")
    if not isinstance(phases, Mapping) or not all(phase.get("loss") for phase in phases.values()):
        raise UsageError("these metrics have no phases with losses", fix="name the metrics.json beside an adapter")
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "loop"
    figure = Figure(figsize=(12, 2.8 * len(phases)), layout="constrained")
    FigureCanvasAgg(figure)
    if out.suffix[1:] not in figure.canvas.get_supported_filetypes():
        raise UsageError(f"{out.name} has no format that can be drawn", fix="name it .png or .svg")
    for row, (name, phase) in enumerate(phases.items()):
        for column, title in enumerate(PANELS):
            axes = figure.add_subplot(len(phases), len(PANELS), row * len(PANELS) + column + 1)
            _panel(axes, title, phase)
            axes.set(title=f"{name}: {title}", xlabel="step")
            axes.grid(alpha=0.3)
    metadata = {"Date": None} if out.suffix == ".svg" else {"Software": None} if out.suffix == ".png" else {}
    figure.savefig(out, dpi=110, metadata=metadata)


def _panel(axes: Any, title: str, phase: Mapping[str, Any]) -> None:
    if title == "loss":
        _line(axes, phase["loss"], "trained on")
        looks = phase.get("held_back") or []
        if looks:
            axes.plot([step for step, _ in looks], [loss for _, loss in looks], "o-", label="held back", markersize=4)
        if phase.get("reward"):
            _line(axes, phase["reward"], "reward")
        if looks or phase.get("reward"):
            axes.legend(fontsize="small")
    elif title == "gradient norm":
        _line(axes, phase["grad_norm"])
    elif title == "tokens a second":
        pairs = zip(phase.get("step_tokens", []), phase.get("step_seconds", []), strict=True)
        _line(axes, [tokens / seconds if seconds else 0.0 for tokens, seconds in pairs])
    else:
        _line(axes, [held / 2**30 for held in phase.get("memory_bytes", [])])


def _line(axes: Any, values: Sequence[float], label: str = "") -> None:
    axes.plot(range(1, len(values) + 1), values, linewidth=1, label=label)


def main(arguments: Sequence[str]) -> int:
    return run(plot_training, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
