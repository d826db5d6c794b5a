"""`loop grade TASK FILE...`: what the task's oracle says of given answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from evaluators.oracles.protocol import Spec
    from evaluators.verdict import Verdict


@click.command()
@click.argument("task")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@settings_options
@json_option
@talk_options
@pass_ui
def grade(ui: Ui, task: str, files: tuple[Path, ...], resolved: Resolved) -> int:
    """Grade each FILE (- for stdin) with the oracle of TASK. Exit 1: one fails.

    TASK is an id or its beginning, of the pack or of a task that was asked before (a honeypot, say); or a file that
    holds a spec as JSON, as `loop tasks show --json` prints it. A FILE holds what the task asks for: C, or edits.
    """
    from loop.cycle.grading import BANNER, TRUSTED

    spec = _spec(resolved.settings.run.pack, task)
    sources = {str(path): _read(path) for path in files}
    with ui.talking(), opening.oracle(resolved.settings) as oracle:
        if oracle.tier not in TRUSTED:
            ui.say(BANNER)
        verdicts = dict(oracle.grade_many((name, spec, source) for name, source in sources.items()))
    results = [_as_json(name, verdicts[name]) for name in sources]
    ui.emit(results, lambda: _show(results))
    return 0 if all(verdict.passed for verdict in verdicts.values()) else 1


def _spec(pack: str, name: str) -> Spec:
    """Raises UsageError when there is no such task, or the file holds none."""
    from loop.cli.chosen_task import find_task

    if Path(name).is_file():
        return _from_document(_read(Path(name)), f"{name} holds no task")
    try:
        return find_task(pack, name).spec
    except UsageError:
        stored = _asked_before(name)
        if stored is None:
            raise
        return stored


def _asked_before(name: str) -> Spec | None:
    """The spec of the one task in the store whose id begins so."""
    from loop.store import ask

    with opening.store() as connection:
        found = ask.match_tasks(connection, name)
    return _from_document(found[0]["spec"], f"task {found[0]['id']} cannot be read") if len(found) == 1 else None


def _from_document(text: str, problem: str) -> Spec:
    from evaluators.spec_json import spec_from_json

    try:
        document = json.loads(text)
        inner = document.get("spec", document)
        return spec_from_json(inner)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{problem}: {error}", fix="give JSON as `loop tasks show ID --json` prints it") from error


def _read(path: Path) -> str:
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read()
        else:
            data = path.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", fix="name an existing file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", fix="give text, not a binary") from error


def _as_json(name: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "file": name,
        "verdict": str(verdict.kind),
        "evidence": verdict.evidence,
        "tier": verdict.tier,
        "seconds": verdict.seconds,
        "oracle": verdict.oracle,
        "oracle_class": verdict.oracle_class,
        "cases_passed": verdict.cases_passed,
        "cases_total": verdict.cases_total,
    }


def _show(results: list[dict[str, Any]]) -> None:
    for row in results:
        known = [f"{row['cases_passed']} of {row['cases_total']} cases"] if row["cases_total"] else []
        known += [f"{row['tier']} sandbox"] if row["tier"] else []
        known += ["class B: it judges itself"] if row["oracle_class"] == "B" else []
        click.echo(f"{row['file']}: {row['verdict']}  ({', '.join([*known, format(row['seconds'], '.2f')])} s)")
        for line in row["evidence"].splitlines():
            click.echo(f"  {line}")
