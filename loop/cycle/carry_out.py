"""What a person answered, carried out at once where no run waits for it: promoted or not, and the stage's share of the
cycle closed. Nothing is measured or decided again: the gate's decision stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop.cycle import begin
from loop.cycle.approval import find, take_in
from loop.cycle.lock import hold
from loop.cycle.promote import settle
from loop.store import ask, ask_approvals

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import Approval, Promotion


def carry_out(ctx: Context, key: str) -> tuple[Approval, Promotion | None]:
    """The proposal as it stands now, and the promotion if there was one. A pending one stays as it is.

    Raises what `promote` raises (HarvestFrozen, RegistryError, UsageError for settings of another base): the answer is
    kept, and the next `loop run` or `loop approve` goes on from there.
    """
    from loop.gate.decision import Decision

    with hold(ctx.home):
        take_in(ctx)
        approval = find(ctx, key)
        cycle = begin.stored(ctx, approval.cycle)
        if approval.state == "pending":
            return approval, None
        begin.start_clock(ctx)
        with ctx.store.read() as connection:
            row = ask_approvals.proposal(connection, key)
        assert row is not None  # it was just found
        decision = Decision.from_json(ask.stored_json(row["details"]))
        running = cycle.state == "running"  # else a run was faster: its promotion is found
        found = running or ctx.champion(approval.stage) == approval.adapter
        promotion = settle(ctx, cycle, approval.adapter, decision, approval) if found else None
        if running:
            begin.finish(ctx, cycle, decision)
    return approval, promotion
