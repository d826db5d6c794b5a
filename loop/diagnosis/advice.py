"""What to do about a verdict: commands, each with what it is for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loop.diagnosis.facts import Decided

MINT = "loop tasks mint --from kata --split audit --seed N --to DIR"


def start(stage: str) -> tuple[str, ...]:
    return (f"loop run --set run.stages={stage}: a whole cycle",)


def repair(stage: str) -> tuple[str, ...]:
    return (
        "loop doctor: what of the grader is missing",
        "loop run: the unfinished cycle goes on, and only what has no verdict is graded anew",
        f"loop audit --stage {stage}: the same for an audit outside of a cycle",
    )


def audit(stage: str) -> tuple[str, ...]:
    return (f"loop audit --stage {stage}: measures what serves",)


def go_on(stage: str) -> tuple[str, ...]:
    return (f"loop run --set run.stages={stage}: the next cycle",)


def sample_more(stage: str) -> tuple[str, ...]:
    return (f"loop run --set run.stages={stage} --set practice.k=6 --set audit.k=4: several samples a question",)


def feed(stage: str) -> tuple[str, ...]:
    return (
        f"loop import FILE --as teacher --stage {stage}: a stronger model's answers to what is never solved",
        "loop run --set practice.k=16: more attempts at each task",
        "loop run --set practice.tasks=1000: more tasks, so that some of them are within reach",
        "loop run --pack PACK: a pack with easier tasks",
    )


def measure_finer(stage: str, worst: Decided) -> tuple[str, ...]:
    """Standard errors fall with the square root of what is asked."""
    effect = worst.minimum_detectable_effect
    more = f"about {math.ceil(worst.questions * (effect / worst.eta) ** 2)} questions" if effect else "more questions"
    return (
        f"{MINT}: fresh audit tasks, {more} in all (-n), then loop run --pack DIR",
        f"loop run --set run.stages={stage} --set audit.k=16: less noise of sampling in the tasks there are",
        f"loop run --set gate.eta={effect or 0.05:.3f}: if no smaller gain is worth having",
    )


def overfitted(stage: str) -> tuple[str, ...]:
    return (
        f"{MINT}: audit tasks that nothing was chosen by, then loop audit --pack DIR --stage {stage}",
        f"loop audit --split vault --stage {stage}: the vault of what serves now",
        f"loop rollback --stage {stage}: the version before, if fresh tasks confirm it",
    )


def raise_the_bar(stage: str) -> tuple[str, ...]:
    return (
        f"loop audit --split vault --stage {stage}: whether what was gained holds on the vault",
        "loop run --pack PACK: a pack with harder tasks",
        f"loop run --set {stage}.base=MODEL: a larger base, if the tasks that are left matter",
        "or leave it: further cycles cost time and promise nothing",
    )


def learn_otherwise(stage: str) -> tuple[str, ...]:
    return (
        f"loop study methods --stage {stage}: which way of learning takes in what is found",
        f"loop run --set {stage}.method=sft+dpo: learns from wrong answers too",
        f"loop run --set {stage}.rank=32: more room in the adapter",
    )
