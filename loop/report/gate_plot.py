"""What `loop.gate.histories` found, as a picture: false promotions over a history, and power and cost by true gain.

python -m loop.report.gate_plot ROWS.json OUT.svg       (or .png)
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loop.errors import UsageError
from loop.report.plot import run

BUDGET = 0.05  # of false promotions in a history


def plot(found: Mapping[str, Any], out: Path) -> None:
    """Two panels; the suffix of `out` chooses the format, the same rows give the same bytes. Raises UsageError on rows
    or a format that cannot be drawn."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "loop"
    figure = Figure(figsize=(10, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    try:
        for (name, shares), style in zip(found["any_false_promotion"].items(), ("-", "--", ":"), strict=True):
            left.plot(range(1, len(shares) + 1), shares, style, label=name)
        gains = [row["gain"] * 100 for row in found["gains"]]
        right.plot(gains, [row["power"] for row in found["gains"]], "-o", label="promoted, look by look")
        right.plot(gains, [row["power_fixed"] for row in found["gains"]], ":", label="promoted, one look at the end")
        right.plot(gains, [row["cost"] for row in found["gains"]], "--s", label="completions, of the fixed audit's")
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"these are no rows of loop.gate.histories: {error!r}", fix="make them anew") from error
    left.axhline(BUDGET, color="grey", linewidth=0.8)
    left.set(xlabel="rounds", ylabel="histories with a false promotion", title="never better", ylim=(0, 1.3))
    right.axhline(0.8, color="grey", linewidth=0.8)
    right.set(xlabel="true gain, points of pass@1", ylabel="share", title="a first attempt", ylim=(0, 1.3))
    left.set_xticks(range(0, 21, 5))
    for axes in (left, right):
        axes.legend(frameon=False, fontsize="small", loc="upper left")
        axes.spines[["top", "right"]].set_visible(False)
    if out.suffix[1:] not in figure.canvas.get_supported_filetypes():
        raise UsageError(f"{out.name} has no format that can be drawn", fix="name it .png or .svg")
    metadata = {"Date": None} if out.suffix == ".svg" else {"Software": None} if out.suffix == ".png" else {}
    figure.savefig(out, dpi=150, metadata=metadata)


if __name__ == "__main__":
    sys.exit(run(plot, __doc__, sys.argv[1:]))
