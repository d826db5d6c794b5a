"""`loop audit --plan`: what audits of more or fewer tasks and completions could show."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.stage_names import StageName


def gather(ctx: Context, stages: list[StageName], split: Any) -> dict[str, Any]:
    """stage -> `alpha` of the next attempt, `attempts_left`, `measured` (was the champion audited?), `choices`."""
    from loop.cycle import ledger
    from loop.gate import plan
    from loop.gate.attempt import left, share
    from loop.gate.decision import Policy
    from loop.store import ask_audits

    policy = Policy.from_settings(ctx.settings.gate)
    found: dict[str, Any] = {}
    for stage in stages:
        history = ledger.history(ctx, stage, split)
        with ctx.store.read() as connection:
            row = ask_audits.last_audits(connection, {stage: ctx.champion(stage)}, split)[stage]
            scores = ask_audits.audit_scores(connection, row["id"]) if row else None
        held_out = ledger.held_out(ctx, stage, split)
        families = {ctx.tasks[task].family for task in held_out}
        taken = row["n_tasks"] * (row["k"] + 1) if row else 0
        alpha = share(history, policy)
        found[stage] = {
            "alpha": alpha,
            "attempts_left": left(history, policy),
            "measured": scores is not None,
            "choices": [
                dataclasses.asdict(choice)
                for choice in plan.choices(
                    row["n_tasks"] if row else len(held_out),
                    len(families),
                    plan.variance_of_one(scores.tasks) if scores else plan.UNKNOWN,
                    alpha=alpha or policy.alpha / policy.attempts,
                    seconds_per_completion=row["seconds"] / taken if row and row["seconds"] else None,
                )
            ],
        }
    return found


def show(found: dict[str, Any]) -> None:
    for stage, data in found.items():
        basis = "its champion's last audit" if data["measured"] else "nothing measured yet: the largest noise there is"
        click.echo(
            f"{stage}: gain in points that an attempt shows 4 times in 5, at p < {data['alpha']:.4g} "
            f"({data['attempts_left']} attempts left); from {basis}"
        )
        rows: dict[int, list[dict[str, Any]]] = {}
        for choice in data["choices"]:
            rows.setdefault(choice["tasks"], []).append(choice)
        click.echo("  questions  " + "".join(f"{'k = ' + str(c['k']):>16}" for c in next(iter(rows.values()))))
        for tasks, choices in rows.items():
            click.echo(f"  {tasks:>9}  " + "".join(f"{_cell(choice):>16}" for choice in choices))
    click.echo("seconds are those of both audits at the most; clear cases end sooner")


def _cell(choice: dict[str, Any]) -> str:
    seconds = "" if choice["seconds"] is None else f" ({choice['seconds']:,.0f} s)"
    return f"{choice['effect'] * 100:.1f}{seconds}"
