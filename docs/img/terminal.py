"""Draws what a terminal showed in the end, without the progress bars that came and went.

script -qec "make run" typescript && python docs/img/terminal.py typescript OUT.svg "make run"
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

CURSOR = re.compile(r"\x1b\[\??\d*[A-HJKSTfhl]")


def last_states(raw: str) -> list[str]:
    """The lines as they stood in the end: of what was redrawn with a carriage return or an erased line, the last."""
    lines = (
        CURSOR.sub("", re.split(r"\r|\x1b\[2K", line)[-1]).rstrip() for line in raw.replace("\r\n", "\n").split("\n")
    )
    shown = [line for line in lines if "━" not in line and not line.startswith("Script ")]
    # a bar that gave way leaves an empty line before the step's own
    return [line for i, line in enumerate(shown) if line or (i and not re.search(r"\d s( |$)", shown[i - 1]))]


def draw(raw: str, out: Path, title: str) -> None:
    lines = last_states(raw)
    with Path("/dev/null").open("w") as nowhere:
        width = max(len(Text.from_ansi(line)) for line in lines) + 1
        console = Console(record=True, width=width, file=nowhere, force_terminal=True)
        for line in lines:
            console.print(Text.from_ansi(line))
        svg = console.export_svg(title=title)
    out.write_text(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL))  # no font from a network


if __name__ == "__main__":
    draw(
        Path(sys.argv[1]).read_text(errors="replace"),
        Path(sys.argv[2]),
        sys.argv[3] if len(sys.argv) > 3 else "loop run",
    )
