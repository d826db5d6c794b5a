"""pass@1 by cycle, several seeds: the picture of whether the loop improves anything. One row of panels a stage.

    python -m loop.report.plot ROWS.json OUT.png        (or .svg)

ROWS.json is a list of objects, one an audit: {"seed", "cycle" (0 is the base), "split" ("audit" | "vault"),
"pass_at_1", "greedy", and optionally "stage" and "ci": [low, high]}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from loop.errors import LoopError, UsageError
from loop.stage_names import STAGES

MEASURES = (("pass_at_1", "deployed decoding"), ("greedy", "greedy decoding"))
SPLITS = (("audit", "-", "o"), ("vault", "none", "s"))  # the vault is read too rarely for a line between readings


def plot(rows: Sequence[Mapping[str, Any]], out: Path) -> None:
    """One panel a measure and stage, one colour a seed, audit as a line, vault as squares; bars are intervals.

    The suffix of `out` chooses the format; the same rows give the same bytes. Raises UsageError on rows or a format
    that cannot be drawn.
    """
    if not rows:
        raise UsageError("there are no rows to plot", fix="pass at least one audit")
    try:
        stages = list(dict.fromkeys(str(r.get("stage", "")) for r in rows))
        stages.sort(key=lambda stage: (*STAGES, stage).index(stage))
        lines = {
            (stage, seed, split, measure): sorted(
                (int(r["cycle"]), float(r[measure]), r.get("ci") if measure == "pass_at_1" else None)
                for r in rows
                if r["seed"] == seed and r["split"] == split and str(r.get("stage", "")) == stage
            )
            for stage in stages
            for seed in {r["seed"] for r in rows}
            for split, _, _ in SPLITS
            for measure, _ in MEASURES
        }
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"a row lacks or misnames something: {error!r}", fix="see loop/report/plot.py") from error
    _draw(stages, lines, out)


Lines = Mapping[tuple[str, Any, str, str], list[tuple[int, float, Any]]]


def _draw(stages: Sequence[str], lines: Lines, out: Path) -> None:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "loop"
    figure = Figure(figsize=(10, 4.2 if len(stages) == 1 else 3.0 * len(stages)), layout="constrained")
    FigureCanvasAgg(figure)
    for row, stage in enumerate(stages):
        for column, (measure, title) in enumerate(MEASURES):
            axes = figure.add_subplot(len(stages), len(MEASURES), row * len(MEASURES) + column + 1)
            mine = {(seed, split): p for (s, seed, split, m), p in lines.items() if (s, m) == (stage, measure)}
            _panel(axes, mine, f"{stage}: {title}" if stage else f"pass@1, {title}")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize="small")
    formats = figure.canvas.get_supported_filetypes()
    if out.suffix[1:] not in formats:
        raise UsageError(f"{out.name} has no format that can be drawn", fix="name it .png or .svg")
    metadata = {"Date": None} if out.suffix == ".svg" else {"Software": None} if out.suffix == ".png" else {}
    figure.savefig(out, dpi=150, metadata=metadata)


def _panel(axes: Any, lines: Mapping[tuple[Any, str], list[tuple[int, float, Any]]], title: str) -> None:
    seeds = sorted({seed for seed, _ in lines})
    for (seed, split), points in sorted(lines.items(), key=str):
        if points:
            dash, marker = next((d, m) for s, d, m in SPLITS if s == split)
            colour = f"C{seeds.index(seed)}"
            cycles, rates = [p[0] for p in points], [p[1] for p in points]
            label = f"seed {seed}, {split}"
            axes.plot(cycles, rates, linestyle=dash, marker=marker, color=colour, label=label, markersize=5)
            for cycle, rate, ci in points:
                if ci is not None:
                    reach = [[max(rate - ci[0], 0)], [max(ci[1] - rate, 0)]]
                    axes.errorbar([cycle], [rate], reach, color=colour, alpha=0.35, capsize=2)
    axes.set(title=title, xlabel="cycle (0: the base)", ylim=(0, 1))
    axes.set_xticks(sorted({p[0] for series in lines.values() for p in series}))
    axes.grid(alpha=0.3)


def run(draw: Callable[[Any, Path], None], doc: str | None, arguments: Sequence[str]) -> int:
    """`IN.json OUT`: draws what the one holds into the other. The exit code; errors are one message on stderr."""
    if len(arguments) != 2:
        print(doc, file=sys.stderr)
        return 2
    try:
        draw(json.loads(Path(arguments[0]).read_text()), Path(arguments[1]))
    except (OSError, ValueError) as error:
        print(f"error: {arguments[0]}: {error}", file=sys.stderr)
        return 2
    except LoopError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def main(arguments: Sequence[str]) -> int:
    return run(plot, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
