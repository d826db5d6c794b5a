"""The audit ledger: what each attempt at a promotion may spend of the held-out tasks it is judged on.

An attempt is laid down before the gate's first look, and whoever asks about the same two audits again has the same one:
a dry run counts too, for looking is what wears an audit set out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop.cycle.calls import askable
from loop.cycle.seeds import digest
from loop.errors import GateRefused
from loop.gate.attempt import Attempt, Past, left, looks, share
from loop.store import ask_ledger, write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import AuditReport
    from loop.gate.decision import Decision, Policy
    from loop.stage_names import StageName
    from loop.tasks.task import Split

FEW = 3  # attempts left, from which on each one is told


class AuditSpent(GateRefused):
    """The held-out tasks of a stage have been asked so often that another gain on them would mean nothing."""


def require_budget(ctx: Context, stage: StageName, policy: Policy, split: Split = "audit") -> None:
    """Raises AuditSpent when no attempt is left; says so when few are."""
    past = history(ctx, stage, split)
    remaining = left(past, policy)
    if not remaining:
        raise AuditSpent(
            f"{stage}: the {split} tasks of pack '{ctx.pack.name}' are spent: {len(past)} challengers were judged "
            f"on them, and one more would break the promise of {policy.alpha:g} false promotions in their history",
            fix="make fresh ones (`loop tasks mint`) and run with that pack; "
            'or `loop promote ADAPTER --force --reason "..."`',
        )
    if remaining <= FEW:
        ctx.reporter.say(f"{stage}: {remaining} attempts are left on these {split} tasks; `loop tasks mint` makes more")


def attempt_on(ctx: Context, champion: AuditReport, challenger: AuditReport, policy: Policy) -> Attempt:
    """The attempt that these two audits are: the one laid down before, else the next one of their set.

    Audits that are complete already are looked at once, else as often as their budget allows. Raises AuditSpent.
    Call it under `hold(home)`.
    """
    if (known := laid_down(ctx, champion.audit_id, challenger.audit_id, policy)) is not None:
        return known
    stage, split = challenger.stage, _split(challenger.split)
    require_budget(ctx, stage, policy, split)
    past = history(ctx, stage, split)
    budget = min(champion.budget, challenger.budget)
    whole = min(champion.scores.k, challenger.scores.k) >= budget
    attempt = Attempt(
        number=len(past) + 1,
        alpha=share(past, policy),
        looks=(budget,) if whole else looks(budget, ctx.settings.audit.first),
        left=max(0, policy.attempts - len(past) - 1),
    )
    _lay_down(ctx, attempt, champion, challenger, held_out(ctx, stage, split))
    return attempt


def laid_down(ctx: Context, champion_audit: str, challenger_audit: str, policy: Policy) -> Attempt | None:
    """The attempt that two audits already are."""
    with ctx.store.read() as connection:
        row = ask_ledger.attempt(connection, attempt_id(champion_audit, challenger_audit))
    if row is None:
        return None
    return Attempt(row["number"], row["alpha"], tuple(row["looks"]), max(0, policy.attempts - row["number"]))


def close(ctx: Context, decision: Decision) -> None:
    """Writes down how the attempt ended."""
    with ctx.store.write() as connection:
        key = attempt_id(decision.champion_audit, decision.challenger_audit)
        write.update(connection, "audit_attempts", key, outcome=decision.outcome)


def attempt_id(champion_audit: str, challenger_audit: str) -> str:
    return digest("attempt", champion_audit, challenger_audit)[:16]


def _lay_down(ctx: Context, attempt: Attempt, champion: AuditReport, challenger: AuditReport, tasks: list[str]) -> None:
    audit_set = digest(*tasks)[:16]
    row = {
        "id": attempt_id(champion.audit_id, challenger.audit_id), "stage": challenger.stage, "audit_set": audit_set,
        "number": attempt.number, "alpha": attempt.alpha, "looks": list(attempt.looks),
        "champion": champion.adapter, "challenger": challenger.adapter,
        "champion_audit": champion.audit_id, "challenger_audit": challenger.audit_id,
    }  # fmt: skip
    with ctx.store.write() as connection:
        write.insert(connection, "audit_sets", [{"id": audit_set, "task_id": task} for task in tasks])
        write.insert(connection, "audit_attempts", [row])


def held_out(ctx: Context, stage: StageName, split: Split) -> list[str]:
    """All tasks of the split that the stage is asked about, whether or not an audit takes a choice of them."""
    return sorted(task.id for task in askable(ctx.pack.split(split), stage))


def history(ctx: Context, stage: StageName, split: Split = "audit") -> list[Past]:
    """The attempts that the split's tasks have behind them, oldest first."""
    tasks = held_out(ctx, stage, split)
    with ctx.store.read() as connection:
        rows = ask_ledger.attempts(connection, stage, tasks)
    return [Past(row["alpha"], row["outcome"] == "promote") for row in rows]


def _split(name: str) -> Split:
    return "vault" if name == "vault" else "audit"
