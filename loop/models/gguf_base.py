"""A base model in Hugging Face layout -> one GGUF file for llama.cpp. Needs no torch.

Qwen3 and Qwen2 (Qwen2.5, Qwen2.5-Coder). Matrices take the type asked for, one-dimensional tensors stay float32 as
llama.cpp wants them. Tensors are converted and written one at a time, so a 4B model needs the memory of its largest.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from loop.errors import ModelError
from loop.models.digests import weights_sha256
from loop.models.gguf_tokenizer import add_tokenizer
from loop.models.safetensors_file import StoredTensor, open_weights

FType = Literal["f32", "f16", "bf16", "q8_0"]
FTYPES: tuple[FType, ...] = ("f32", "f16", "bf16", "q8_0")
NEEDED = (  # of config.json, whatever the architecture
    *("hidden_size", "intermediate_size", "max_position_embeddings", "num_attention_heads", "num_hidden_layers"),
    *("rms_norm_eps", "vocab_size"),
)
WEIGHTS_KEY = "loop.base.weights_sha256"
"""Metadata of a base and of its adapters: which weights these are, or were trained on (`digests.weights_sha256`)."""
WRITER_VERSION = 2  # part of the GGUF's identity: raise it when the bytes written for the same model change


def write_base_gguf(hf_dir: Path, out: Path, *, ftype: FType = "f32", name: str = "") -> Path:
    """Writes `out` in one step (temporary file, fsync, rename) and returns it.

    A matrix whose rows are no multiple of 32 stays float16 under "q8_0", as in llama.cpp's own quantizer.
    Raises ModelError for an architecture, tensor or tokenizer that llama.cpp would not run exactly.
    """
    from gguf import GGUFWriter

    config = load_config(hf_dir)
    tensors = _named_for_gguf(hf_dir, config)
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    writer = GGUFWriter(partial, config["model_type"])
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        writer.add_name(name or hf_dir.name)
        writer.add_string(WEIGHTS_KEY, weights_sha256(hf_dir))
        _add_shape(writer, config)
        add_tokenizer(writer, hf_dir, config["vocab_size"])
        _write_tensors(writer, tensors, ftype)
        writer.close()
        _sync(partial)
        os.replace(partial, out)
    except OSError as error:
        raise ModelError(
            f"cannot write {out}: {error.strerror or error}", fix="free some disk space or make it writable"
        ) from error
    finally:
        writer.close()
        if partial.exists():
            partial.unlink()
    return out


def load_config(hf_dir: Path) -> dict[str, Any]:
    """config.json, checked for what the GGUF cannot express. Raises ModelError."""
    path = hf_dir / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"not a model directory: {path} is missing", fix="copy the whole directory again") from error
    except ValueError as error:
        raise ModelError(f"not JSON: {path} ({error})", fix="copy the file again") from error
    kind = config.get("model_type")
    if kind not in ("qwen3", "qwen2"):
        raise ModelError(f"{path}: model type '{kind}' is not supported", fix="use a dense Qwen3 or Qwen2.5 model")
    missing = [key for key in NEEDED if not isinstance(config.get(key), int | float)]
    if missing:
        raise ModelError(f"{path}: {', '.join(missing)} missing", fix="copy the file again")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    scaling = rope.get("rope_type", rope.get("type", "default"))
    if scaling != "default":
        raise ModelError(
            f"{path}: RoPE scaling '{scaling}' is not supported", fix="remove rope_scaling from config.json"
        )
    if config.get("use_sliding_window"):
        raise ModelError(f"{path}: sliding-window attention is not supported", fix="set use_sliding_window to false")
    return dict(config)


def _add_shape(writer: Any, config: dict[str, Any]) -> None:
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    rope = config.get("rope_parameters") or {}
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.get("num_key_value_heads") or heads)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(rope.get("rope_theta") or config.get("rope_theta") or 10000.0)
    writer.add_vocab_size(config["vocab_size"])


def _named_for_gguf(hf_dir: Path, config: dict[str, Any]) -> dict[str, StoredTensor]:
    """GGUF name -> where the tensor lies. Every tensor must be known, and none of the architecture's may be missing."""
    from gguf import MODEL_ARCH, get_tensor_name_map

    layers = config["num_hidden_layers"]
    arch = MODEL_ARCH.QWEN3 if config["model_type"] == "qwen3" else MODEL_ARCH.QWEN2
    names = get_tensor_name_map(arch, layers)
    tied = config.get("tie_word_embeddings", False)
    found: dict[str, StoredTensor] = {}
    for source, tensor in open_weights(hf_dir).items():
        if source == "lm_head.weight" and tied:
            continue  # a copy of the embedding; llama.cpp reuses token_embd when output is absent
        target = names.get_name(source, try_suffixes=(".weight", ".bias"))
        if target is None:
            raise ModelError(f"{hf_dir}: unknown tensor {source}", fix="use a dense Qwen3 or Qwen2.5 model, not merged")
        found[target] = tensor
    parts = ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"]
    parts += ["attn_q_norm", "attn_k_norm"] if config["model_type"] == "qwen3" else []
    wanted = {"token_embd.weight", "output_norm.weight"} | (set() if tied else {"output.weight"})
    wanted |= {f"blk.{layer}.{part}.weight" for layer in range(layers) for part in parts}
    missing = sorted(wanted - set(found))
    if missing:
        raise ModelError(f"{hf_dir}: tensors missing: {', '.join(missing[:4])}", fix="copy the weights again")
    return found


def _write_tensors(writer: Any, tensors: dict[str, StoredTensor], ftype: FType) -> None:
    import numpy as np
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType
    from gguf.quants import quantize

    qtypes = {name: GGMLQuantizationType[ftype.upper()] for name in tensors}
    for name, tensor in tensors.items():
        if len(tensor.shape) == 1:
            qtypes[name] = GGMLQuantizationType.F32
        elif tensor.shape[-1] % GGML_QUANT_SIZES[qtypes[name]][0]:
            qtypes[name] = GGMLQuantizationType.F16
        block, size = GGML_QUANT_SIZES[qtypes[name]]
        rows = int(np.prod(tensor.shape[:-1], dtype=np.int64))
        byte_shape = (*tensor.shape[:-1], tensor.shape[-1] // block * size)
        writer.add_tensor_info(name, byte_shape, np.dtype(np.uint8), rows * byte_shape[-1], raw_dtype=qtypes[name])
    writer.add_file_type(
        {
            "f32": LlamaFileType.ALL_F32,
            "f16": LlamaFileType.MOSTLY_F16,
            "bf16": LlamaFileType.MOSTLY_BF16,
            "q8_0": LlamaFileType.MOSTLY_Q8_0,
        }[ftype]
    )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, tensor in tensors.items():
        data = np.ascontiguousarray(quantize(tensor.read(), qtypes[name]))
        writer.write_tensor_data(data.view(np.uint8))


def _sync(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())
