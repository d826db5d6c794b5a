"""`loop tasks list | show | check`: what is asked."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.settings_load import Resolved, near
from loop.tasks.task import Task

if TYPE_CHECKING:
    from evaluators.oracles.session import Oracles
    from loop.report.progress import Reporter

SPLITS = click.Choice(["practice", "audit", "vault"])


@click.group()
def tasks() -> None:
    """Task packs."""


def find_task(pack: str, name: str) -> Task:
    """The task whose id begins with `name`. Raises UsageError."""
    from loop.tasks.pack import load_pack

    all_tasks = load_pack(pack).tasks
    found = [task for task in all_tasks if task.id.startswith(name)]
    if len(found) == 1 and name:
        return found[0]
    if found:
        raise UsageError(f"task '{name}' is ambiguous: {len(found)} begin so", fix=f"for example {found[0].id}")
    hint = near(name, (task.id for task in all_tasks)) if len(name) >= 8 else ""
    raise UsageError(f"no task '{name}' in pack {pack}{hint}", fix="see `loop tasks list`")


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
        {"id": t.id, "split": t.split, "family": t.family, "type": t.type, "function": t.spec.signature} for t in chosen
    ]
    ui.emit(
        rows,
        lambda: click.echo("\n".join(f"{r['id']}  {r['split']:<8} {r['family']:<10} {r['function']}" for r in rows)),
    )


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
    from evaluators.spec import to_json

    found = find_task(resolved.settings.run.pack, task)
    data: dict[str, Any] = {
        "id": found.id,
        "pack": found.pack,
        "split": found.split,
        "family": found.family,
        "type": found.type,
        "composition": found.composition,
        "prompt": found.prompt,
        "spec": to_json(found.spec),
    }

    def print_task() -> None:
        click.echo(f"{found.id}  {found.split}  {found.family}  {' + '.join(found.composition)}\n\n{found.prompt}\n")
        click.echo(f"reference:\n{found.spec.prelude}{found.spec.reference}")

    ui.emit(data, print_task)


@tasks.command()
@click.argument("task", nargs=-1)
@click.option("--split", type=SPLITS, help="Only this split.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many tasks, spread over the pack.")
@settings_options
@json_option
@talk_options
@pass_ui
def check(ui: Ui, task: tuple[str, ...], split: str | None, limit: int | None, resolved: Resolved) -> int:
    """Validate tasks: the reference passes, stubs and mutants fail. Exit 1: one has a problem."""
    from loop.tasks.pack import load_pack

    settings = resolved.settings
    if task:
        chosen = [find_task(settings.run.pack, name) for name in task]
    else:
        chosen = [t for t in load_pack(settings.run.pack).tasks if not split or t.split == split]
        if limit and limit < len(chosen):
            chosen = [chosen[i * len(chosen) // limit] for i in range(limit)]
    with ui.talking(), opening.oracle(settings) as oracle:
        rows = _checked(oracle, chosen, ui.reporter())
    ui.emit(rows, lambda: _show_checks(rows))
    return 0 if all(row["ok"] for row in rows) else 1


def _checked(oracle: Oracles, chosen: list[Task], reporter: Reporter) -> list[dict[str, Any]]:
    """One row a task, in order; as many tasks at once as there are cores."""
    from concurrent.futures import ThreadPoolExecutor

    from evaluators.gate.check import check_spec

    rows = []
    reporter.start("checking tasks", len(chosen))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for task, problems in zip(chosen, pool.map(lambda t: check_spec(oracle, t.spec), chosen), strict=True):
            # mutants are not made yet, so their score is unknown
            row = {"id": task.id, "type": task.type, "ok": not problems, "mutation_score": None, "problems": problems}
            rows.append(row)
            reporter.advance()
    bad = sum(not row["ok"] for row in rows)
    reporter.done(f"{len(rows)} checked, {bad} with problems")
    return rows


def _show_checks(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if not row["ok"]:
            click.echo(f"{row['id']}: {'; '.join(row['problems'])}")
    good = sum(row["ok"] for row in rows)
    click.echo(f"{good} of {len(rows)} tasks are sound")
