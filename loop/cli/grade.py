"""`loop grade TASK FILE...`: what the task's oracle says of given C."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.settings_load import Resolved


@click.command()
@click.argument("task")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@settings_options
@json_option
@talk_options
@pass_ui
def grade(ui: Ui, task: str, files: tuple[Path, ...], resolved: Resolved) -> int:
    """Grade each FILE of C (- for stdin) with the oracle of TASK, an id or its beginning. Exit 1: one fails."""
    from loop.cli.tasks import find_task

    found = find_task(resolved.settings.run.pack, task)
    sources = {str(path): _read(path) for path in files}
    with ui.talking(), opening.oracle(resolved.settings) as oracle:
        verdicts = dict(oracle.grade_many((name, found.spec, source) for name, source in sources.items()))
    results = [_as_json(name, verdicts[name]) for name in sources]
    ui.emit(results, lambda: _show(results))
    return 0 if all(verdict.passed for verdict in verdicts.values()) else 1


def _read(path: Path) -> str:
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read()
        else:
            data = path.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", fix="name an existing file of C") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", fix="give C source, not a binary") from error


def _as_json(name: str, verdict: Any) -> dict[str, Any]:
    return {
        "file": name,
        "verdict": str(verdict.kind),
        "evidence": verdict.evidence,
        "tier": verdict.tier,
        "seconds": verdict.seconds,
        "oracle": verdict.oracle,
        "cases_passed": verdict.cases_passed,
        "cases_total": verdict.cases_total,
    }


def _show(results: list[dict[str, Any]]) -> None:
    for row in results:
        cases = f"{row['cases_passed']} of {row['cases_total']} cases"
        click.echo(f"{row['file']}: {row['verdict']}  ({cases}, {row['seconds']:.2f} s)")
        for line in row["evidence"].splitlines():
            click.echo(f"  {line}")
