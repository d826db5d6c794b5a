"""Which model answers for a stage, and how: settings in, everything a call needs out.

A stage takes from its own section of loop.toml, and what is left open there from [model] and [sampling]. Nothing else
knows which stage runs on what, so moving a stage to another model changes no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loop.config import JudgmentSettings, Settings, StageSettings
from loop.errors import ConfigError
from loop.inference.chat import ChatStyle
from loop.models import catalogue, quantization_policy
from loop.settings_load import listed, near
from loop.stage_names import STAGES, StageName


@dataclass(frozen=True)
class StageModel:
    """What a stage is asked of.

    adapter: "champion", "base", a version or the beginning of a sha256, to be looked up in the registry.
    context: tokens a sequence, prompt and completion together. max_tokens: of a whole completion, the thought included;
    thinking_budget: how many of them are the thought's, 0 without thinking. chat: how the base is spoken to
    (`loop.inference.chat.render_prompt`). by_logits: whether questions with options are answered off the logits;
    threshold: the score an answer needs there (`loop.pipeline.threshold`), 0: none. grammar: whether answers are kept
    to their form (`loop.pipeline.grammar`).
    """

    stage: StageName
    base: str
    quantization: str
    adapter: str
    context: int
    thinking: bool
    thinking_budget: int
    temperature: float
    max_tokens: int
    chat: ChatStyle
    by_logits: bool = False
    threshold: float = 0.0
    grammar: bool = False

    @property
    def prompt_tokens(self) -> int:
        """What is left of the context for a prompt."""
        return self.context - self.max_tokens


@dataclass(frozen=True)
class EngineModel:
    """Weights that are loaded once for all `stages` that run on them. context: the longest that one of these wants."""

    base: str
    quantization: str
    context: int
    stages: tuple[StageName, ...]


def resolve(settings: Settings, stage: StageName) -> StageModel:
    """The model of a stage.

    Raises ConfigError for an unknown stage, a refused quantization, a context that is too long for the model or too
    short for a prompt, and thinking of a model that cannot; ModelError for a base that is neither known nor here.
    """
    if stage not in STAGES:
        raise ConfigError(f"there is no stage '{stage}'{near(stage, STAGES)}", fix=f"choose one of {', '.join(STAGES)}")
    own: StageSettings = getattr(settings, stage)
    model, sampling = settings.model, settings.sampling
    thinking = own.thinking == "on"
    budget = own.thinking_budget if thinking else 0
    base = own.base or model.base
    config = catalogue.describe(base)
    found = StageModel(
        stage=stage,
        base=base,
        quantization=own.quantization or model.quantization,
        adapter=own.adapter,
        context=own.context or model.context,
        thinking=thinking,
        thinking_budget=budget,
        temperature=sampling.temperature if own.temperature < 0 else own.temperature,
        max_tokens=(own.max_tokens or sampling.max_tokens) + budget,
        chat=catalogue.chat_style(config),
        by_logits=isinstance(own, JudgmentSettings) and own.judge == "logits" and not thinking,
        threshold=own.threshold if isinstance(own, JudgmentSettings) else 0.0,
        grammar=own.grammar == "on",
    )
    _check(found, config["max_position_embeddings"])
    quantization_policy.check(base, found.quantization, model.force_quantization)
    return found


def _check(found: StageModel, longest: int) -> None:
    stage = found.stage
    if found.context > longest:
        raise ConfigError(
            f"{stage}: a context of {found.context} tokens, but {found.base} was made for {longest}",
            fix=f"lower {stage}.context or model.context to at most {longest}",
        )
    if found.prompt_tokens < 1:
        raise ConfigError(
            f"{stage}: answers of {found.max_tokens} tokens leave no room for a prompt in a context of {found.context}",
            fix=f"raise {stage}.context or model.context, or lower {stage}.max_tokens or {stage}.thinking_budget",
        )
    if found.thinking and found.chat != "qwen3":
        raise ConfigError(
            f"{stage}: {found.base} has no thinking mode", fix=f'{stage}.thinking = "off", or a Qwen3 as {stage}.base'
        )
    if found.threshold and not found.by_logits:
        raise ConfigError(
            f"{stage}: a threshold needs scores, which generated answers do not have",
            fix=f'{stage}.judge = "logits" and {stage}.thinking = "off", or {stage}.threshold = 0',
        )


def stage_models(settings: Settings) -> tuple[StageModel, ...]:
    """The models of all stages, in the order of the pipeline. Raises as `resolve` does."""
    return tuple(resolve(settings, stage) for stage in STAGES)


def engine_models(models: Sequence[StageModel]) -> tuple[EngineModel, ...]:
    """What must be loaded to run these stages: one entry for each base and quantization."""
    shared: dict[tuple[str, str], list[StageModel]] = {}
    for model in models:
        shared.setdefault((model.base, model.quantization), []).append(model)
    return tuple(
        EngineModel(base, quantization, max(m.context for m in users), tuple(m.stage for m in users))
        for (base, quantization), users in shared.items()
    )


def engine_of(settings: Settings, stage: StageName) -> EngineModel:
    """What is loaded for a stage, shared with every other stage on the same weights. Raises as `resolve` does."""
    return next(engine for engine in engine_models(stage_models(settings)) if stage in engine.stages)


def run_stages(settings: Settings) -> tuple[StageName, ...]:
    """The stages that `run.stages` names, in the order of the pipeline."""
    named: Sequence[str] = STAGES if settings.run.stages == "all" else listed(settings.run.stages)
    return tuple(stage for stage in STAGES if stage in named)
