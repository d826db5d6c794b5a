"""transformers and PEFT: float32 on a CPU, a 16-bit or 4-bit base with a float32 adapter on a GPU."""

from __future__ import annotations

import importlib.util
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, set_seed

from loop.errors import TrainingError
from loop.training.backends import Loaded
from loop.training.trainer import TrainSpec

DTYPES = {"32bit": torch.float32, "16bit": torch.bfloat16, "4bit": torch.bfloat16}


def load(spec: TrainSpec) -> Loaded:
    """Raises TrainingError for a precision that this machine or this backend does not have."""
    cuda = torch.cuda.is_available()
    precision = ("16bit" if cuda else "32bit") if spec.precision == "auto" else spec.precision
    _check(precision, cuda=cuda)
    set_seed(spec.seed)
    tokenizer = AutoTokenizer.from_pretrained(spec.base, local_files_only=True)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    quantized: dict[str, Any] = {}
    if precision == "4bit":
        quantized["quantization_config"] = nf4()
        quantized["device_map"] = {"": torch.cuda.current_device()}
    base = AutoModelForCausalLM.from_pretrained(spec.base, dtype=DTYPES[precision], local_files_only=True, **quantized)
    model = get_peft_model(base, lora_config(spec))
    unfrozen = [name for name, p in model.named_parameters() if p.requires_grad and "lora_" not in name]
    if unfrozen:
        raise TrainingError(f"the base is not frozen: {', '.join(unfrozen[:3])}")
    if not cuda:
        from loop.training import plain_head

        plain_head.install()
    dtype = "nf4" if precision == "4bit" else str(DTYPES[precision]).removeprefix("torch.")
    return Loaded(model, tokenizer, "cuda" if cuda else "cpu", dtype)


def nf4() -> Any:
    """QLoRA's base (arXiv:2305.14314): 4-bit NormalFloat, its constants quantized once more, computed in bfloat16.

    PEFT's `prepare_model_for_kbit_training` is left out: it widens all else, the embedding too, to float32. TRL trains
    the LoRA of such a base in bfloat16.
    """
    config: Any = BitsAndBytesConfig
    return config(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def lora_config(spec: TrainSpec) -> LoraConfig:
    return LoraConfig(
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=spec.dropout,
        target_modules=list(spec.targets),
        task_type="CAUSAL_LM",
    )


def _check(precision: str, *, cuda: bool) -> None:
    if precision == "fp8":
        raise TrainingError("the trl backend has no fp8", fix='train.backend = "unsloth", or train.precision = "16bit"')
    if precision == "4bit" and not cuda:
        raise TrainingError("a 4-bit base wants a GPU, and there is none", fix='train.precision = "auto"')
    if precision == "4bit" and importlib.util.find_spec("bitsandbytes") is None:
        raise TrainingError("a 4-bit base needs bitsandbytes", fix="make install EXTRAS=gpu,dev")
