"""`loop tasks check`: are tasks fit to be asked?"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.chosen_task import SPLITS, find_task
from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.home import open_home
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from evaluators.gate.check import Gate
    from evaluators.gate.results import Checked
    from loop.report.progress import Reporter
    from loop.tasks.task import Task

UNDER_WAY = 2
"""Tasks under way for each worker: while one waits for its box another prepares."""


@click.command()
@click.argument("what", nargs=-1, metavar="[PACK|TASK]...")
@click.option("--split", type=SPLITS, help="Only this split of a pack.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many tasks, spread over the pack.")
@click.option("--threshold", type=click.FloatRange(0, 1), metavar="SHARE", help="Least mutation score (0.9).")
@click.option("--runs", type=click.IntRange(min=1), help="Times a reference is run to catch flakes (10).")
@click.option("--fresh", is_flag=True, help="Check again what was checked before.")
@settings_options
@json_option
@talk_options
@pass_ui
def check(
    ui: Ui,
    what: tuple[str, ...],
    split: str | None,
    limit: int | None,
    threshold: float | None,
    runs: int | None,
    fresh: bool,
    resolved: Resolved,
) -> int:
    """Validate tasks: the reference holds however it is built, stubs and cheats fail, mutants are noticed.

    Exit 1: one has a problem.
    """
    from evaluators.gate.check import THRESHOLD, Gate, judged
    from evaluators.gate.reference import RUNS
    from evaluators.gate.results import Results

    settings = resolved.settings
    chosen = _chosen(what or (settings.run.pack,), settings.run.pack, split, limit)
    least = THRESHOLD if threshold is None else threshold
    results = Results(open_home().cache / "gate.sqlite")
    try:
        with ui.talking(), opening.oracle(settings) as oracles:
            gate = Gate(oracles, results=results, runs=runs or RUNS)
            found = _checked(gate, chosen, UNDER_WAY * oracles.workers, fresh, ui.reporter())
    finally:
        results.close()
    found = [judged(one, least) for one in found]
    rows = [_row(task, one) for task, one in zip(chosen, found, strict=True)]
    ui.emit(rows, lambda: _show(rows, found))
    return 0 if all(one.ok for one in found) else 1


def _chosen(what: tuple[str, ...], pack: str, split: str | None, limit: int | None) -> list[Task]:
    """Names of packs stand for their tasks; anything else is a task of `pack`. Raises UsageError."""
    from loop.tasks.pack import BUILT_IN, is_directory, load_pack

    chosen: list[Task] = []
    for name in what:
        if name in BUILT_IN or name == pack or is_directory(name):
            chosen += [task for task in load_pack(name).tasks if not split or task.split == split]
        else:
            chosen.append(find_task(pack, name))
    if limit and limit < len(chosen):
        chosen = [chosen[i * len(chosen) // limit] for i in range(limit)]
    return chosen


def _checked(gate: Gate, chosen: list[Task], under_way: int, fresh: bool, reporter: Reporter) -> list[Checked]:
    """One result a task, in order."""
    from concurrent.futures import ThreadPoolExecutor

    found: list[Checked] = []
    weak = bad = 0
    reporter.start("checking tasks", len(chosen))
    with ThreadPoolExecutor(under_way) as pool:
        try:
            for one in pool.map(lambda task: gate.check(task.spec, fresh=fresh), chosen):
                found.append(one)
                bad += not one.ok
                weak += bool(one.survivors)
                reporter.advance(note=f"problems {bad}, with survivors {weak}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    reporter.done(f"{len(found)} checked, {bad} with problems")
    return found


def _row(task: Task, found: Checked) -> dict[str, Any]:
    return {
        "id": task.id,
        "type": found.type,
        "ok": found.ok,
        "mutation_score": found.mutation_score,
        "mutants": found.mutants,
        "killed": found.killed,
        "equivalent": found.equivalent,
        "survivors": list(found.survivors),
        "problems": list(found.problems),
    }


def _show(rows: list[dict[str, Any]], found: list[Checked]) -> None:
    for row in rows:
        if not row["ok"]:
            click.echo(f"{row['id']}: {'; '.join(row['problems'])}")
            for survivor in row["survivors"][:5]:
                click.echo(f"    not noticed: {survivor}")
    for line in _summary(found):
        click.echo(line)


def _summary(found: list[Checked]) -> Iterator[str]:
    yield f"{sum(one.ok for one in found)} of {len(found)} tasks are sound"
    scores = [one.mutation_score for one in found if one.mutation_score is not None]
    if not scores:
        return
    mutants, killed = sum(one.mutants for one in found), sum(one.killed for one in found)
    equivalent, same = sum(one.equivalent for one in found), sum(one.same_code for one in found)
    weak = sum(any(problem.startswith("weak") for problem in one.problems) for one in found)
    yield (
        f"mutation score {killed / (mutants - equivalent):.4f} over all, median {statistics.median(scores):.3f}, "
        f"least {min(scores):.3f}; {weak} weak"
    )
    yield (
        f"{mutants} mutants, {equivalent / mutants:.1%} equivalent: "
        f"{same / mutants:.1%} compile to the same code, the others differ on no input that was tried"
    )
