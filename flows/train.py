"""The train flow: an adapter from all that was harvested, on demand."""

from __future__ import annotations

from prefect import flow

from flows.session import failing_plainly, name_run, session
from flows.steps import STEPS
from loop.cycle.begin import opened
from loop.cycle.records import TrainedAdapter
from loop.stage_names import StageName


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
        current = opened(STEPS.begin(ctx, stage))
        name_run(f"train {stage} for cycle-{current.number} {ctx.settings.profile}")
        trained: TrainedAdapter = STEPS.train(ctx, current, STEPS.harvest(ctx, current))
        return trained
