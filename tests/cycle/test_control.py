"""The control: what cannot teach must not be promoted. Everything here is real - model, compiler, trainer, gate."""

from __future__ import annotations

import pytest

from loop.cycle.context import open_context
from loop.home import Home
from loop.settings_load import load
from loop.study.controls import ShuffledTrainer
from tests.support.scripted_world import run_implementation


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
