"""A model directory of a known shape with random weights: for measuring memory and time where no weights are.

It answers with noise, and takes what the real one takes. Written tensor by tensor in blocks of a few megabytes, so a
model of several gigabytes is made in little memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from loop.errors import ModelError, UsageError
from loop.inference.chat import ChatStyle
from loop.models.shape_tokenizer import write_tokenizer
from loop.models.shapes import SHAPE_NAMES, SHAPES, SUFFIX, Shape

SHARD = 1 << 30  # bytes of tensors a file holds, unless one alone is larger
_BLOCK = 4 << 20  # values made at a time

Progress = Callable[[float, str], None]
Tensor = tuple[str, tuple[int, ...]]


def build_shape(name: str, out: Path, progress: Progress, *, seed: int = 1) -> dict[str, object]:
    """Writes the model called `name` ("qwen3-0.6b-shape") to `out`. Returns figures: parameters, bytes.

    Raises UsageError for a name that is not known, ModelError when it cannot be written.
    """
    if name not in SHAPE_NAMES:
        raise UsageError(f"there is no shape '{name}'", fix=f"choose one of {', '.join(SHAPE_NAMES)}")
    return write_shape(SHAPES[name.removesuffix(SUFFIX)], out, progress, seed=seed)


def write_shape(shape: Shape, out: Path, progress: Progress, *, seed: int = 1, shard: int = SHARD) -> dict[str, object]:
    """`build_shape` for any shape. Weights are bfloat16, normal with the config's initializer_range; norms are 1."""
    config = shape.config()
    try:
        out.mkdir(parents=True, exist_ok=True)
        progress(0.0, "tokenizer")
        style: ChatStyle = "qwen3" if shape.model_type == "qwen3" else "qwen2"
        write_tokenizer(out, style, packaged_sources(), context=shape.context)
        (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        size = _write_weights(config, out, progress, seed, shard)
    except OSError as error:
        raise ModelError(f"cannot write {out}: {error.strerror or error}", fix="free some disk space") from error
    return {"parameters": shape.parameters, "bytes": size}


def packaged_sources() -> list[str]:
    """Every C file that comes with the package, in a fixed order: what the tokenizer's first merges are learnt from."""
    import evaluators

    root = Path(evaluators.__file__).parent
    return [path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.[ch]"))]


def tensors(config: dict[str, Any]) -> Iterator[Tensor]:
    """Names and shapes in Hugging Face's naming, in the order of the layers."""
    hidden, inner, head_dim = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    q, kv = config["num_attention_heads"] * head_dim, config["num_key_value_heads"] * head_dim
    yield "model.embed_tokens.weight", (config["vocab_size"], hidden)
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        yield f"{at}.input_layernorm.weight", (hidden,)
        for part, rows in (("q_proj", q), ("k_proj", kv), ("v_proj", kv)):
            yield f"{at}.self_attn.{part}.weight", (rows, hidden)
            if config["attention_bias"]:
                yield f"{at}.self_attn.{part}.bias", (rows,)
        yield f"{at}.self_attn.o_proj.weight", (hidden, q)
        if config["model_type"] == "qwen3":
            yield f"{at}.self_attn.q_norm.weight", (head_dim,)
            yield f"{at}.self_attn.k_norm.weight", (head_dim,)
        yield f"{at}.post_attention_layernorm.weight", (hidden,)
        yield f"{at}.mlp.gate_proj.weight", (inner, hidden)
        yield f"{at}.mlp.up_proj.weight", (inner, hidden)
        yield f"{at}.mlp.down_proj.weight", (hidden, inner)
    yield "model.norm.weight", (hidden,)
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", (config["vocab_size"], hidden)


def _write_weights(config: dict[str, Any], out: Path, progress: Progress, seed: int, limit: int) -> int:
    """The shards and their index; returns the bytes of all tensors."""
    shards = _shards(list(tensors(config)), limit)
    total = sum(_bytes(tensor) for shard in shards for tensor in shard)
    names = [f"model-{number:05d}-of-{len(shards):05d}.safetensors" for number in range(1, len(shards) + 1)]
    if len(shards) == 1:
        names = ["model.safetensors"]
    written = number = 0
    for name, shard in zip(names, shards, strict=True):
        with (out / name).open("wb") as file:
            _write_header(file, shard)
            for tensor in shard:
                _write_tensor(file, tensor, np.random.default_rng([seed, number]), config["initializer_range"])
                number += 1
                written += _bytes(tensor)
                progress(written / total, tensor[0])
    if len(shards) > 1:
        places = {tensor[0]: name for name, shard in zip(names, shards, strict=True) for tensor in shard}
        index = {"metadata": {"total_size": total}, "weight_map": places}
        (out / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return total


def _shards(all_tensors: list[Tensor], limit: int) -> list[list[Tensor]]:
    shards: list[list[Tensor]] = [[]]
    held = 0
    for tensor in all_tensors:
        if shards[-1] and held + _bytes(tensor) > limit:
            shards.append([])
            held = 0
        shards[-1].append(tensor)
        held += _bytes(tensor)
    return shards


def _bytes(tensor: Tensor) -> int:
    return 2 * int(np.prod(tensor[1], dtype=np.int64))


def _write_header(file: BinaryIO, shard: list[Tensor]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, shape in shard:
        end = at + _bytes((name, shape))
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors start at a multiple of 8
    file.write(len(text).to_bytes(8, "little") + text)


def _write_tensor(file: BinaryIO, tensor: Tensor, rng: np.random.Generator, scale: float) -> None:
    name, shape = tensor
    left = int(np.prod(shape, dtype=np.int64))
    while left:
        count = min(left, _BLOCK)
        if name.endswith("bias"):
            block = np.zeros(count, dtype=np.float32)
        elif len(shape) == 1:
            block = np.ones(count, dtype=np.float32)
        else:
            block = rng.standard_normal(count, dtype=np.float32)
            block *= np.float32(scale)
        file.write(_bfloat16(block).tobytes())
        left -= count


def _bfloat16(values: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """The upper halves, rounded to the nearest even."""
    bits = values.view(np.uint32)
    bits = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (bits >> np.uint32(16)).astype(np.uint16)
