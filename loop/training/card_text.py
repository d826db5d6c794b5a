"""How a card says things in Markdown: what an adapter came from, and tables of values."""

from __future__ import annotations

from collections.abc import Mapping

SHOWN = ("rows", "steps", "label_tokens", "first_loss", "last_loss", "train_seconds", "tokens_per_second", "device")
"""What of a training's metrics a card tells."""


def adapter_title(adapter_sha256: str) -> str:
    return f"Adapter {adapter_sha256[:12]}"


def origin(base: object, base_sha256: object, dataset: object, examples_sha256: str = "") -> list[str]:
    """Base and dataset, by hash; one line each."""
    examples = f", examples sha256 `{examples_sha256}`" if examples_sha256 else ""
    return [
        f"- base: {base}, weights sha256 `{base_sha256}`",
        f"- dataset: `{dataset or 'unnamed'}`{examples}",
    ]


def table(name: str, values: Mapping[str, object]) -> list[str]:
    """Two columns, `name` and value; a line a row."""
    return [f"| {name} | value |", "| --- | --- |", *(f"| {key} | {cell(value)} |" for key, value in values.items())]


def cell(value: object) -> str:
    """A value in a table: lists with commas, figures to four digits, nothing that would end the cell."""
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {cell(item)}" for key, item in value.items())
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
