"""LoRA adapters: they act as PEFT says, are switched without reloading, and leave nothing behind in the caches."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Request
from loop.inference.llama import LlamaEngine
from loop.models.gguf_base import write_base_gguf
from loop.models.quantize import quantize
from tests.support.random_adapter import random_adapter
from tests.support.tiny_qwen3 import make_tiny_qwen3

TOKENS = list(range(40, 80))


def peft_logits(base: Path, adapter: Path) -> np.ndarray:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter).eval()
    with torch.no_grad():
        return np.asarray(model(torch.tensor([TOKENS])).logits[0])


@pytest.fixture(scope="module")
def adapters(tiny_hf: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("adapters")
    return [random_adapter(tiny_hf, root / str(seed), seed) for seed in range(2)]


def answers(engine: LlamaEngine, adapter: Path | None) -> dict[str, str]:
    requests = [Request(f"{t}/{j}", render_prompt(f"sum {t}"), 10 * t + j, 1.0, 24) for t in range(6) for j in range(4)]
    return {c.request_id: c.text for c in engine.generate(requests, adapter)}


def test_an_adapter_gives_pefts_logits_and_not_the_bases(
    tiny_hf: Path, engine: LlamaEngine, adapters: list[Path]
) -> None:
    base = engine.logits(TOKENS, None)
    for adapter in adapters:
        got, want = engine.logits(TOKENS, adapter), peft_logits(tiny_hf, adapter.parent)
        assert np.abs(got - want).max() / want.std() < 1e-3
        assert np.abs(got - base).max() / want.std() > 0.1
    assert np.array_equal(engine.logits(TOKENS, None), base)


def test_switching_adapters_leaves_no_trace_in_cached_prompts(engine: LlamaEngine, adapters: list[Path]) -> None:
    one, two = adapters
    plain, first, second = answers(engine, None), answers(engine, one), answers(engine, two)
    assert len({tuple(sorted(a.items())) for a in (plain, first, second)}) == 3
    assert answers(engine, one) == first
    assert answers(engine, None) == plain
    assert answers(engine, two) == second


def test_a_replaced_file_is_loaded_anew(engine: LlamaEngine, adapters: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "adapter.gguf"
    path.write_bytes(adapters[0].read_bytes())
    before = answers(engine, path)
    path.unlink()
    path.write_bytes(adapters[1].read_bytes())
    assert answers(engine, path) != before
    assert answers(engine, path) == answers(engine, adapters[1])


def test_more_adapters_than_are_kept_in_memory_still_work(
    engine: LlamaEngine, adapters: list[Path], tmp_path: Path
) -> None:
    copies = []
    for i in range(7):
        copies.append(tmp_path / f"{i}.gguf")
        copies[i].write_bytes(adapters[i % 2].read_bytes())
    want = [engine.logits(TOKENS, adapter) for adapter in adapters]
    for i, copy in enumerate(copies + copies):
        assert np.array_equal(engine.logits(TOKENS, copy), want[i % 7 % 2])


@pytest.mark.parametrize("content", [None, b"GGUF nonsense"])
def test_an_adapter_that_cannot_be_loaded_is_an_error_and_the_engine_lives(
    engine: LlamaEngine, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "adapter.gguf"
    if content is not None:
        path.write_bytes(content)
    expected = answers(engine, None)
    with pytest.raises(EngineError, match=r"adapter .*adapter\.gguf"):
        answers(engine, path)
    assert answers(engine, None) == expected


def refused(engine: LlamaEngine, adapter: Path) -> str:
    """What is said of it; the engine goes on."""
    expected = answers(engine, None)
    with pytest.raises(EngineError) as caught:
        answers(engine, adapter)
    assert answers(engine, None) == expected
    return caught.value.message


def test_an_adapter_of_other_weights_of_the_same_shape_is_refused(engine: LlamaEngine, tmp_path: Path) -> None:
    foreign = random_adapter(make_tiny_qwen3(tmp_path / "base", seed=1), tmp_path / "adapter", seed=1)
    assert "was trained on weights" in refused(engine, foreign)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"intermediate": 96}, "ffn_.* is for 96, and the base has 128"),
        ({"kv_heads": 1}, "attn_[kv].* is for 16, and the base has 32"),
        ({"layers": 1}, "is for 1 layers, and the base has 2"),
        ({"layers": 3}, "is for 3 layers, and the base has 2"),
    ],
)
def test_an_adapter_of_another_shape_is_refused_even_when_it_does_not_name_its_base(
    engine: LlamaEngine, tmp_path: Path, shape: dict[str, int], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loop.training.export.weights_sha256", lambda base: "")
    foreign = random_adapter(make_tiny_qwen3(tmp_path / "base", **shape), tmp_path / "adapter", seed=1)
    assert re.search(said, refused(engine, foreign))


def test_a_quantized_base_knows_its_weights(tmp_path: Path) -> None:
    """Quantization keeps the identity: the same adapter is served, a foreign one refused."""
    full = write_base_gguf(make_tiny_qwen3(tmp_path / "wide", hidden=256, intermediate=256), tmp_path / "f16.gguf")
    with LlamaEngine(quantize(full, tmp_path / "q4.gguf", "q4_0"), context=64, parallel=1) as engine:
        own = random_adapter(tmp_path / "wide", tmp_path / "own", seed=1)
        assert len(answers(engine, own)) == 24
        other = make_tiny_qwen3(tmp_path / "other", seed=1, hidden=256, intermediate=256)
        assert "was trained on weights" in refused(engine, random_adapter(other, tmp_path / "foreign", seed=1))
