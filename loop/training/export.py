"""PEFT adapter directory -> one GGUF LoRA file for llama.cpp. Needs no torch.

The bytes depend on nothing but the adapter and the weights it was trained on: tensors in a fixed order, no date, no
path. Their SHA-256 is the adapter's identity. llama.cpp adds (alpha / rank) * B(A x) to a matrix's output, with rank
read off lora_b; what PEFT can express and this form cannot (DoRA, rank-stabilised scaling, per-layer ranks, trained
embeddings or biases) is refused.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from loop.errors import TrainingError
from loop.models.digests import weights_sha256
from loop.models.gguf_base import WEIGHTS_KEY, load_config

FILE = "adapter.gguf"
PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
NAME = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.([a-z_.]+)\.lora_([AB])\.weight")
PLAIN = {
    "use_dora": False,
    "use_rslora": False,
    "bias": "none",
    "modules_to_save": None,
    "trainable_token_indices": None,
    "rank_pattern": {},
    "alpha_pattern": {},
    "fan_in_fan_out": False,
}

Array = np.ndarray[Any, np.dtype[Any]]


def export_gguf(adapter: Path, base: Path, out: Path) -> Path:
    """Writes the adapter in `adapter` (adapter_model.safetensors, adapter_config.json), trained on `base`, to `out`.

    Tensors are float32: A is (rank, inputs), B is (outputs, rank), as PEFT stores them; GGUF lists the dimensions the
    other way round, which is what llama.cpp expects. Raises TrainingError for what a GGUF LoRA cannot express.
    """
    from gguf import GGUFWriter

    config = _lora_config(adapter)
    tensors = _tensors(adapter, config["r"])
    architecture = load_config(base)["model_type"]
    writer = GGUFWriter(out, architecture)
    try:
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(config["lora_alpha"]))
        writer.add_string(WEIGHTS_KEY, weights_sha256(base))
        for name in sorted(tensors):
            writer.add_tensor(name, tensors[name])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    with out.open("rb+") as file:
        os.fsync(file.fileno())
    return out


def _lora_config(adapter: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    if config.get("peft_type") != "LORA":
        raise TrainingError(f"{adapter}: a {config.get('peft_type')} adapter has no GGUF form", fix="train a LoRA")
    for key, plain in PLAIN.items():
        if config.get(key, plain) not in (plain, None):
            raise TrainingError(f"{adapter}: {key} = {config[key]} has no GGUF form", fix=f"train with {key} = {plain}")
    return config


def _tensors(adapter: Path, rank: int) -> dict[str, Array]:
    from safetensors.numpy import load_file

    found: dict[str, Array] = {}
    for name, stored in load_file(adapter / "adapter_model.safetensors").items():
        match = NAME.fullmatch(name)
        if match is None or match[2] not in PARTS:
            raise TrainingError(f"{adapter}: tensor {name} has no place in a GGUF LoRA", fix="choose other targets")
        found[f"blk.{match[1]}.{PARTS[match[2]]}.weight.lora_{match[3].lower()}"] = _matrix(
            name, stored, match[3], rank
        )
    if not found:
        raise TrainingError(f"{adapter} has no LoRA tensors", fix="train the adapter again")
    for name in found:
        other = name[:-1] + ("b" if name.endswith("a") else "a")
        if other not in found:
            raise TrainingError(f"{adapter}: {name} has no {other}", fix="train the adapter again")
    return found


def _matrix(name: str, stored: Array, half: str, rank: int) -> Array:
    matrix = np.ascontiguousarray(stored, dtype=np.float32)
    if matrix.ndim != 2 or matrix.shape[0 if half == "A" else 1] != rank:
        raise TrainingError(f"{name} has shape {matrix.shape}, which is not of rank {rank}", fix="train it again")
    if not np.isfinite(matrix).all():
        raise TrainingError(f"{name} holds numbers that are not finite", fix="lower train.learning_rate")
    return matrix
