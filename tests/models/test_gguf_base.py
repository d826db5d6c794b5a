"""Base GGUF: the same tokens and logits as transformers, from the same directory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from loop.errors import ModelError
from loop.inference.llama import LlamaEngine
from loop.models.gguf_base import FTYPES, FType, write_base_gguf
from tests.support.tiny_qwen3 import make_tiny_qwen3

TEXT = "<|im_start|>user\nWrite a loop, it's short.<|im_end|>\n<think>\n\n</think>\n\nint f(int n)\n{\n    return n;\n}"
# Largest difference of a logit, relative to the standard deviation of all of them.
TOLERANCE = {"f32": 1e-4, "f16": 0.02, "bf16": 0.1, "q8_0": 0.25}


def transformers_logits(directory: Path, tokens: list[int]) -> np.ndarray:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    with torch.no_grad():
        return np.asarray(model(torch.tensor([tokens])).logits[0])


def engine_logits(gguf: Path) -> tuple[list[int], np.ndarray]:
    with LlamaEngine(gguf, context=256, parallel=1, threads=1) as engine:
        tokens = engine.tokenize(TEXT)
        return tokens, np.asarray(engine.logits(tokens, None))


@pytest.mark.parametrize("ftype", FTYPES)
def test_logits_agree_with_transformers_as_closely_as_the_type_allows(tmp_path: Path, ftype: FType) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf", seed=3)
    tokens, got = engine_logits(write_base_gguf(directory, tmp_path / "base.gguf", ftype=ftype))
    want = transformers_logits(directory, tokens)
    assert got.shape == want.shape
    assert np.abs(got - want).max() / want.std() < TOLERANCE[ftype]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_checkpoints_are_read_without_torch(tmp_path: Path, dtype: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    directory = make_tiny_qwen3(tmp_path / "hf")
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=getattr(torch, dtype))
    half = tmp_path / "half"
    shutil.copytree(directory, half)
    model.save_pretrained(half)
    tokens, got = engine_logits(write_base_gguf(half, tmp_path / "base.gguf"))
    want = transformers_logits(half, tokens)
    assert np.abs(got - want).max() / want.std() < 1e-4


def test_untied_embeddings_shards_and_spare_embedding_rows_are_carried_over(tmp_path: Path) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf", tied=False)
    weights = load_file(directory / "model.safetensors")
    rng = np.random.default_rng(5)
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        spare = rng.standard_normal((7, weights[name].shape[1])).astype(np.float32)
        weights[name] = np.concatenate([weights[name], spare])
    names = sorted(weights)
    parts = {"model-1.safetensors": names[::2], "model-2.safetensors": names[1::2]}
    for file, held in parts.items():
        save_file({n: weights[n] for n in held}, directory / file, metadata={"format": "pt"})
    (directory / "model.safetensors").unlink()
    weight_map = {n: file for file, held in parts.items() for n in held}
    (directory / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    config = json.loads((directory / "config.json").read_text())
    config["vocab_size"] += 7
    (directory / "config.json").write_text(json.dumps(config))
    tokens, got = engine_logits(write_base_gguf(directory, tmp_path / "base.gguf"))
    want = transformers_logits(directory, tokens)
    assert got.shape == (len(tokens), config["vocab_size"])
    assert np.abs(got - want).max() / want.std() < 1e-4


def test_qwen2_with_its_attention_biases_is_carried_over(tmp_path: Path) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf", model_type="qwen2")
    config = json.loads((directory / "config.json").read_text())
    del config["head_dim"]  # as in Qwen2.5's own
    (directory / "config.json").write_text(json.dumps(config))
    tokens, got = engine_logits(write_base_gguf(directory, tmp_path / "base.gguf"))
    want = transformers_logits(directory, tokens)
    assert np.abs(got - want).max() / want.std() < 1e-4


def test_writing_needs_neither_torch_nor_transformers(tmp_path: Path) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf")
    code = (
        "import sys; from pathlib import Path; from loop.models.gguf_base import write_base_gguf; "
        "write_base_gguf(Path(sys.argv[1]), Path(sys.argv[2])); "
        "sys.exit(sorted(set(sys.modules) & {'torch', 'transformers', 'llama_cpp'}) or 0)"
    )
    root = Path(__file__).parents[2]
    arguments = [sys.executable, "-c", code, str(directory), str(tmp_path / "base.gguf")]
    done = subprocess.run(arguments, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_failed_conversion_leaves_nothing_behind(tmp_path: Path) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf")
    weights = load_file(directory / "model.safetensors")
    del weights["model.layers.1.self_attn.q_norm.weight"]
    save_file(weights, directory / "model.safetensors")
    with pytest.raises(ModelError, match=r"blk\.1\.attn_q_norm"):
        write_base_gguf(directory, tmp_path / "out" / "base.gguf")
    assert not list(tmp_path.glob("out/*"))


def test_a_truncated_checkpoint_is_reported_as_such(tmp_path: Path) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf")
    file = directory / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        write_base_gguf(directory, tmp_path / "base.gguf")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("model_type", "llama", "model type 'llama'"),
        ("rope_scaling", {"rope_type": "yarn", "factor": 4.0}, "RoPE scaling 'yarn'"),
        ("use_sliding_window", True, "sliding-window"),
    ],
)
def test_what_llama_cpp_would_run_differently_is_refused(tmp_path: Path, key: str, value: object, message: str) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf")
    config = json.loads((directory / "config.json").read_text())
    config[key] = value
    (directory / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=message):
        write_base_gguf(directory, tmp_path / "base.gguf")


def test_a_tokenizer_that_splits_otherwise_is_refused(tmp_path: Path) -> None:
    directory = make_tiny_qwen3(tmp_path / "hf")
    path = directory / "tokenizer.json"
    spec = json.loads(path.read_text())
    spec["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = r"\s+"
    path.write_text(json.dumps(spec))
    with pytest.raises(ModelError, match="not split as Qwen2"):
        write_base_gguf(directory, tmp_path / "base.gguf")
