"""How a stage is trained: its own section of the settings, and what is left open there from [train], [dpo], [grpo]."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from loop.config import TARGETS, Settings, StageSettings
from loop.router import resolve
from loop.settings_load import listed
from loop.stage_names import StageName
from loop.training.trainer import Backend, DpoSpec, GrpoSpec, Method, Precision, TrainSpec


def method_of(settings: Settings, stage: StageName) -> Method:
    """The stage's method: its own, else that of all."""
    own: StageSettings = getattr(settings, stage)
    return cast(Method, own.method or settings.train.method)


def recipe(
    settings: Settings,
    stage: StageName,
    *,
    base: Path,
    examples: Path,
    out: Path,
    cache: Path,
    seed: int,
    oracle_seed: int,
) -> TrainSpec:
    """The training of a stage. seed: of its draws; oracle_seed: of the hidden inputs that answers are rewarded on.

    Raises ConfigError and ModelError as `loop.router.resolve` does.
    """
    train, own, model = settings.train, getattr(settings, stage), resolve(settings, stage)
    targets = own.targets or train.targets
    return TrainSpec(
        base=base,
        examples=examples,
        out=out,
        cache=cache,
        method=method_of(settings, stage),
        backend=cast(Backend, train.backend),
        precision=cast(Precision, train.precision),
        devices=train.devices,
        seed=seed,
        rank=own.rank or train.rank,
        alpha=train.alpha,
        targets=TARGETS if targets == "all" else tuple(name for name in TARGETS if name in listed(targets)),
        learning_rate=train.learning_rate,
        epochs=train.epochs,
        batch_size=train.batch_size,
        max_length=model.context,
        hold_back=train.hold_back,
        patience=train.patience,
        checkpoint=train.checkpoint,
        dpo=DpoSpec(settings.dpo.beta, settings.dpo.learning_rate, settings.dpo.epochs),
        grpo=GrpoSpec(
            steps=settings.grpo.steps,
            prompts=settings.grpo.prompts,
            group=settings.grpo.group,
            learning_rate=settings.grpo.learning_rate,
            beta=settings.grpo.beta,
            temperature=model.temperature,
            max_tokens=model.max_tokens,
            cases=settings.grade.cases,
            oracle_seed=oracle_seed,
            sandbox=settings.grade.sandbox,
            workers=settings.grade.workers,
        ),
    )
