"""A pool of cells instead of streams: chosen where it pays, and the completions are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop.inference.layout import STREAMS, affordable, pool_for
from loop.inference.llama import LlamaEngine
from loop.inference.messages import Item
from loop.inference.native import LlamaContext
from tests.support.asking import ask, texts
from tests.support.random_adapter import random_adapter

LARGE = 1 << 30


def items(prompts: int, k: int, length: int, limit: int) -> list[Item]:
    return [Item(p * k + i, (p, *[0] * (length - 1)), 0, 1.0, limit) for p in range(prompts) for i in range(k)]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Its last entry is the pool that engines of this test ask for."""
    wanted = [STREAMS]
    monkeypatch.setattr("loop.inference.llama.pool_for", lambda *given: wanted[-1])
    return wanted


def test_a_long_prompt_sampled_many_times_gets_a_pool_that_holds_all_of_it() -> None:
    cells = pool_for(items(4, 8, 1000, 96), 16, LARGE)
    assert cells >= 2 * 1000 + 16 * 96
    assert cells % 256 == 0 and cells < 16 * 1096


@pytest.mark.parametrize(
    "asked, sequences",
    [(items(16, 1, 1000, 96), 16), (items(4, 8, 40, 320), 16), (items(4, 8, 1000, 4000), 16), ([], 16)],
)
def test_prompts_sampled_once_short_ones_and_long_answers_have_streams(asked: list[Item], sequences: int) -> None:
    assert pool_for(asked, sequences, LARGE) == STREAMS


def test_small_models_have_streams() -> None:
    assert pool_for(items(4, 8, 1000, 96), 16, 5 << 20) == STREAMS


def test_a_pool_that_takes_more_memory_than_the_streams_is_not_made(tiny_gguf: Path) -> None:
    assert affordable(4096, context=1024, sequences=16, heads=16, cell_bytes=112 << 10)
    assert not affordable(1 << 15, context=1024, sequences=16, heads=16, cell_bytes=112 << 10)
    context = LlamaContext(tiny_gguf, context=256, sequences=2, threads=1)
    assert not context.arrange(1 << 20)
    assert context.pool == STREAMS


@pytest.mark.parametrize("cells", [1024, 512])
def test_samples_in_a_pool_are_those_of_streams_even_when_some_have_to_wait(
    tiny_gguf: Path, pool: list[int], cells: int
) -> None:
    requests = ask(9, k=4, max_tokens=100) + ask(12, k=1, max_tokens=7)[9:]
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=1) as engine:
        streams = texts(engine, requests)
        pool.append(cells)
        assert texts(engine, requests) == streams
        pool.append(STREAMS)
        assert texts(engine, requests) == streams


def test_a_cancelled_call_leaves_a_pool_empty(tiny_gguf: Path, pool: list[int]) -> None:
    pool.append(512)
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=1) as engine:
        alone = texts(engine, ask(6, k=4, max_tokens=60))
        for _ in range(5):
            stream = engine.generate(ask(9, k=4, max_tokens=100), None)
            next(stream)
            stream.close()
        assert texts(engine, ask(6, k=4, max_tokens=60)) == alone


def test_adapters_work_in_a_pool(tiny_hf: Path, tiny_gguf: Path, tmp_path: Path, pool: list[int]) -> None:
    adapter = random_adapter(tiny_hf, tmp_path / "adapter", 1)
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=1) as engine:
        streams, with_adapter = texts(engine, ask(3, k=4)), texts(engine, ask(3, k=4), adapter)
        assert streams != with_adapter
        pool.append(768)
        assert texts(engine, ask(3, k=4), adapter) == with_adapter
        assert texts(engine, ask(3, k=4)) == streams
