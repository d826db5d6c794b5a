"""What the GPU backends are told. Neither runs without a GPU: their arguments are looked at, and their refusals."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from loop.errors import TrainingError
from loop.training.backends import trl as trl_backend
from loop.training.backends import unsloth as unsloth_backend
from loop.training.process import environment
from loop.training.trainer import TrainSpec

# Parameters of unsloth 2026.10.9 (unsloth/models/loader.py, unsloth/models/llama.py) and those that go through its
# **kwargs to transformers.
FROM_PRETRAINED = {
    *("model_name", "max_seq_length", "dtype", "load_in_4bit", "load_in_8bit", "load_in_16bit", "full_finetuning"),
    *("token", "device_map", "device_map_planner_kwargs", "rope_scaling", "fix_tokenizer", "trust_remote_code"),
    *("use_gradient_checkpointing", "resize_model_vocab", "revision", "use_exact_model_name", "offload_embedding"),
    *("float32_mixed_precision", "fast_inference", "gpu_memory_utilization", "float8_kv_cache", "random_state"),
    *("max_lora_rank", "disable_log_stats", "qat_scheme", "load_in_fp8", "unsloth_tiled_mlp", "text_only"),
    *("on_model_resolved", "local_files_only"),
}
GET_PEFT_MODEL = {
    *("r", "target_modules", "lora_alpha", "lora_dropout", "bias", "layers_to_transform", "layers_pattern"),
    *("finetune_last_n_layers", "use_gradient_checkpointing", "random_state", "max_seq_length", "use_rslora"),
    *("modules_to_save", "init_lora_weights", "loftq_config", "temporary_location", "qat_scheme"),
    *("target_parameters", "ensure_weight_tying", "offload_layers", "checkpoint_skip_layers"),
}
SPEC = TrainSpec(base=Path("base"), examples=Path("e"), out=Path("o"), seed=5, rank=8, alpha=16, max_length=700)


class Adapted:
    def __init__(self, *trainable: str) -> None:
        self.trainable = trainable

    def named_parameters(self) -> list[tuple[str, Any]]:
        return [(name, SimpleNamespace(requires_grad=True)) for name in self.trainable]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What a stand-in for unsloth was told, on a machine with a GPU of capability 9.0."""
    seen: dict[str, dict[str, Any]] = {}

    class FastLanguageModel:
        trainable = ("q_proj.lora_A.weight",)

        @staticmethod
        def from_pretrained(**arguments: Any) -> tuple[str, str]:
            seen["from_pretrained"] = arguments
            return "base", "tokenizer"

        @classmethod
        def get_peft_model(cls, model: str, **arguments: Any) -> Adapted:
            assert model == "base"
            seen["get_peft_model"] = arguments
            return Adapted(*cls.trainable)

        @staticmethod
        def for_inference(model: Any) -> str:
            return "sampling"

        @staticmethod
        def for_training(model: Any) -> str:
            return "training"

    module = ModuleType("unsloth")
    module.FastLanguageModel = FastLanguageModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "unsloth", module)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    return seen


@pytest.mark.parametrize(
    ("precision", "loaded_in", "dtype", "name"),
    [
        ("auto", {"load_in_16bit"}, torch.bfloat16, "bfloat16"),
        ("16bit", {"load_in_16bit"}, torch.bfloat16, "bfloat16"),
        ("32bit", set(), torch.float32, "float32"),
        ("4bit", {"load_in_4bit"}, torch.bfloat16, "nf4"),
        ("fp8", {"load_in_fp8"}, torch.bfloat16, "fp8"),
    ],
)
def test_unsloth_loads_the_very_base_in_the_precision_asked_for(
    told: dict[str, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    precision: Any,
    loaded_in: set[str],
    dtype: torch.dtype,
    name: str,
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    loaded = unsloth_backend.load(dataclasses.replace(SPEC, precision=precision))
    how = told["from_pretrained"]
    assert set(how) <= FROM_PRETRAINED
    assert {flag for flag in how if flag.startswith("load_in_") and how[flag]} == loaded_in
    assert how["dtype"] == dtype and how["model_name"] == "base" and how["max_seq_length"] == 700
    assert how["local_files_only"] and how["use_exact_model_name"]
    assert not how["fast_inference"] and not how["trust_remote_code"] and not how["full_finetuning"]
    assert (loaded.dtype, loaded.device) == (name, "cuda")
    assert (loaded.sampling(loaded.model), loaded.training(loaded.model)) == ("sampling", "training")
    assert (tempfile.gettempdir() == str(tmp_path / "fp8")) is (precision == "fp8")


def test_unsloth_puts_the_lora_on_that_the_export_can_express(told: dict[str, dict[str, Any]]) -> None:
    unsloth_backend.load(SPEC)
    how = told["get_peft_model"]
    assert set(how) <= GET_PEFT_MODEL
    assert (how["r"], how["lora_alpha"], how["random_state"]) == (8, 16, 5)
    assert how["target_modules"] == list(SPEC.targets)
    assert how["bias"] == "none" and how["use_rslora"] is False and how["loftq_config"] is None
    assert how["use_gradient_checkpointing"] == "unsloth"


def test_unsloth_that_leaves_the_base_trainable_is_refused(told: dict[str, dict[str, Any]]) -> None:
    sys.modules["unsloth"].FastLanguageModel.trainable = ("lm_head.weight",)
    with pytest.raises(TrainingError, match="not frozen: lm_head"):
        unsloth_backend.load(SPEC)


def test_fp8_wants_a_card_that_has_it(told: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (8, 6))
    with pytest.raises(TrainingError, match=r"9\.0 \(H100\) or newer, and this one has 8\.6") as caught:
        unsloth_backend.load(dataclasses.replace(SPEC, precision="fp8"))
    assert "4bit" in caught.value.fix and not told


def test_unsloth_without_a_card_is_refused() -> None:
    with pytest.raises(TrainingError, match="trains on a GPU, and there is none"):
        unsloth_backend.load(SPEC)


def test_unsloth_is_kept_from_the_network_and_the_working_directory(tmp_path: Path) -> None:
    told = environment(tmp_path)
    assert told["UNSLOTH_DISABLE_STATISTICS"] and told["HF_HUB_OFFLINE"] == told["TRANSFORMERS_OFFLINE"] == "1"
    assert told["UNSLOTH_USE_MODELSCOPE"] == told["UNSLOTH_MEGA_CACHE"] == "0"
    for name in ("HF_HOME", "UNSLOTH_COMPILE_LOCATION", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        assert Path(told[name]).is_relative_to(tmp_path) and os.environ.get(name) != told[name]


def test_qlora_is_nf4_with_constants_quantized_once_more() -> None:
    config = trl_backend.nf4()
    assert config.quantization_method() == "nf4"
    assert config.bnb_4bit_use_double_quant and config.bnb_4bit_compute_dtype == torch.bfloat16


@pytest.mark.parametrize(("precision", "message"), [("fp8", "has no fp8"), ("4bit", "a 4-bit base wants a GPU")])
def test_the_trl_backend_refuses_what_it_does_not_have(precision: Any, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        trl_backend.load(dataclasses.replace(SPEC, precision=precision))
