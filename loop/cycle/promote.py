"""Promote and roll back: the registry's commit is what counts, the store's rows are a picture of it.

A promotion goes through the gate whoever asks for it. Going round it takes `force` and a reason, which stay in the
registry's history.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from loop.cycle.audit import audit, report
from loop.cycle.freeze import require_unfrozen
from loop.cycle.judge import judge
from loop.cycle.lock import hold
from loop.cycle.records import BASE, Cycle, Promotion, Timing
from loop.cycle.times import record
from loop.errors import GateRefused, UsageError
from loop.store import ask
from loop.store.projection import rebuild_promotions

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.gate.decision import Decision
    from loop.registry import Version


class PromotionRefused(GateRefused):
    """The gate said no; `decision` holds its numbers, or None when there was nothing to compare."""

    def __init__(self, message: str, *, fix: str = "", decision: Decision | None = None) -> None:
        super().__init__(message, fix=fix)
        self.decision = decision


def promote(
    ctx: Context,
    adapter: str | None = None,
    *,
    cycle: Cycle | None = None,
    decision: Decision | None = None,
    force: bool = False,
    reason: str = "",
    dry_run: bool = False,
) -> Promotion:
    """Puts `adapter` (default: the newest trained after the champion) in service if the gate says so.

    decision: one just made on this pair; without it the pair's stored audits are judged, or made if there are none.
    Raises PromotionRefused, HarvestFrozen unless forced, UsageError (force without a reason; an unknown or foreign
    adapter), RegistryError.
    """
    began = time.monotonic()
    if force and not reason.strip():
        raise UsageError("a forced promotion needs a reason", fix='add --reason "..."')
    with hold(ctx.home):
        ctx.journal.replay(ctx.store)
        if not force:
            require_unfrozen(ctx, "nothing is promoted")
        champion = ctx.champion()
        challenger = adapter or _newest(ctx, champion)
        if challenger == champion:
            raise PromotionRefused(
                f"{_name(challenger)} is in service already: there is nothing better to promote",
                fix="run `loop run` for a new challenger",
            )
        trained = _checked(ctx, challenger)
        if decision is None or (decision.champion, decision.challenger) != (champion, challenger):
            decision = _decide(ctx, champion, challenger, force=force, dry_run=dry_run)
        if not force:
            require_unfrozen(ctx, "nothing is promoted")  # an audit that was just made may have found a hack
        if not force and (decision is None or decision.outcome != "promote"):
            raise _refusal(challenger, decision)
        if dry_run:
            return Promotion(ctx.stage, challenger, champion, "", "", decision, reason if force else "", True)
        version = ctx.registry.promote(
            ctx.stage, challenger, _manifest(ctx, trained, champion, decision), forced_reason=reason if force else ""
        )
        rebuild_promotions(ctx.store, ctx.registry, ctx.stage)
        if cycle is not None:
            record(ctx, cycle, "promote", Timing(), wall=time.monotonic() - began)
    return Promotion(
        ctx.stage, challenger, champion, version.version, version.commit, decision, reason if force else ""
    )


def rollback(ctx: Context, to: str | None = None) -> Version | None:
    """Puts the previous champion, or version `to`, back in service; None: the base serves. Raises RegistryError."""
    with hold(ctx.home):
        version = ctx.registry.rollback(ctx.stage, to)
        rebuild_promotions(ctx.store, ctx.registry, ctx.stage)
    return version


def _newest(ctx: Context, champion: str) -> str:
    with ctx.store.read() as connection:
        found = ask.newest_challenger(connection, champion, ctx.base.sha256)
    if found is None:
        raise PromotionRefused(
            f"nothing to promote: no adapter was trained since {_name(champion)} went into service",
            fix="run `loop run` for a new challenger, or name an adapter",
        )
    return found


def _checked(ctx: Context, adapter: str) -> dict[str, Any]:
    """The adapter's row: known, of this base, its weights there."""
    if adapter == BASE:
        raise UsageError("the base is not promoted", fix="use `loop rollback --to base`")
    with ctx.store.read() as connection:
        row = ask.adapter_row(connection, adapter)
    if row is None:
        raise UsageError(f"adapter {adapter[:12]} is not known", fix="see `loop log`")
    if row["base_sha256"] != ctx.base.sha256:
        raise UsageError(
            f"adapter {adapter[:12]} was trained on {row['base']}, not on {ctx.base.name} as it is now",
            fix="choose the profile it belongs to",
        )
    ctx.adapter_gguf(adapter)
    return row


def _decide(ctx: Context, champion: str, challenger: str, *, force: bool, dry_run: bool) -> Decision | None:
    """The gate on the newest paired audits; None when they are missing and may not be made."""
    with ctx.store.read() as connection:
        pair = ask.paired_audits(connection, champion, challenger, ctx.pack.sha256)
    if pair is not None:
        reports = report(ctx, pair["a"]), report(ctx, pair["b"])
    elif force or dry_run:
        return None
    else:
        reports = audit(ctx, champion), audit(ctx, challenger)
    return judge(ctx, None, *reports, dry_run=dry_run)


def _refusal(challenger: str, decision: Decision | None) -> PromotionRefused:
    if decision is None:
        return PromotionRefused(
            f"{_name(challenger)} was never audited beside the champion",
            fix="run `loop promote` without --dry-run, which makes the audits",
        )
    return PromotionRefused(
        f"the gate did not promote {_name(challenger)}. {decision.reasons[0]}",
        fix='run `loop run` for a new challenger; `loop promote --force --reason "..."` overrides, for ever visible',
        decision=decision,
    )


def _manifest(ctx: Context, trained: dict[str, Any], champion: str, decision: Decision | None) -> dict[str, Any]:
    """What the registry keeps of an adapter: enough to walk from it to its data without the store."""
    return {
        "base": trained["base"],
        "base_sha256": trained["base_sha256"],
        "dataset": trained["dataset"],
        "cycle": trained["cycle_id"],
        "hyperparameters": ask.stored_json(trained["hyperparameters"]),
        "parity": ask.stored_json(trained["parity"]),
        "pack": ctx.pack.name,
        "pack_sha256": ctx.pack.sha256,
        "previous": champion,
        "decision": decision.to_json() if decision is not None else None,
    }


def _name(adapter: str) -> str:
    return "the base" if adapter == BASE else f"adapter {adapter[:12]}"
