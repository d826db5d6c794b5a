"""An adapter and a decision on it without a cycle: weights, the store's row, and the real gate on made-up scores."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from loop.cycle.context import Context
from loop.cycle.judge import keep
from loop.cycle.lock import hold
from loop.cycle.records import Cycle
from loop.gate.attempt import Attempt
from loop.gate.decision import Decision, Policy, decide
from loop.gate.scores import AuditScores, TaskScore
from loop.home import Home
from loop.registry import weights
from loop.stage_names import StageName
from loop.store import write

STAGE: StageName = "implementation"


def trained(ctx: Context, number: int) -> str:
    """An adapter as training leaves it, told apart by `number`; its sha256."""
    out = ctx.home.scratch / f"trained-{number}"
    out.mkdir(parents=True)
    (out / "adapter.gguf").write_text(json.dumps({"skill": 0.5, "number": number}))
    sha256 = weights.install(out, ctx.home.adapters)
    row: dict[str, Any] = {
        "sha256": sha256, "stage": STAGE, "base": "scripted", "base_sha256": "0" * 64, "dataset": "d" * 64,
        "cycle_id": f"c{number:04d}", "seconds": 1.5, "hyperparameters": '{"method": "sft", "rank": 8}',
        "metrics": '{"rows": 12}', "parity": '{"max_abs": 0.001}',
    }  # fmt: skip
    with ctx.store.write() as connection:
        write.insert(connection, "adapters", [row])
    return sha256


def judged(ctx: Context, cycle: Cycle | None, challenger: str, *, better: bool) -> Decision:
    """The gate on a challenger that solves everything, or nothing, beside a champion that solves half; recorded."""
    pair = _scores(ctx.champion(STAGE), 1), _scores(challenger, 2 if better else 0)
    decision = decide(*pair, Policy.from_settings(ctx.settings.gate), 1, attempt=Attempt(1, 0.05, (2,)))
    assert decision.outcome == ("promote" if better else "reject")
    with hold(ctx.home):
        keep(ctx, cycle, STAGE, decision)
    return decision


def _scores(adapter: str, passes: int) -> AuditScores:
    tasks = tuple(TaskScore(f"t{i}", f"family {i % 8}", 2, passes, passes == 2) for i in range(16))
    audit = hashlib.sha256(f"{adapter} {passes}".encode()).hexdigest()[:16]
    return AuditScores(audit, adapter, "audit", 2, 0.8, 7, tasks)


def spoil(home: Home, sha256: str) -> None:
    (home.adapters / sha256 / "adapter.gguf").write_text("spoilt")
