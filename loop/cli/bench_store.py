"""`loop bench store`: a store of millions of answers - inserting, choosing a training set, laying out for readers."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop.cli.shapes import measurement
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import open_home

if TYPE_CHECKING:
    from loop.dataset.store_speed import Speeds

SECONDS, BYTES, INSERTS = 15.0, 6 << 30, 50_000  # targets at ten million answers: a harvest's, and answers a second
BYTES_A_ROW = 1_000  # of disk that is wanted for an answer, snapshot and all


@click.command()
@click.option("--rows", default=10_000_000, show_default=True, type=click.IntRange(200_000), help="Answers.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Where; default: LOOP_HOME/scratch.")
@click.option("--keep", is_flag=True, help="Leave the store there.")
@json_option
@talk_options
@pass_ui
def store(ui: Ui, rows: int, target: Path | None, keep: bool) -> None:
    """Fill a store with graded answers to the kata pack, then insert, harvest and lay out."""
    from loop.dataset.store_speed import measure

    place = target or open_home().scratch
    place.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(place).free < rows * BYTES_A_ROW:
        raise UsageError(
            f"{place} has too little room for {rows:,} answers: {rows * BYTES_A_ROW / 2**30:.0f} GiB are wanted",
            fix="give another place (--to), or fewer --rows",
        )
    root = Path(tempfile.mkdtemp(prefix="bench-store-", dir=place))
    try:
        with ui.talking():
            found = measure(root, rows, ui.say)
    finally:
        if not keep:
            shutil.rmtree(root)
    ui.emit(results(found), lambda: _show(found))


def results(found: Speeds) -> list[dict[str, Any]]:
    """Rates of inserting beside those of a statement a row; of each harvest its seconds, and its share of memory."""
    slow = found.inserts["one by one"]
    out = [measurement("store.answers", "answers", found.answers), measurement("store.size", "bytes", found.bytes)]
    for name, rate in found.inserts.items():
        out.append(measurement(f"store.insert.{_key(name)}", "answers a second", rate, slow, rate / slow))
    for name, harvest in found.harvests.items():
        out += [
            measurement(f"store.harvest.{name}", "seconds", harvest.seconds, SECONDS, harvest.seconds / SECONDS),
            measurement(f"store.harvest.{name}.cpu", "CPU seconds", harvest.cpu),
            measurement(f"store.harvest.{name}.memory", "bytes", harvest.peak, BYTES, harvest.peak / BYTES),
            measurement(f"store.harvest.{name}.rows", "rows", harvest.rows),
        ]
    for name, (seconds, written) in found.snapshots.items():
        out.append(measurement(f"store.snapshot.{name}", "seconds", seconds))
        out.append(measurement(f"store.snapshot.{name}.written", "bytes", written))
    return out


def _key(name: str) -> str:
    return name.replace(", ", ".").replace(" ", "-")


def _show(found: Speeds) -> None:
    click.echo(f"{found.answers:,} answers, {found.bytes / 2**30:.2f} GiB; load {found.load:.1f}\n")
    click.echo(f"{'inserting':<34}{'answers/s':>12}   (target: {INSERTS:,})")
    titles = {
        "one by one": "a statement a row, empty store", "first": "batch of dicts, empty store",
        "tables": "Arrow tables, while it is filled", "last": "batch of dicts, full store",
        "again": "the same once more, nothing new", "last, by 512": "512 at a time, opened and closed",
    }  # fmt: skip
    for name, rate in found.inserts.items():
        click.echo(f"{titles[name]:<34}{rate:>12,.0f}")
    click.echo(f"\n{'harvest':<34}{'seconds':>9}{'CPU s':>8}{'GiB':>8}{'rows':>8}   (target: {SECONDS:.0f} s, 6 GiB)")
    for name, h in found.harvests.items():
        click.echo(f"{name:<34}{h.seconds:>9.1f}{h.cpu:>8.1f}{h.peak / 2**30:>8.2f}{h.rows:>8,}")
    click.echo(f"\n{'snapshot':<34}{'seconds':>9}{'MiB new':>10}")
    for name, (seconds, written) in found.snapshots.items():
        click.echo(f"{name:<34}{seconds:>9.1f}{written / 2**20:>10.1f}")
