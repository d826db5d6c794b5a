"""`loop compare A B`: two adapters that were audited on the same tasks with the same seeds."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from loop.cli import opening, shapes
from loop.cli.setting_options import settings_options
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import open_home
from loop.settings_load import Resolved


@click.command()
@click.argument("a")
@click.argument("b")
@stage_option(None, "Where both are compared; default: the stage that A or B was trained for.")
@click.option("--split", type=click.Choice(["audit", "vault"]), default="audit", show_default=True)
@settings_options
@json_option
@talk_options
@pass_ui
def compare(ui: Ui, a: str, b: str, stage: Any, split: str, resolved: Resolved) -> None:
    """What B does better or worse than A: the gate's view of it, and the tasks that changed most.

    A and B are champion, challenger, previous, base, a version, or the beginning of an adapter's sha256.
    """
    from loop.cycle.context import open_context
    from loop.cycle.ledger import attempt_id
    from loop.gate.compare import compare_tasks, regressions, tally
    from loop.gate.decision import Policy, decide
    from loop.store import ask_audits, ask_ledger

    settings = resolved.settings
    with open_context(settings, open_home()) as ctx:
        named = [name for name in (a, b) if name not in ("champion", "base")]
        stage = stage or (ctx.stage_of_adapter(named[0]) if named else "implementation")
        names, pack_sha256 = [ctx.resolve_adapter(name, stage) for name in (a, b)], ctx.pack.sha256
    with opening.store() as connection:
        pair = ask_audits.paired_audits(connection, stage, names[0], names[1], pack_sha256, split)
        if pair is None:
            raise UsageError(
                f"{a} and {b} were never audited at {stage} on the same {split} tasks and seeds",
                fix="; ".join(f"loop audit --stage {stage} --adapter {name} --split {split}" for name in (a, b)),
            )
        scores = ask_audits.paired_scores(connection, pair["a"], pair["b"])
        attempt = ask_ledger.attempt(connection, attempt_id(pair["a"], pair["b"]))
    policy = Policy.from_settings(settings.gate)
    # what the gate held when it judged these two, else what one attempt may err in
    alpha = attempt["alpha"] if attempt else policy.alpha / policy.attempts
    policy = dataclasses.replace(policy, alpha=alpha)
    decision = decide(scores[0], scores[1], policy, settings.run.seed)
    changes = compare_tasks(scores[0], scores[1])
    worse = regressions(changes)
    data = {
        "a": names[0],
        "b": names[1],
        "stage": stage,
        "split": split,
        **shapes.decision(decision),
        **tally(changes),
        "regressions": [dataclasses.asdict(family) for family in worse],
        "tasks": [dataclasses.asdict(change) for change in changes],
    }

    def show() -> None:
        from loop.report import tables
        from loop.report.regressions import regressions_sheet

        tables.show(tables.compare_sheet(changes), regressions_sheet(worse), tables.decision_sheet(decision))

    ui.emit(data, show)
