"""Which model answers for a stage follows from the settings alone."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from loop import config
from loop.config import Settings
from loop.errors import ConfigError, ModelError
from loop.home import Home
from loop.inference.chat import render_prompt
from loop.inference.demand import demands
from loop.inference.engine import Request
from loop.inference.llama import LlamaEngine
from loop.models import catalogue
from loop.models.catalogue import EXTERNAL, MICRO, describe
from loop.models.shapes import SHAPES, shape_of
from loop.router import engine_models, engine_of, resolve, run_stages, stage_models
from loop.settings_load import load, profile_names
from loop.stage_names import STAGES
from tests.support.tiny_qwen3 import make_tiny_qwen3


def settings(tmp_path: Path, text: str = "", profile: str | None = None) -> Settings:
    (tmp_path / "loop.toml").write_text(text)
    return load(profile, environ={}, start=tmp_path).settings


def test_the_sections_are_the_stages_of_the_pipeline() -> None:
    assert config.STAGES == STAGES


def test_what_a_stage_leaves_open_is_taken_from_model_and_sampling(tmp_path: Path) -> None:
    model = "[model]\nbase = 'qwen3-4b'\nquantization = 'q8_0'\ncontext = 2000\n"
    text = model + "[sampling]\ntemperature = 0.3\nmax_tokens = 200\n"
    found = resolve(settings(tmp_path, text), "implementation")
    assert (found.base, found.quantization, found.context, found.temperature) == ("qwen3-4b", "q8_0", 2000, 0.3)
    assert (found.adapter, found.thinking, found.thinking_budget, found.max_tokens) == ("champion", False, 0, 200)
    assert found.prompt_tokens == 1800


def test_each_stage_overrides_what_it_names(tmp_path: Path) -> None:
    text = (
        "[scope]\nbase = 'qwen3-0.6b'\nquantization = 'q8_0'\nadapter = 'v3'\ncontext = 900\ntemperature = 0\n"
        "max_tokens = 4\nthinking = 'on'\nthinking_budget = 50\n"
    )
    routing, scope, *_ = stage_models(settings(tmp_path, text))
    assert (scope.base, scope.quantization, scope.adapter, scope.context) == ("qwen3-0.6b", "q8_0", "v3", 900)
    assert (scope.temperature, scope.thinking, scope.thinking_budget, scope.max_tokens) == (0.0, True, 50, 54)
    assert (routing.base, routing.adapter, routing.thinking) == ("micro", "champion", False)


def test_judgments_get_a_word_and_plans_a_few_lines(tmp_path: Path) -> None:
    limits = {model.stage: model.max_tokens for model in stage_models(settings(tmp_path))}
    assert limits["routing"] == limits["scope"] == limits["precision"] < limits["planning"] < limits["implementation"]


def test_stages_on_the_same_weights_share_an_engine_with_the_longest_context(tmp_path: Path) -> None:
    text = "[scope]\nbase = 'qwen3-0.6b'\n[precision]\nbase = 'qwen3-0.6b'\n[planning]\ncontext = 1500\n"
    first, second = engine_models(stage_models(settings(tmp_path, text)))
    assert (first.base, first.context, first.stages) == ("micro", 1500, ("routing", "planning", "implementation"))
    assert (second.base, second.context, second.stages) == ("qwen3-0.6b", 1024, ("scope", "precision"))
    assert engine_of(settings(tmp_path, text), "routing") == first
    assert engine_of(settings(tmp_path, text), "scope") == second


def test_a_context_without_room_for_a_prompt_is_refused(tmp_path: Path) -> None:
    text = "[scope]\ncontext = 64\nthinking = 'on'\nthinking_budget = 60\n"
    with pytest.raises(ConfigError, match="no room for a prompt") as caught:
        resolve(settings(tmp_path, text), "scope")
    assert "scope.thinking_budget" in caught.value.fix


def test_questions_with_options_are_answered_off_the_logits_unless_a_thought_comes_first(tmp_path: Path) -> None:
    text = "[scope]\nthreshold = 0.7\n[precision]\njudge = 'generate'\n[planning]\nthinking = 'on'\n"
    models = {model.stage: model for model in stage_models(settings(tmp_path, text))}
    assert {stage for stage, model in models.items() if model.by_logits} == {"routing", "scope"}
    assert {stage: model.threshold for stage, model in models.items() if model.threshold} == {"scope": 0.7}


@pytest.mark.parametrize("why", ["judge = 'generate'", "thinking = 'on'"])
def test_a_threshold_without_scores_is_refused(tmp_path: Path, why: str) -> None:
    with pytest.raises(ConfigError, match="a threshold needs scores"):
        resolve(settings(tmp_path, f"[scope]\nthreshold = 0.5\n{why}\n"), "scope")


def test_an_unknown_stage_is_refused_with_the_near_one() -> None:
    with pytest.raises(ConfigError, match="did you mean 'routing'"):
        resolve(Settings(), "rooting")  # type: ignore[arg-type]


def test_run_stages_lists_them_in_the_order_of_the_pipeline(tmp_path: Path) -> None:
    assert run_stages(settings(tmp_path)) == STAGES
    assert run_stages(settings(tmp_path, "[run]\nstages = 'planning, scope'\n")) == ("scope", "planning")


def test_another_model_for_a_stage_takes_nothing_but_another_line_in_the_file(tmp_path: Path, home: Home) -> None:
    """The same code answers for every stage; loop.toml alone decides on what."""
    tiny = make_tiny_qwen3(tmp_path / "tiny")
    before = greedy_answers(settings(tmp_path), home)
    moved = greedy_answers(settings(tmp_path, f"[scope]\nbase = '{tiny}'\nquantization = 'f16'\n"), home)
    assert {stage for stage in STAGES if before[stage] != moved[stage]} == {"scope"}
    assert moved["scope"][0] == f"{tiny.name}.f16"
    assert before["scope"][0] == before["routing"][0] == "micro.f32"


def greedy_answers(resolved: Settings, home: Home) -> dict[str, tuple[str, str]]:
    """stage -> (the model that answered, what it said)."""
    found = {}
    for engine_model in engine_models(stage_models(resolved)):
        base = catalogue.resolve(engine_model.base, home, quantization=engine_model.quantization)
        with LlamaEngine(base.gguf, context=engine_model.context, parallel=1, threads=1) as engine:
            for stage in engine_model.stages:
                model = resolve(resolved, stage)
                prompt = render_prompt("Is src/list.c relevant?", thinking=model.thinking, style=model.chat)
                (said,) = engine.generate([Request("1", prompt, 1, 0.0, model.max_tokens)], None)
                found[stage] = (f"{base.name}.{base.gguf.name.split('-')[1]}", said.text)
    return found


@pytest.mark.parametrize("profile", [name for name in profile_names() if name != "micro"])
def test_every_profile_fits_one_card_of_24_gib(tmp_path: Path, profile: str) -> None:
    wanted = demands(settings(tmp_path, profile=profile))
    assert sum(demand.memory.total for demand in wanted) < 24 * 2**30


def test_the_profile_of_two_models_asks_the_small_one_for_judgments_only(tmp_path: Path) -> None:
    bases = {model.stage: model.base for model in stage_models(settings(tmp_path, profile="qwen3-1.7b+0.6b"))}
    assert {stage for stage, base in bases.items() if base == "qwen3-0.6b"} == {"scope", "precision"}
    assert set(bases.values()) == {"qwen3-0.6b", "qwen3-1.7b"}


@pytest.mark.parametrize(
    ("base", "quantization", "measured"),
    [
        ("qwen3-0.6b", "q4_k_m", "42-44"),
        ("qwen3-0.6b", "q6_k", "42-44"),
        ("qwen3-0.6b", "q3_k_m", "guessing"),
        ("qwen3-1.7b", "q3_k_l", "60 to 27"),
        ("qwen3-1.7b", "q2_k", "Q2 is worse"),
        ("qwen3-4b", "q2_k", "Q2 is worse"),
        ("micro", "q8_0", "nobody has measured"),
    ],
)
def test_a_quantization_that_was_measured_to_hurt_needs_a_recorded_reason(
    tmp_path: Path, base: str, quantization: str, measured: str
) -> None:
    text = f"[model]\nbase = '{base}'\nquantization = '{quantization}'\n"
    with pytest.raises(ConfigError, match=measured) as caught:
        stage_models(settings(tmp_path, text))
    assert "model.force_quantization" in caught.value.fix
    forced = settings(tmp_path, text + "force_quantization = 'to measure the loss'\n")
    assert {model.quantization for model in stage_models(forced)} == {quantization}
    assert forced.model.force_quantization == "to measure the loss"


@pytest.mark.parametrize("quantization", ["w8a8", "int8", "fp8"])
def test_quantized_activations_cannot_even_be_forced(tmp_path: Path, quantization: str) -> None:
    text = f"[model]\nbase = 'qwen3-1.7b'\nforce_quantization = 'why not'\n[scope]\nquantization = '{quantization}'\n"
    with pytest.raises(ConfigError, match="quantizes activations"):
        stage_models(settings(tmp_path, text))


@pytest.mark.parametrize(
    ("base", "quantization"),
    [
        ("qwen3-0.6b", "q8_0"),
        ("qwen3-0.6b", "bf16"),
        ("qwen3-1.7b", "q4_k_m"),
        ("qwen3-1.7b", "q5_0"),
        ("micro", "f16"),
    ],
)
def test_what_was_measured_to_be_harmless_is_let_through(tmp_path: Path, base: str, quantization: str) -> None:
    assert stage_models(settings(tmp_path, f"[model]\nbase = '{base}'\nquantization = '{quantization}'\n"))


def test_the_size_of_a_model_in_a_directory_is_counted(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(SHAPES["qwen3-0.6b"].config()))
    text = f"[scope]\nbase = '{tmp_path}'\nquantization = 'q4_0'\n"
    with pytest.raises(ConfigError, match=r"a 0\.6B loses about 10 %"):
        stage_models(settings(tmp_path, text))


def test_the_shapes_of_all_known_models_are_known_and_as_large_as_their_names_say() -> None:
    assert SHAPES.keys() == EXTERNAL.keys()
    sizes = {name: shape.parameters / 1e9 for name, shape in SHAPES.items()}
    published = {"qwen3-0.6b": 0.596, "qwen3-1.7b": 1.72, "qwen3-4b": 4.02, "qwen2.5-coder-3b": 3.09}
    assert sizes == pytest.approx(published, rel=0.01)


def test_parameters_are_counted_as_the_weights_have_them() -> None:
    from loop.models.catalogue import MICRO_DIR
    from loop.models.safetensors_file import open_weights

    stored = sum(math.prod(tensor.shape) for tensor in open_weights(MICRO_DIR).values())
    assert shape_of(describe(MICRO)).parameters == stored


def test_a_context_beyond_what_the_model_was_made_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="micro was made for 2048"):
        stage_models(settings(tmp_path, "[precision]\ncontext = 2049\n"))


def test_a_qwen_2_5_is_spoken_to_in_its_own_way_and_cannot_be_told_to_think(tmp_path: Path) -> None:
    text = "[implementation]\nbase = 'qwen2.5-coder-3b'\n"
    assert [model.chat for model in stage_models(settings(tmp_path, text))] == ["qwen3"] * 4 + ["qwen2"]
    with pytest.raises(ConfigError, match="no thinking mode"):
        stage_models(settings(tmp_path, text + "thinking = 'on'\n"))


def test_an_unknown_base_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model 'qwen9'"):
        stage_models(settings(tmp_path, "[model]\nbase = 'qwen9'\n"))
