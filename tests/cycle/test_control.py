"""The control: what cannot teach must not be promoted. Everything here is real - model, compiler, trainer, gate."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from loop.cycle.context import open_context
from loop.home import Home
from loop.settings_load import load
from loop.training.process import ProcessTrainer
from loop.training.trainer import TrainResult, TrainSpec
from tests.support.scripted_world import run_implementation


class ShuffledTrainer:
    """Trains for real, on answers that were dealt out to the wrong questions."""

    def __init__(self) -> None:
        self.moved = 0

    def train(self, spec: TrainSpec, progress: Callable[[float, str], None]) -> TrainResult:
        rows = [json.loads(line) for line in spec.examples.read_text().splitlines()]
        answers = [row["completion"] for row in rows]
        random.Random(spec.seed).shuffle(answers)
        self.moved = sum(row["completion"] != answer for row, answer in zip(rows, answers, strict=True))
        shuffled = spec.examples.with_name("shuffled.jsonl")
        dealt = [{**row, "completion": answer} for row, answer in zip(rows, answers, strict=True)]
        shuffled.write_text("".join(json.dumps(row) + "\n" for row in dealt))
        return ProcessTrainer().train(replace(spec, examples=shuffled), progress)


@pytest.mark.slow
def test_a_trainer_fed_shuffled_completions_leads_to_no_promotion(home: Home) -> None:
    smaller = {
        "run.stages": "implementation",
        "practice.tasks": 48,
        "practice.k": 4,
        "audit.k": 2,
        "audit.tasks": 70,
        "train.min_tasks": 10,
    }
    flags = {key: (value, "test") for key, value in smaller.items()}
    settings = load("micro", flags, environ={}, start=home.root).settings
    trainer = ShuffledTrainer()
    with open_context(settings, home, trainer=trainer) as ctx:
        outcome = run_implementation(ctx)
        assert trainer.moved > outcome.dataset.rows // 2
        assert outcome.challenger.adapter != "base"
        assert outcome.decision.outcome != "promote", outcome.decision.reasons
        assert outcome.promotion is None
        assert ctx.champion("implementation") == "base"
        assert ctx.registry.versions("implementation") == ()
