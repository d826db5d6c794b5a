"""A promotion that a person is asked about: proposed, waited for, answered, or overtaken by what happened meanwhile.

The proposal is a row of the store, so that a kill loses nothing. The answer is first a line of a file
(`loop.store.approval_log`), which can be written while a run holds the home; `take_in` brings it into the row.
"""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from loop.cycle.judge import decision_id
from loop.cycle.lock import hold
from loop.cycle.records import Approval, Cycle
from loop.cycle.seeds import digest
from loop.errors import GateRefused
from loop.store import approval_log, ask_approvals, write
from loop.store.approval_log import Reply

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.gate.decision import Decision
    from loop.stage_names import StageName


def propose(ctx: Context, cycle: Cycle, adapter: str, decision: Decision) -> Approval | None:
    """The proposal to promote `adapter`: made, or found as it stands; None where nobody has to be asked.

    One that was made stands, also when the settings no longer ask for any.
    """
    if decision.outcome != "promote":
        return None
    made = decision_id(decision)
    key = digest("approval", made, cycle.id)[:12]
    with hold(ctx.home):
        with ctx.store.read() as connection:
            known = ask_approvals.proposal(connection, key)
        if known is not None:
            take_in(ctx)
        else:
            if not ctx.settings.gate.require_approval or ctx.champion(cycle.stage) == adapter:
                return None
            row = {"id": key, "stage": cycle.stage, "adapter": adapter, "decision": made, "cycle_id": cycle.id}
            with ctx.store.write() as connection:
                write.insert(connection, "approvals", [{**row, "expires": _expiry(ctx)}])
    return find(ctx, key)


def approve(ctx: Context, approval: Approval) -> Approval:
    """The proposal with the answer to it if there is one. Does not wait: without, it says how to give one."""
    take_in(ctx)
    now = find(ctx, approval.id)
    if now.state == "pending":
        ctx.reporter.say(f"{now.stage}: {now.asks}; it {now.says}")
    return now


def answer(ctx: Context, approval: Approval, *, approved: bool, by: str, reason: str) -> Approval:
    """The proposal with a person's word on it; one that was answered before keeps the first."""
    approval_log.append(ctx.home.approvals, Reply(approval.id, approved, by, reason, datetime.now(UTC)))
    take_in(ctx)
    return find(ctx, approval.id)


def due(ctx: Context, approval: Approval) -> bool:
    """Whether `take_in` would find its answer, or its end. Looks at the file only. Raises StoreError."""
    late = approval.expires is not None and datetime.now(UTC) >= approval.expires
    return late or approval.id in approval_log.replies(ctx.home.approvals)


def take_in(ctx: Context) -> None:
    """Brings what was answered into the store. What can no longer be approved is expired: its time is over, its cycle
    was left unfinished, or another champion serves than the one that the gate compared with."""
    with hold(ctx.home):
        with ctx.store.read() as connection:
            rows = ask_approvals.unsettled(connection)
        said = approval_log.replies(ctx.home.approvals) if rows else {}
        for row in rows:
            change = _change(ctx, row, said.get(row["id"]))
            if change:
                with ctx.store.write() as connection:
                    write.update(connection, "approvals", row["id"], **change)


def find(ctx: Context, key: str) -> Approval:
    """The proposal as the store has it."""
    with ctx.store.read() as connection:
        row = ask_approvals.proposal(connection, key)
    assert row is not None  # keys come from rows, which are never removed
    who = "the base" if row["champion"] == "base" else f"adapter {row['champion'][:12]}"
    return Approval(
        id=row["id"],
        stage=row["stage"],
        adapter=row["adapter"],
        decision=row["decision"],
        cycle=row["cycle_id"],
        state=row["state"],
        asks=f"adapter {row['adapter'][:12]} instead of {who}: gain in pass@1 {row['delta']:+.3f} "
        f"[{row['ci_low']:+.3f}, {row['ci_high']:+.3f}], p = {row['p_value']:.4f}",
        expires=row["expires"],
        answered_by=row["answered_by"],
        reason=row["reason"],
        flow_run=row["flow_run"],
    )


def asked_in(ctx: Context, approval: Approval, flow_run: str, name: str) -> None:
    """Keeps which flow run waits for the answer."""
    with hold(ctx.home), ctx.store.write() as connection:
        write.update(connection, "approvals", approval.id, flow_run=flow_run, flow_run_name=name)


def require_not_rejected(ctx: Context, stage: StageName, adapter: str) -> None:
    """Raises GateRefused for an adapter whose promotion a person has rejected."""
    with ctx.store.read() as connection:
        row = ask_approvals.last_word(connection, stage, adapter)
    if row is not None and row["state"] == "rejected":
        raise GateRefused(
            f"adapter {adapter[:12]} was rejected by {row['answered_by']}{_because(row['reason'])}",
            fix='`loop promote --force --reason "..."` overrides, for ever visible',
        )


def person() -> str:
    """Who answers at this terminal."""
    try:
        return f"cli {getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return f"cli uid {os.getuid()}"


def _change(ctx: Context, row: dict[str, Any], reply: Reply | None) -> dict[str, Any]:
    """What is to be set in a proposal's row; {}: it stays as it is."""
    now = datetime.now(UTC)
    champion = ctx.champion(row["stage"])
    if champion not in (row["champion"], row["adapter"]):
        before = f" ({row['state']} by {row['answered_by']}{_because(row['reason'])})" if row["answered_by"] else ""
        said = f"another champion is in service now than the gate compared with: {champion[:12]}{before}"
        return {"state": "expired", "answered": now, "reason": said}
    if row["state"] != "pending":
        return {}
    if champion == row["adapter"]:
        return {"state": "expired", "answered": now, "reason": "it was put in service by hand"}
    if row["cycle_state"] != "running":
        return {"state": "expired", "answered": now, "reason": "its cycle was left unfinished"}
    if reply is not None and (row["expires"] is None or reply.at < row["expires"]):
        state = "approved" if reply.approve else "rejected"
        return {"state": state, "answered": reply.at, "answered_by": reply.by, "reason": reply.reason}
    if row["expires"] is not None and now >= row["expires"]:
        hours = (row["expires"] - row["created"]).total_seconds() / 3600
        return {"state": "expired", "answered": now, "reason": f"nobody answered within {hours:.3g} hours"}
    return {}


def _expiry(ctx: Context) -> datetime | None:
    hours = ctx.settings.gate.approval_timeout
    return datetime.now(UTC) + timedelta(hours=hours) if hours else None


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
