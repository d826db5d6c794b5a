"""Naming one task on the command line."""

from __future__ import annotations

import click

from loop.errors import UsageError
from loop.settings_load import near
from loop.tasks.task import Task

SPLITS = click.Choice(["practice", "audit", "vault"])


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
