"""The audit flow: how good one adapter is, on demand."""

from __future__ import annotations

from typing import Literal

from prefect import flow

from flows import steps
from flows.artifacts import publish_audit
from flows.session import failing_plainly, name_run, session
from loop.cycle.records import AuditReport
from loop.stage_names import StageName


@flow(name="audit", persist_result=False)
@failing_plainly
def audit(
    profile: str | None = None,
    stage: StageName = "implementation",
    adapter: str = "champion",
    split: Literal["audit", "vault"] = "audit",
    k: int | None = None,
    seed: int | None = None,
    pack: str | None = None,
    home: str | None = None,
) -> AuditReport:
    """Measures `adapter` (champion, base, a version, or the beginning of a sha256) at `stage`, on audit or vault."""
    with session(profile, home, {"run.pack": pack, "audit.k": k}) as ctx:
        chosen = ctx.resolve_adapter(adapter, stage)
        name_run(f"audit {chosen[:12]} at {stage} on {split}")
        report = steps.audit(ctx, chosen, stage=stage, split=split, seed=seed)
        publish_audit(report)
        return report
