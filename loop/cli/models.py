"""`loop models list | build | verify`: base models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import ModelError, UsageError
from loop.home import Home, default_root, open_home


@click.group()
def models() -> None:
    """Base models."""


@models.command("list")
@json_option
@talk_options
@pass_ui
def list_models(ui: Ui) -> None:
    """The models that are known, and whether their weights are here."""
    from loop.models import catalogue

    rows = [dict(row) for row in catalogue.known()]

    def show() -> None:
        for row in rows:
            place = row["path"] if row["here"] else "not here; `loop models verify` says where it belongs"
            click.echo(f"{row['name']:<18} {row['use']:<26} {place}")

    ui.emit(rows, show)


@models.command()
@click.argument("name", default="micro")
@click.option("--seed", type=click.IntRange(min=0), help="Other than the recipe's own.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="The folder; default: under LOOP_HOME.")
@dry_run_option("Say what would be built.")
@json_option
@talk_options
@pass_ui
def build(ui: Ui, name: str, seed: int | None, to: Path | None, dry_run: bool) -> None:
    """Build a model: micro, trained from scratch on C that the project generates, or a shape with random weights.

    A shape (qwen3-0.6b-shape, qwen3-1.7b-shape, ...) answers with noise, and takes the memory that the real one takes.
    """
    from loop.models.shapes import SHAPE_NAMES

    if name != "micro" and name not in SHAPE_NAMES:
        known = ", ".join(("micro", *SHAPE_NAMES))
        raise UsageError(f"there is no recipe for '{name}'", fix=f"loop models build NAME, one of: {known}")
    suffix = "" if seed is None else f"-{seed}"
    out = to or Home(default_root()).models / f"built-{name}{suffix}"
    if dry_run:
        plan = {"name": name, "path": str(out), "dry_run": True}
        what = "train micro anew (up to 30 minutes)" if name == "micro" else f"write {name} with random weights"
        ui.emit(plan, lambda: click.echo(f"would {what} into {out}"))
        return
    open_home()
    with ui.talking():
        figures = _built(name, out, seed, _percent(ui, f"building {name}"))
    ui.emit(
        {"name": name, "path": str(out), **figures},
        lambda: click.echo(f"{out}\nuse it with --set model.base={out}"),
    )


def _built(name: str, out: Path, seed: int | None, progress: Callable[[float, str], None]) -> dict[str, object]:
    if name == "micro":
        from loop.models.micro_build import build as build_micro
        from loop.models.micro_train import Recipe

        return build_micro(out, Recipe() if seed is None else Recipe(seed=seed), progress)
    from loop.models.shape_build import build_shape

    return build_shape(name, out, progress, seed=1 if seed is None else seed)


def _percent(ui: Ui, step: str) -> Callable[[float, str], None]:
    """A progress function (fraction done, note) that drives the reporter's bar."""
    reporter, shown = ui.reporter(), 0
    reporter.start(step, 100)

    def progress(fraction: float, note: str) -> None:
        nonlocal shown
        now = int(100 * fraction)
        reporter.advance(now - shown, note)
        shown = now
        if fraction >= 1.0:
            reporter.done(note)

    return progress


@models.command()
@click.argument("names", nargs=-1)
@json_option
@talk_options
@pass_ui
def verify(ui: Ui, names: tuple[str, ...]) -> int:
    """Check weights against their hashes, and that the engine's file can be made of them. Exit 1: one is not sound."""
    home = open_home()
    with ui.talking():
        rows = [verified(name, home) for name in names or ("micro",)]

    def show() -> None:
        for row in rows:
            click.echo(f"{row['name']}: {'ok' if row['ok'] else 'NOT ok'}  {row['detail']}")

    ui.emit(rows, show)
    return 0 if all(row["ok"] for row in rows) else 1


def verified(name: str, home: Home) -> dict[str, object]:
    """Every byte hashed again; a fault is a row, not the end."""
    from loop.models import catalogue

    try:
        found = catalogue.verify(name, home)
    except ModelError as error:
        return {"name": name, "ok": False, "detail": error.message, "fix": error.fix, "sha256": ""}
    return {"name": name, "ok": True, "detail": str(found.hf_dir), "fix": "", "sha256": found.sha256}
