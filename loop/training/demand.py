"""What the trainings of a configuration will take of memory: one for each base, context and method of its stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from loop.config import Settings, TrainSettings
from loop.models import catalogue
from loop.models.shapes import Shape, shape_of
from loop.router import StageModel, stage_models
from loop.training.memory import TrainingMemory, batch_of, predict
from loop.training.trainer import GrpoSpec, Method, Precision, TrainSpec


@dataclass(frozen=True)
class TrainingDemand:
    """A training whose rows fill the context, answers of the greatest length included; bytes of one process."""

    base: str
    stages: tuple[str, ...]
    spec: TrainSpec
    memory: TrainingMemory


def demands(settings: Settings, *, gpu: bool, method: str = "", precision: str = "") -> tuple[TrainingDemand, ...]:
    """The configured trainings; `method` and `precision` stand for those that are configured.

    Stages that train alike share one. Raises ConfigError, and ModelError for a base that is neither known nor here.
    """
    found: dict[tuple[str, TrainSpec, int], list[str]] = {}
    for model in stage_models(settings):
        own = getattr(settings, model.stage)
        spec = _spec(settings, model, method or own.method or settings.train.method, own.rank or settings.train.rank)
        spec = replace(spec, precision=cast(Precision, precision or settings.train.precision))
        found.setdefault((model.base, spec, model.max_tokens), []).append(model.stage)
    return tuple(
        TrainingDemand(base, tuple(stages), spec, _memory(shape_of(catalogue.describe(base)), spec, answer, gpu=gpu))
        for (base, spec, answer), stages in found.items()
    )


def _memory(shape: Shape, spec: TrainSpec, answer: int, *, gpu: bool) -> TrainingMemory:
    return predict(shape, spec, batch_of(spec, spec.max_length, min(answer, spec.max_length)), gpu=gpu)


def _spec(settings: Settings, model: StageModel, method: str, rank: int) -> TrainSpec:
    train: TrainSettings = settings.train
    wanted = getattr(settings, model.stage).targets or train.targets
    nowhere = Path()  # nothing is read: sizes follow from the shape
    spec = TrainSpec(base=nowhere, examples=nowhere, out=nowhere)
    return replace(
        spec,
        method=cast(Method, method),
        rank=rank,
        targets=spec.targets if wanted == "all" else tuple(name.strip() for name in wanted.split(",")),
        batch_size=train.batch_size,
        max_length=model.context,
        grpo=GrpoSpec(prompts=settings.grpo.prompts, group=settings.grpo.group, max_tokens=model.max_tokens),
    )
