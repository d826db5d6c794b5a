"""What the engines of a configuration will take of memory, all open together as in a cycle."""

from __future__ import annotations

from dataclasses import dataclass

from loop.config import Settings
from loop.errors import ModelError
from loop.inference.llama import available_cores
from loop.inference.memory import EngineMemory, predict
from loop.models import catalogue
from loop.models.shapes import shape_of
from loop.router import EngineModel, engine_models, stage_models


@dataclass(frozen=True)
class Demand:
    """An engine, the type its weights will really have, and the sequences it decodes together."""

    engine: EngineModel
    quantization: str
    parallel: int
    memory: EngineMemory


def demands(settings: Settings) -> tuple[Demand, ...]:
    """One for each base and quantization that the stages use.

    Counts the adapters that stay loaded when every stage compares a champion with a challenger.
    Raises ConfigError, and ModelError for a base that is neither known nor here.
    """
    sampling = settings.sampling
    models = stage_models(settings)
    found = []
    for engine in engine_models(models):
        adapted = sum(model.adapter != "base" for model in models if model.stage in engine.stages)
        quantization = stored_type(engine)
        memory = predict(
            shape_of(catalogue.describe(engine.base)),
            quantization,
            context=engine.context,
            parallel=sampling.parallel,
            cores=sampling.threads or available_cores(),
            adapters=2 * adapted,
            rank=settings.train.rank,
            judges=any(model.by_logits for model in models if model.stage in engine.stages),
        )
        found.append(Demand(engine, quantization, sampling.parallel, memory))
    return tuple(found)


def stored_type(engine: EngineModel) -> str:
    """The quantization, "auto" looked up: the type of the weights; bfloat16 of a known model that is not here."""
    if engine.quantization != "auto":
        return engine.quantization
    try:
        return catalogue.choose_ftype(catalogue.locate(engine.base))
    except ModelError:
        return "bf16"
