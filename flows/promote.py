"""The promote flow: the gate, then the registry, on demand. A refusal is a failed run that says why."""

from __future__ import annotations

from prefect import flow

from flows import steps
from flows.artifacts import publish_decision
from flows.session import failing_plainly, name_run, session
from loop.cycle.promote import PromotionRefused
from loop.cycle.records import Promotion
from loop.stage_names import StageName


@flow(name="promote", persist_result=False)
@failing_plainly
def promote(
    profile: str | None = None,
    adapter: str | None = None,
    stage: StageName | None = None,
    force: bool = False,
    reason: str = "",
    dry_run: bool = False,
    pack: str | None = None,
    home: str | None = None,
) -> Promotion:
    """Puts `adapter` (default: the newest trained one, of `stage` if that is given) in service if the gate says so, or
    by `force` and `reason`."""
    with session(profile, home, {"run.pack": pack}) as ctx:
        chosen = ctx.find_adapter(adapter, stage) if adapter else None
        name_run(f"promote {(chosen or 'newest')[:12]}{' (dry run)' if dry_run else ''}")
        try:
            done = steps.promote(ctx, chosen, stage=stage, force=force, reason=reason, dry_run=dry_run)
        except PromotionRefused as refusal:
            if refusal.decision is not None:
                publish_decision(refusal.decision, f"Refused: {refusal.message}")
            raise
        if done.decision is not None:
            publish_decision(done.decision, f"`{done.adapter[:12]}` is {done.version or 'what would be'} in service.")
        return done
