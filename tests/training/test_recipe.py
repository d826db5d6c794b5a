"""A stage's training follows from its own section, and from [train] where that leaves something open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from loop.config import TARGETS
from loop.errors import ConfigError
from loop.settings_load import check, load
from loop.training.recipe import method_of, recipe
from loop.training.trainer import TrainSpec

WHERE = Path("somewhere")


def spec(stage: str, **flags: str | int) -> TrainSpec:
    given = {key.replace("__", "."): (value, "test") for key, value in flags.items()}
    settings = load("micro", given, environ={}, start=WHERE).settings  # type: ignore[arg-type]
    return recipe(
        settings, stage, base=WHERE, examples=WHERE, out=WHERE, cache=WHERE, seed=5, oracle_seed=6  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_stage_that_leaves_everything_open_is_trained_as_all_are() -> None:
    made = spec("scope", train__rank=8, train__targets="q_proj, v_proj")
    assert (made.rank, made.targets, made.method, made.seed) == (8, ("q_proj", "v_proj"), "sft", 5)


def test_a_stages_own_method_rank_and_targets_win() -> None:
    flags = {"implementation__method": "grpo", "implementation__rank": 4, "implementation__targets": "down_proj"}
    made = spec("implementation", **flags)
    assert (made.rank, made.targets, made.method) == (4, ("down_proj",), "grpo")
    other = spec("scope", **flags)
    assert (other.rank, other.targets, other.method) == (16, TARGETS, "sft")


def test_answers_are_sampled_and_judged_in_training_as_they_are_in_practice() -> None:
    made = spec("implementation", sampling__max_tokens=99, grade__cases=7).grpo
    assert (made.max_tokens, made.temperature, made.cases, made.oracle_seed) == (99, 0.8, 7, 6)


def test_an_unknown_method_or_target_is_refused_with_the_near_word() -> None:
    with pytest.raises(ConfigError, match="did you mean 'grpo'"):
        check("train.method", "grpoo", "test")
    with pytest.raises(ConfigError, match="did you mean 'q_proj'"):
        check("scope.targets", "q_prj", "test")


def test_the_method_of_a_stage_is_known_without_a_model() -> None:
    settings = load("micro", {}, environ={}, start=WHERE).settings
    assert method_of(settings, "planning") == "sft"
    assert method_of(replace(settings, train=replace(settings.train, method="dpo")), "planning") == "dpo"
