"""The vault, read now and then: every so many promotions of a stage its champion is audited on it.

The audit split chooses what is promoted, so it is overfitted to in time; the vault chooses nothing, and shows it
(`loop.diagnosis.gaps`). It is read rarely, since whoever acts on it often begins to choose by it too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from loop.cycle.audit import audit
from loop.cycle.calls import askable

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.records import AuditReport, Cycle, Promotion
    from loop.stage_names import StageName


def audit_vault(ctx: Context, cycle: Cycle, promotion: Promotion | None) -> AuditReport | None:
    """Audits what was just promoted on the vault, if `audit.vault_every` says that it is time.

    None when it is not, when nothing was promoted, or when the pack's vault asks nothing of the stage. A killed one is
    gone on with, a finished one is not repeated. Raises what `audit` raises.
    """
    every = ctx.settings.audit.vault_every
    if promotion is None or not every or not askable(ctx.pack.split("vault"), cycle.stage):
        return None
    if promotions_since(ctx, cycle.stage) < every:
        return None
    began = time.monotonic()
    report = audit(ctx, promotion.adapter, stage=cycle.stage, split="vault")
    ctx.accounted += time.monotonic() - began  # no part of the cycle's own time: the audit's row has its seconds
    ctx.reporter.say(f"{cycle.stage}: vault pass@1 {report.summary.pass_at_1:.3f} (`loop diagnose` has the gap)")
    return report


def promotions_since(ctx: Context, stage: StageName) -> int:
    """Promotions of the stage since the newest one whose adapter was audited on this pack's vault; all, if none was."""
    with ctx.store.read() as connection:
        found = connection.execute(
            "SELECT DISTINCT adapter FROM audits WHERE stage = ? AND split = 'vault' AND state = 'finished'"
            " AND pack_sha256 = ? AND base_sha256 = ?",
            [stage, ctx.pack.sha256, ctx.base(stage).sha256],
        ).fetchall()
    read = {row[0] for row in found}
    count = 0
    for event in ctx.registry.history(stage):  # newest first
        if event.action != "promote":
            continue
        if event.adapter_sha256 in read:
            break
        count += 1
    return count
