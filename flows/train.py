"""The train flow: an adapter from all that was harvested, on demand."""

from __future__ import annotations

from prefect import flow

from flows import steps
from flows.session import failing_plainly, name_run, session
from loop.cycle.records import TrainedAdapter
from loop.cycle.run import opened
from loop.pipeline.stage import StageName


@flow(name="train", persist_result=False)
@failing_plainly
def train(
    profile: str | None = None,
    stage: StageName = "implementation",
    seed: int | None = None,
    epochs: float | None = None,
    pack: str | None = None,
    home: str | None = None,
) -> TrainedAdapter:
    """Trains from the frozen base on the accumulated harvest and checks parity; nothing is promoted."""
    with session(profile, home, {"run.pack": pack, "run.seed": seed, "train.epochs": epochs}) as ctx:
        current = opened(steps.begin(ctx, stage))
        name_run(f"train {stage} for cycle-{current.number} {ctx.settings.profile}")
        return steps.train(ctx, current, steps.harvest(ctx, current))
