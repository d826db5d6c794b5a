"""`loop practice`, `harvest`, `train`: the steps of a cycle, one at a time, for one stage.

They work on the unfinished cycle, or begin one, so that `loop run` goes on from wherever they stopped.
"""

from __future__ import annotations

from typing import Any

import click

from loop.cli import opening, shapes
from loop.cli.setting_options import knob_option, settings_options
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.settings_load import Resolved


@click.command()
@stage_option("implementation", "Which stage practises.")
@knob_option("--tasks", key="practice.tasks", metavar="N", help="Tasks to practise.")
@knob_option("-k", key="practice.k", metavar="N", help="Completions a task.")
@settings_options
@dry_run_option("Say how much would be sampled.")
@json_option
@talk_options
@pass_ui
def practice(ui: Ui, stage: Any, resolved: Resolved, dry_run: bool) -> None:
    """Sample answers to practice tasks with the champion, and grade them."""
    settings = resolved.settings
    if dry_run:
        wanted = {"stage": stage, "tasks": settings.practice.tasks, "k": settings.practice.k, "dry_run": True}
        ui.emit(wanted, lambda: click.echo(f"would sample {wanted['tasks']} tasks x {wanted['k']} completions"))
        return
    with opening.context(ui, settings) as ctx:
        from loop.cycle.begin import begin_or_resume, opened
        from loop.cycle.practice import practice as sample

        report = sample(ctx, opened(begin_or_resume(ctx, stage)))
    ui.emit(
        shapes.practice(report),
        lambda: click.echo(
            f"cycle {report.cycle}: {report.passed} of {report.samples} answers pass, "
            f"{report.solved} of {report.tasks} questions solved ({report.reused} answers were there already)"
        ),
    )


@click.command()
@stage_option("implementation", "Whose practice is harvested.")
@knob_option("--per-task", key="harvest.per_task", metavar="N", help="Distinct solutions kept for one task.")
@click.option("--lift-freeze", is_flag=True, help="Lift the freeze of a proven hack, and no more; wants --reason.")
@click.option("--reason", default="", metavar="TEXT", help="What was found; stays in the history.")
@settings_options
@dry_run_option("Count, and write nothing.")
@json_option
@talk_options
@pass_ui
def harvest(ui: Ui, stage: Any, resolved: Resolved, lift_freeze: bool, reason: str, dry_run: bool) -> None:
    """Make a training set of what was practised: deduplicated, capped, decontaminated; every answer counted."""
    if reason and not lift_freeze:
        raise UsageError("--reason goes with --lift-freeze", fix="leave it out, or add --lift-freeze")
    if lift_freeze:
        _lift(ui, resolved, reason, dry_run=dry_run)
        return
    with opening.context(ui, resolved.settings) as ctx:
        from loop.cycle.harvest import harvest as gather
        from loop.dataset.selection import EXPLAINED

        made = gather(ctx, stage=stage, dry_run=dry_run)

    def show() -> None:
        of = "practised questions" if made.method == "grpo" else "graded answers"
        rows = f"{made.rows} rows of {made.tasks} tasks ({made.method})"
        click.echo(f"{rows} from {made.candidates} {of} -> {made.path}")
        for reason, count in made.counters.items():
            click.echo(f"  {count:>6}  {reason:<18}{EXPLAINED[reason]}")
        for found in made.removed:
            click.echo(
                f"  removed {found['sample_id'][:12]} (task {found['task_id']}): "
                f"held-out task {found['held_out_task']}, overlap {found['overlap']:.2f}, found by {found['found_by']}"
            )

    ui.emit({**shapes.dataset(made), "dry_run": dry_run}, show)


def _lift(ui: Ui, resolved: Resolved, reason: str, *, dry_run: bool) -> None:
    """A person has looked at a proven hack: harvesting may go on."""
    with opening.context(ui, resolved.settings) as ctx:
        from loop.cycle.freeze import lift

        lifted = lift(ctx, reason, dry_run=dry_run)
    verb = "would lift" if dry_run else "lifted"
    ui.emit(
        {"lifted": lifted, "reason": reason, "dry_run": dry_run},
        lambda: click.echo(f"{verb} the freeze ({lifted} proofs); `loop run` goes on"),
    )


@click.command()
@stage_option("implementation", "Which stage's adapter is trained.")
@settings_options
@dry_run_option("Say what would be trained on.")
@json_option
@talk_options
@pass_ui
def train(ui: Ui, stage: Any, resolved: Resolved, dry_run: bool) -> None:
    """Train an adapter on the harvest, from the frozen base, and check that the engine runs it as the trainer does."""
    with opening.context(ui, resolved.settings) as ctx:
        from loop.cycle.begin import begin_or_resume, opened
        from loop.cycle.harvest import harvest as gather
        from loop.cycle.train import train as fit

        base = ctx.model(stage).base
        planned = gather(ctx, stage=stage, dry_run=True) if dry_run else None
        made = None if dry_run else fit(ctx, opened(begin_or_resume(ctx, stage)), gather(ctx, stage=stage))
    if planned is not None:
        rows, tasks = planned.rows, planned.tasks
        plan = {"stage": stage, "rows": rows, "tasks": tasks, "base": base, "dry_run": True}
        ui.emit(plan, lambda: click.echo(f"would train on {rows} rows of {tasks} tasks"))
    elif made is not None:
        text = f"adapter {made.sha256}\n  {made.gguf}\n  {made.seconds:.0f} s"
        ui.emit(shapes.trained(made), lambda: click.echo(text))
