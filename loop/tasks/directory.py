"""A task pack as a directory: `pack.json`, and one JSON document a task in `tasks/<split>/<id>.json`.

pack.json: {"format": 1, "name": ..., "sha256": of the pack, ...}; what else stands there says where the pack is from.
A task: `pack`, `family`, `split`, `type`, `composition`, `prompt`, `spec` (`evaluators.spec_json`), `truth` (labels of
a project, or null) and `id`, which has to be what its content comes to. Nothing that is broken is left out quietly.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, get_args

from loop.errors import PackError
from loop.tasks.task import Pack, Split, Task

FORMAT = 1
ABOUT = "pack.json"
FIX = "restore the directory from where it was made, or mint it anew (`loop tasks mint`)"


def write_pack(pack: Pack, directory: Path, origin: dict[str, Any]) -> None:
    """Writes the pack; the directory appears whole or not at all. origin: plain JSON, kept in pack.json.

    Raises PackError when the directory holds something already, or cannot be written.
    """
    require_empty(directory)
    unfinished = directory.absolute().with_name(f"{directory.absolute().name}.unfinished-{os.getpid()}")
    about = {"format": FORMAT, "name": pack.name, "sha256": pack.sha256, "tasks": len(pack.tasks), **origin}
    try:
        for split in get_args(Split):
            (unfinished / "tasks" / split).mkdir(parents=True)
        for task in pack.tasks:
            path = unfinished / "tasks" / task.split / f"{task.id}.json"
            path.write_text(json.dumps(to_json(task), sort_keys=True) + "\n", encoding="utf-8")
        (unfinished / ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        unfinished.replace(directory)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PackError(
            f"the pack cannot be written to {directory}: {error.strerror or error}", fix="name another directory"
        ) from error


def require_empty(directory: Path) -> None:
    """Raises PackError unless the directory is absent or empty."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise PackError(f"{directory} is there already and not empty", fix="name a new directory (--to)")


def read_pack(directory: Path) -> Pack:
    """The pack in a directory; tasks in the order of their splits and ids. Raises PackError naming the broken file."""
    about = _document(directory / ABOUT)
    if about.get("format") != FORMAT or not isinstance(about.get("name"), str):
        raise PackError(f"{directory / ABOUT} is not that of a task pack of format {FORMAT}", fix=FIX)
    paths = [path for split in get_args(Split) for path in sorted((directory / "tasks" / split).glob("*.json"))]
    tasks = tuple(_task(path) for path in paths)
    if not tasks:
        raise PackError(f"the pack {directory} holds no tasks", fix=FIX)
    pack = Pack(about["name"], tasks)
    if pack.sha256 != about.get("sha256"):
        raise PackError(
            f"the pack {directory} is not what was written: tasks are missing, were added, or changed their split",
            fix=FIX,
        )
    return pack


def to_json(task: Task) -> dict[str, Any]:
    """Plain JSON of a task."""
    from evaluators.projects import ground_truth
    from evaluators.spec_json import spec_to_json

    return {
        "id": task.id,
        "pack": task.pack,
        "family": task.family,
        "split": task.split,
        "type": task.type,
        "composition": list(task.composition),
        "prompt": task.prompt,
        "spec": spec_to_json(task.spec),
        "truth": None if task.truth is None else ground_truth.to_json(task.truth),
    }


def from_json(data: dict[str, Any]) -> Task:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    from evaluators.projects import ground_truth
    from evaluators.spec_json import spec_from_json

    texts = {name: data[name] for name in ("pack", "family", "prompt", "type")}
    odd = [name for name, value in texts.items() if not isinstance(value, str) or not value]
    if odd:
        raise ValueError(f"'{odd[0]}' is no text")
    if data["split"] not in get_args(Split):
        raise ValueError(f"no split is called '{data['split']}'")
    truth = None if data["truth"] is None else ground_truth.from_json(data["truth"])
    composition = tuple(str(part) for part in data["composition"])
    task = Task(spec=spec_from_json(data["spec"]), split=data["split"], composition=composition, truth=truth, **texts)
    if task.id != data["id"]:
        raise ValueError(f"its content comes to the id {task.id}, and it says {data['id']}: it was changed")
    return task


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackError(f"{path} cannot be read: {error.strerror or error}", fix=FIX) from error
    except (ValueError, RecursionError) as error:
        raise PackError(f"{path} is no JSON: {error}", fix=FIX) from error
    if not isinstance(found, dict):
        raise PackError(f"{path} is no JSON object", fix=FIX)
    return found


def _task(path: Path) -> Task:
    data = _document(path)
    try:
        task = from_json(data)
    except KeyError as error:
        raise PackError(f"{path} is no task: {error} is missing", fix=FIX) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise PackError(f"{path} is no task: {error}", fix=FIX) from error
    if path.stem != task.id or path.parent.name != task.split:
        raise PackError(f"{path} holds the task {task.id} of {task.split}: it lies under another name", fix=FIX)
    return task
