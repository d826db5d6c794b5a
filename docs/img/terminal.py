"""Draws what a terminal showed.

    script -qec "loop run" typescript && python docs/img/terminal.py typescript OUT.svg

Progress bars redraw their line; only each line's last state is kept.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

CURSOR = re.compile(r"\x1b\[\??\d*[A-HJKSTfhl]")


def last_states(raw: str) -> list[str]:
    """The lines as they stood in the end: what a carriage return or an erased line overwrote is gone."""
    lines: list[str] = []
    for line in raw.replace("\r\n", "\n").split("\n"):
        # rich erases a bar with "2K" and goes one line up for each line that it redraws
        for _ in range(line.count("\x1b[1A")):
            if lines:
                lines.pop()
        kept = re.split(r"\r|\x1b\[2K", line)[-1]
        lines.append(CURSOR.sub("", kept).rstrip())
    return [line for line in lines if not line.startswith("Script ")]


def draw(raw: str, out: Path, title: str) -> None:
    lines = last_states(raw)
    console = Console(record=True, width=max(len(Text.from_ansi(line)) for line in lines) + 1, file=sys.stderr)
    for line in lines:
        console.print(Text.from_ansi(line))
    console.save_svg(str(out), title=title)


if __name__ == "__main__":
    draw(
        Path(sys.argv[1]).read_text(errors="replace"),
        Path(sys.argv[2]),
        sys.argv[3] if len(sys.argv) > 3 else "loop run",
    )
