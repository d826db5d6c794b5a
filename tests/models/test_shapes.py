"""Models of a real shape with random weights: right in every name and size, with a tokenizer as large as Qwen's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from loop.errors import UsageError
from loop.inference.chat import QWEN2_TEMPLATE, render_prompt
from loop.inference.llama import LlamaEngine
from loop.models.gguf_base import write_base_gguf
from loop.models.safetensors_file import open_weights
from loop.models.shape_build import build_shape, packaged_sources, tensors, write_shape
from loop.models.shape_tokenizer import MERGED, build_tokenizer
from loop.models.shapes import SHAPES, VOCABULARY, Shape, shape_of

TEXT = render_prompt("Mend `list_pop` in src/list.c: it's über-slow, 12 345 calls.\n\n\tif (x != 0) return x;  \n")


def quiet(fraction: float, note: str) -> None:
    assert 0.0 <= fraction <= 1.0


def narrow(model_type: str) -> Shape:
    """One narrow layer, and the whole vocabulary."""
    return Shape(model_type, hidden=64, inner=128, layers=1, heads=4, kv_heads=2, head_dim=16, context=4096)


@pytest.fixture(scope="module", params=["qwen3", "qwen2"])
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp(request.param)
    write_shape(narrow(request.param), out, quiet, shard=8 << 20)
    return out


def test_transformers_loads_it_without_a_missing_or_a_spare_tensor(directory: Path) -> None:
    from transformers import AutoModelForCausalLM

    model, notes = AutoModelForCausalLM.from_pretrained(directory, output_loading_info=True)
    assert not notes["missing_keys"]
    assert not notes["unexpected_keys"]
    assert not notes["mismatched_keys"]
    config = json.loads((directory / "config.json").read_text())
    assert model.num_parameters() == shape_of(config).parameters
    assert len(list(directory.glob("*.safetensors"))) == 2


def test_engine_and_transformers_agree_on_tokens_and_logits(directory: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with LlamaEngine(write_base_gguf(directory, tmp_path / "b.gguf"), context=256, parallel=1, threads=1) as engine:
        tokens = engine.tokenize(TEXT)
        got = np.asarray(engine.logits(tokens, None))
    assert tokens == AutoTokenizer.from_pretrained(directory)(TEXT).input_ids
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    with torch.no_grad():
        want = np.asarray(model(torch.tensor([tokens])).logits[0])
    assert got.shape == (len(tokens), VOCABULARY)
    assert np.abs(got - want).max() / want.std() < 1e-3


def test_the_special_tokens_have_the_ids_they_have_in_qwen(directory: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    ids = [tokenizer.token_to_id(token) for token in ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|file_sep|>")]
    assert ids == [151643, 151644, 151645, 151664]
    qwen3 = json.loads((directory / "config.json").read_text())["model_type"] == "qwen3"
    assert tokenizer.token_to_id("</think>") == (151668 if qwen3 else None)
    assert tokenizer.get_vocab_size() == (151669 if qwen3 else 151665)


def test_the_template_is_the_format_we_speak(directory: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    config = json.loads((directory / "config.json").read_text())
    for system in (None, "You write C."):
        turns = [{"role": "system", "content": system}] if system else []
        turns.append({"role": "user", "content": "Ask."})
        said = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, enable_thinking=False)
        assert said == render_prompt("Ask.", system=system, style=config["model_type"])
    assert (tokenizer.chat_template == QWEN2_TEMPLATE) == (config["model_type"] == "qwen2")


def test_the_tokenizer_is_the_same_every_time_and_full_of_merges() -> None:
    one, other = (build_tokenizer("qwen3", packaged_sources()).to_str() for _ in range(2))
    assert one == other
    model = json.loads(one)["model"]
    assert len(model["vocab"]) == MERGED
    assert len(model["merges"]) == MERGED - 256
    learnt = [token for token in ("Ġint", "Ġreturn", "Ġfor") if token in model["vocab"]]
    assert len(learnt) == 3


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_has_as_many_parameters_as_its_tensors_hold(name: str) -> None:
    config = SHAPES[name].config()
    assert sum(int(np.prod(shape)) for _, shape in tensors(config)) == SHAPES[name].parameters
    assert shape_of(config) == SHAPES[name]


def test_the_same_seed_gives_the_same_weights_in_shards_or_in_one_file(tmp_path: Path) -> None:
    shape = Shape("qwen3", hidden=64, inner=128, layers=1, heads=4, kv_heads=2, head_dim=16, context=4096)
    for folder, shard in (("whole", 1 << 30), ("parts", 8 << 20)):
        write_shape(shape, tmp_path / folder, quiet, shard=shard)
    whole, parts = open_weights(tmp_path / "whole"), open_weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(np.array_equal(whole[name].read(), parts[name].read()) for name in whole)
    write_shape(shape, tmp_path / "other", quiet, seed=2)
    name = "model.layers.0.mlp.up_proj.weight"
    other = open_weights(tmp_path / "other")[name].read()
    assert not np.array_equal(whole[name].read(), other)
    assert other.std() == pytest.approx(0.02, rel=0.05)


def test_an_unknown_shape_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no shape") as caught:
        build_shape("qwen3-0.6b", tmp_path, quiet)
    assert "qwen3-0.6b-shape" in caught.value.fix
