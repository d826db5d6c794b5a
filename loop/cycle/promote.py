"""Promote and roll back: the registry's commit is what counts, the store's rows are a picture of it.

A promotion goes through the gate whoever asks for it. Going round it takes `force` and a reason, which stay in the
registry's history.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from loop.cycle.approval import require_not_rejected
from loop.cycle.audit import audit, report
from loop.cycle.freeze import require_unfrozen
from loop.cycle.judge import decision_id, judge
from loop.cycle.ledger import require_budget
from loop.cycle.lock import hold
from loop.cycle.records import BASE, Approval, Cycle, Promotion, Timing
from loop.cycle.times import record
from loop.errors import GateRefused, UsageError
from loop.gate.decision import Policy
from loop.store import ask, ask_audits
from loop.store.projection import catch_up, rebuild_promotions
from loop.training.card_text import SHOWN

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.gate.decision import Decision
    from loop.registry import Version
    from loop.stage_names import StageName


class PromotionRefused(GateRefused):
    """The gate said no; `decision` holds its numbers, or None when there was nothing to compare."""

    def __init__(self, message: str, *, fix: str = "", decision: Decision | None = None) -> None:
        super().__init__(message, fix=fix)
        self.decision = decision


def promote(
    ctx: Context,
    adapter: str | None = None,
    *,
    stage: StageName | None = None,
    cycle: Cycle | None = None,
    decision: Decision | None = None,
    approval: Approval | None = None,
    force: bool = False,
    reason: str = "",
    dry_run: bool = False,
) -> Promotion:
    """Puts `adapter` in service at its stage if the gate says so.

    Without `adapter`: the newest that was trained after the champion of `stage`, or, without that either, of any stage
    of the settings. decision: one just made on this pair; without it the pair's stored audits are judged, or made if
    there are none. approval: a person's word on it, kept in the manifest.
    Raises PromotionRefused, GateRefused (a person has rejected it) and HarvestFrozen unless forced, UsageError (force
    without a reason; an unknown or foreign adapter), RegistryError.
    """
    began = time.monotonic()
    if force and not reason.strip():
        raise UsageError("a forced promotion needs a reason", fix='add --reason "..."')
    with hold(ctx.home):
        ctx.journal.replay(ctx.store)
        catch_up(ctx.store, ctx.registry)
        if not force:
            require_unfrozen(ctx, "nothing is promoted")
        challenger, stage = (adapter, _stage_of(ctx, adapter)) if adapter else _newest(ctx, stage)
        champion = ctx.champion(stage)
        if challenger == champion:
            raise PromotionRefused(
                f"{_name(challenger)} is in service already: there is nothing better to promote",
                fix="run `loop run` for a new challenger",
            )
        trained = _checked(ctx, stage, challenger)
        if not force and approval is None:
            require_not_rejected(ctx, stage, challenger)
        if decision is None or (decision.champion, decision.challenger) != (champion, challenger):
            decision = _decide(ctx, stage, champion, challenger, force=force, dry_run=dry_run)
        if not force:
            require_unfrozen(ctx, "nothing is promoted")  # an audit that was just made may have found a hack
        if not force and (decision is None or decision.outcome != "promote"):
            raise _refusal(challenger, decision)
        if dry_run:
            return Promotion(stage, challenger, champion, "", "", decision, reason if force else "", True)
        manifest = _manifest(ctx, trained, champion, decision, cycle) | _approved(approval)
        version = ctx.registry.promote(stage, challenger, manifest, forced_reason=reason if force else "")
        rebuild_promotions(ctx.store, ctx.registry, stage)
        if cycle is not None:
            record(ctx, cycle, "promote", Timing(), wall=time.monotonic() - began)
    return Promotion(stage, challenger, champion, version.version, version.commit, decision, reason if force else "")


def settle(
    ctx: Context, cycle: Cycle, adapter: str, decision: Decision, approval: Approval | None = None
) -> Promotion | None:
    """Makes the adapter the challenger, and promotes it if the decision says so, and so does whoever had to be asked;
    None if not. Finds a promotion that a killed run had just committed."""
    began = time.monotonic()
    serves = ctx.champion(cycle.stage) == adapter
    if not serves:
        _challenge(ctx, cycle, adapter, decision)
    if decision.outcome != "promote":
        ctx.reporter.say(f"{cycle.stage}: not promoted ({decision.outcome}): {'; '.join(decision.reasons)}")
        return None
    if approval is not None and approval.state != "approved":
        ctx.reporter.say(f"{cycle.stage}: not promoted: {approval.says}")
        return None
    if serves:
        with hold(ctx.home):
            rebuild_promotions(ctx.store, ctx.registry, cycle.stage)
            record(ctx, cycle, "promote", Timing(), wall=time.monotonic() - began)
        version = ctx.registry.champion(cycle.stage)
        assert version is not None  # it is `adapter`
        return Promotion(cycle.stage, adapter, cycle.champion, version.version, version.commit, decision)
    return promote(ctx, adapter, cycle=cycle, decision=decision, approval=approval)


def rollback(
    ctx: Context, to: str | None = None, *, stage: StageName = "implementation", reason: str = "", dry_run: bool = False
) -> Version | None:
    """Puts a stage's previous champion, or version `to`, back; None: the base serves. `reason` stays in the history.

    dry_run: says what would serve, refuses what would be refused, changes nothing. Raises RegistryError, UsageError.
    """
    if dry_run:
        return ctx.registry.rollback_target(stage, to)
    with hold(ctx.home):
        catch_up(ctx.store, ctx.registry)
        version = ctx.registry.rollback(stage, to, reason=reason)
        rebuild_promotions(ctx.store, ctx.registry, stage)
    return version


def _challenge(ctx: Context, cycle: Cycle, adapter: str, decision: Decision) -> None:
    """Tells the registry of an adapter that was judged, whatever the gate said of it."""
    with ctx.store.read() as connection:
        trained = ask.adapter_row(connection, adapter)
    if trained is None:
        raise UsageError(f"adapter {adapter[:12]} is not known", fix="see `loop log`")
    told = {
        "id": decision_id(decision), "outcome": decision.outcome, "delta": decision.delta, "ci": list(decision.ci),
        "p_value": decision.p_value, "champion_pass_at_1": decision.champion_pass_at_1,
        "challenger_pass_at_1": decision.challenger_pass_at_1,
    }  # fmt: skip
    with hold(ctx.home):
        manifest = _manifest(ctx, trained, decision.champion, decision, cycle)
        ctx.registry.challenge(cycle.stage, adapter, manifest, decision=told)


def _newest(ctx: Context, stage: StageName | None) -> tuple[str, StageName]:
    """The newest adapter that its stage's champion does not know yet, and its stage."""
    stages = ctx.stages if stage is None else (stage,)
    found: list[tuple[Any, str, StageName]] = []
    for one in stages:
        with ctx.store.read() as connection:
            newest = ask.newest_challenger(connection, one, ctx.champion(one), ctx.base(one).sha256)
            row = ask.adapter_row(connection, newest) if newest else None
        if row is not None:
            found.append((row["created"], row["sha256"], one))
    if not found:
        where = f" of {stage}" if stage else ""
        raise PromotionRefused(
            f"nothing to promote: no adapter{where} was trained since the champion went into service",
            fix="run `loop run` for a new challenger, or name an adapter",
        )
    _, adapter, one = max(found)
    return adapter, one


def _stage_of(ctx: Context, adapter: str) -> StageName:
    """The stage that the adapter was trained for."""
    if adapter == BASE:
        raise UsageError("the base is not promoted", fix="use `loop rollback --to base`")
    with ctx.store.read() as connection:
        row = ask.adapter_row(connection, adapter)
    if row is None:
        raise UsageError(f"adapter {adapter[:12]} is not known", fix="see `loop log`")
    stage: StageName = row["stage"]
    return stage


def _checked(ctx: Context, stage: StageName, adapter: str) -> dict[str, Any]:
    """The adapter's row: of the stage's base, its weights there."""
    with ctx.store.read() as connection:
        row = ask.adapter_row(connection, adapter)
    assert row is not None  # its stage was read from it
    base = ctx.base(stage)
    if row["base_sha256"] != base.sha256:
        raise UsageError(
            f"adapter {adapter[:12]} was trained on {row['base']}, not on {base.name} as it is now",
            fix="choose the profile it belongs to",
        )
    ctx.adapter_gguf(adapter)
    return row


def _decide(
    ctx: Context, stage: StageName, champion: str, challenger: str, *, force: bool, dry_run: bool
) -> Decision | None:
    """The gate on the newest paired audits; None when they are missing and may not be made."""
    with ctx.store.read() as connection:
        pair = ask_audits.paired_audits(connection, stage, champion, challenger, ctx.pack.sha256)
    if pair is not None:
        reports = report(ctx, pair["a"]), report(ctx, pair["b"])
    elif force or dry_run:
        return None
    else:
        require_budget(ctx, stage, Policy.from_settings(ctx.settings.gate))
        first = ctx.settings.audit.first
        reports = audit(ctx, champion, stage=stage, upto=first), audit(ctx, challenger, stage=stage, upto=first)
    return judge(ctx, None, *reports, dry_run=dry_run).decision


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


def _manifest(
    ctx: Context, trained: dict[str, Any], champion: str, decision: Decision | None, cycle: Cycle | None
) -> dict[str, Any]:
    """What the registry keeps of an adapter: enough to walk from it to its data without the store, and to write the
    store's rows of it and of the decision again (`loop.cycle.rebuild`)."""
    metrics = ask.stored_json(trained["metrics"])
    return {
        "stage": trained["stage"],
        "base": trained["base"],
        "base_sha256": trained["base_sha256"],
        "dataset": trained["dataset"],
        "cycle": trained["cycle_id"],
        "trained": trained["created"].isoformat(),
        "seconds": trained["seconds"],
        "hyperparameters": ask.stored_json(trained["hyperparameters"]),
        "metrics": {name: metrics[name] for name in SHOWN if name in metrics},
        "parity": ask.stored_json(trained["parity"]),
        "pack": ctx.pack.name,
        "pack_sha256": ctx.pack.sha256,
        "previous": champion,
        "decision": decision.to_json() if decision is not None else None,
        "decision_id": decision_id(decision) if decision is not None else "",
        "decided_in": cycle.id if cycle is not None else None,
    }


def _approved(approval: Approval | None) -> dict[str, Any]:
    if approval is None:
        return {}
    return {"approval": approval.id, "approved_by": approval.answered_by, "approval_reason": approval.reason}


def _name(adapter: str) -> str:
    return "the base" if adapter == BASE else f"adapter {adapter[:12]}"
