"""`loop tasks list | show`: what is asked. (`check` and `mint` are in `loop.cli.tasks_check` and `tasks_mint`.)"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click

from loop.cli.chosen_task import SPLITS, find_task
from loop.cli.setting_options import settings_options
from loop.cli.tasks_check import check
from loop.cli.tasks_mint import mint
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.settings_load import Resolved, near
from loop.tasks.task import Task


@click.group()
def tasks() -> None:
    """Task packs."""


tasks.add_command(check)
tasks.add_command(mint)


@tasks.command("list")
@click.option("--split", type=SPLITS, help="Only this split.")
@click.option("--family", metavar="NAME", help="Only this family.")
@click.option("--summary", is_flag=True, help="Count instead of listing.")
@settings_options
@json_option
@talk_options
@pass_ui
def list_tasks(ui: Ui, split: str | None, family: str | None, summary: bool, resolved: Resolved) -> None:
    """The tasks of the pack."""
    from loop.tasks.pack import load_pack

    pack = load_pack(resolved.settings.run.pack)
    families = sorted({task.family for task in pack.tasks})
    if family and family not in families:
        raise UsageError(f"no family '{family}'{near(family, families)}", fix=f"choose one of: {', '.join(families)}")
    chosen = [t for t in pack.tasks if (not split or t.split == split) and (not family or t.family == family)]
    if summary:
        _summarise(ui, chosen)
        return
    rows = [
        {"id": t.id, "split": t.split, "family": t.family, "type": t.type, "function": _asked_for(t)} for t in chosen
    ]
    ui.emit(
        rows,
        lambda: click.echo("\n".join(f"{r['id']}  {r['split']:<8} {r['family']:<10} {r['function']}" for r in rows)),
    )


def _asked_for(task: Task) -> str:
    """A function's signature; of other tasks, what they are."""
    return str(getattr(task.spec, "signature", task.type))


def _summarise(ui: Ui, chosen: list[Task]) -> None:
    counts = Counter((task.family, task.split) for task in chosen)
    rows = [{"family": family, "split": split, "tasks": n} for (family, split), n in sorted(counts.items())]

    def show() -> None:
        for row in rows:
            click.echo(f"{row['family']:<12} {row['split']:<8} {row['tasks']:>6}")
        click.echo(f"{'all':<12} {'':<8} {len(chosen):>6}")

    ui.emit(rows, show)


@tasks.command()
@click.argument("task")
@settings_options
@json_option
@talk_options
@pass_ui
def show(ui: Ui, task: str, resolved: Resolved) -> None:
    """A task: what is asked, the reference solution, where its inputs come from."""
    from evaluators.spec_json import spec_to_json

    found = find_task(resolved.settings.run.pack, task)
    data: dict[str, Any] = {
        "id": found.id,
        "pack": found.pack,
        "split": found.split,
        "family": found.family,
        "type": found.type,
        "composition": found.composition,
        "prompt": found.prompt,
        "spec": spec_to_json(found.spec),
    }

    def print_task() -> None:
        click.echo(f"{found.id}  {found.split}  {found.family}  {' + '.join(found.composition)}\n\n{found.prompt}\n")
        spec = data["spec"]
        if "reference" in spec:
            click.echo(f"reference:\n{spec.get('prelude', '')}{spec['reference']}")
        else:
            click.echo(f"spec:\n{json.dumps(spec, indent=2)}")

    ui.emit(data, print_task)
