"""The practice flow: the champion tries practice tasks and its passing answers are harvested, on demand."""

from __future__ import annotations

from prefect import flow

from flows.session import failing_plainly, name_run, session
from flows.steps import STEPS
from loop.cycle.begin import opened
from loop.cycle.records import Dataset
from loop.stage_names import StageName


@flow(name="practice", persist_result=False)
@failing_plainly
def practice(
    profile: str | None = None,
    stage: StageName = "implementation",
    tasks: int | None = None,
    k: int | None = None,
    seed: int | None = None,
    pack: str | None = None,
    home: str | None = None,
) -> Dataset:
    """The first half of a stage's cycle, which a later train or cycle run goes on with: `tasks` tasks, `k` completions
    each."""
    flags = {"run.pack": pack, "run.seed": seed, "practice.tasks": tasks, "practice.k": k}
    with session(profile, home, flags) as ctx:
        current = opened(STEPS.begin(ctx, stage))
        name_run(f"practice {stage} of cycle-{current.number} {ctx.settings.profile}")
        STEPS.practice(ctx, current)
        dataset: Dataset = STEPS.harvest(ctx, current)
        return dataset
