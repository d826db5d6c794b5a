"""LoRA adapters: they act as PEFT says, are switched without reloading, and leave nothing behind in the caches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Request
from loop.inference.llama import LlamaEngine
from tests.support.random_adapter import random_adapter

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
