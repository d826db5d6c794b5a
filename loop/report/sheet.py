"""A table as plain data, shown on a terminal or written as markdown. Who fills it does not know where it ends up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import RenderableType

Tone = Literal["", "good", "bad", "warn", "dim", "total"]

_STYLES: dict[Tone, str] = {"": "", "good": "green", "bad": "red", "warn": "yellow", "dim": "dim", "total": "bold"}


@dataclass(frozen=True)
class Row:
    cells: tuple[str, ...]
    tone: Tone = ""


@dataclass(frozen=True)
class Sheet:
    """A titled table with lines of text below it. numeric: columns that are aligned right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()

    def __rich__(self) -> RenderableType:
        """What rich prints; text is never read as markup, so a file name in brackets stays one."""
        from rich import box
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(self.title), title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
        for column in self.columns:
            table.add_column(column, justify="right" if column in self.numeric else "left")
        for row in self.rows:
            table.add_row(*(Text(cell) for cell in row.cells), style=_STYLES[row.tone] or None)
        head = table if self.rows else Text(self.title, style="bold")
        return Group(head, *(Text(note) for note in self.notes))


def to_markdown(sheet: Sheet) -> str:
    """GitHub's table syntax, notes as a list; total rows bold. For artifacts, notes and docs."""

    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cells) + " |"

    def shown(row: Row) -> tuple[str, ...]:
        cells = tuple(cell.replace("|", "\\|").replace("\n", " ") for cell in row.cells)
        return tuple(f"**{cell}**" if cell else "" for cell in cells) if row.tone == "total" else cells

    out = [f"### {sheet.title}", ""]
    if sheet.rows:
        out.append(line(sheet.columns))
        out.append(line(tuple("---:" if column in sheet.numeric else "---" for column in sheet.columns)))
        out += [line(shown(row)) for row in sheet.rows] + [""]
    out += [f"- {note.strip()}" for note in sheet.notes]
    return "\n".join(out).rstrip() + "\n"
