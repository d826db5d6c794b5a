"""Each request comes back once, complete, and independent of what else is in the batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Completion, Request
from loop.inference.llama import LlamaEngine
from tests.support.asking import ask, texts
from tests.support.monotonous import monotonous_gguf


def test_each_request_comes_back_once_and_knows_its_size(engine: LlamaEngine) -> None:
    requests = ask(13, k=5)
    done = list(engine.generate(requests, None))
    assert sorted(c.request_id for c in done) == sorted(r.id for r in requests)
    by_id = {r.id: r for r in requests}
    for completion in done:
        assert completion.prompt_tokens == len(engine.tokenize(by_id[completion.request_id].prompt))
        assert 1 <= completion.completion_tokens <= 24
        assert completion.finish == "stop" or completion.completion_tokens == 24


def test_a_sample_does_not_depend_on_its_company(engine: LlamaEngine, tiny_gguf: Path) -> None:
    requests = ask(9, k=6, max_tokens=48)
    together = texts(engine, requests)
    assert texts(engine, requests[::-1]) == together
    some = requests[7:11]
    assert texts(engine, some) == {r.id: together[r.id] for r in some}
    with LlamaEngine(tiny_gguf, context=192, parallel=1, threads=1) as alone:
        assert texts(alone, some) == {r.id: together[r.id] for r in some}


def test_samples_of_one_task_differ_and_other_seeds_give_other_samples(engine: LlamaEngine) -> None:
    samples = texts(engine, ask(1, k=8))
    assert len(set(samples.values())) == 8


def test_temperature_zero_ignores_the_seed(engine: LlamaEngine) -> None:
    prompt = render_prompt("count")
    requests = [Request(str(seed), prompt, seed, 0.0, 32) for seed in range(20)]
    assert len(set(texts(engine, requests).values())) == 1


def test_any_integer_is_a_seed(engine: LlamaEngine) -> None:
    prompt = render_prompt("count")
    seeds = [-1, 2**70 + 3, 2**64 - 1, 0]
    got = texts(engine, [Request(str(seed), prompt, seed, 1.0, 16) for seed in seeds])
    assert set(got) == {str(seed) for seed in seeds}
    assert got["-1"] == got[str(2**64 - 1)]


def test_a_full_context_ends_the_completion(engine: LlamaEngine) -> None:
    filler = "sum " * 60
    prompt = render_prompt(filler)
    used = len(engine.tokenize(prompt))
    assert 64 < used < 180
    done = list(engine.generate([Request(str(s), prompt, s, 1.0, 500) for s in range(6)], None))
    longest = max(done, key=lambda c: c.completion_tokens)
    assert longest.finish == "length"
    assert longest.completion_tokens == 192 - used


def test_the_end_of_turn_token_stops_and_is_not_shown(tiny_hf: Path, tmp_path: Path) -> None:
    gguf = monotonous_gguf(tiny_hf, tmp_path / "mute", "<|im_end|>")
    with LlamaEngine(gguf, context=64, parallel=4) as engine:
        assert list(engine.generate([Request("a", "sum", 1, 0.0, 10)], None)) == [
            Completion("a", "", len(engine.tokenize("sum")), 1, "stop")
        ]


def test_an_overlong_prompt_is_named_before_anything_is_sampled(engine: LlamaEngine) -> None:
    requests = [*ask(2), Request("the-long-one", "sum " * 400, 1, 1.0, 10)]
    with pytest.raises(EngineError, match=r"the-long-one: its prompt has \d+ tokens, the context is 192"):
        next(engine.generate(requests, None))
    assert len(texts(engine, ask(2))) == 2


@pytest.mark.parametrize(
    "request_",
    [Request("bad", "x", 1, -0.5, 4), Request("bad", "x", 1, float("nan"), 4), Request("bad", "x", 1, 1.0, 0)],
)
def test_a_request_without_sense_is_refused(engine: LlamaEngine, request_: Request) -> None:
    with pytest.raises(EngineError, match="request bad"):
        list(engine.generate([request_], None))


def test_nothing_asked_is_nothing_answered(engine: LlamaEngine) -> None:
    assert list(engine.generate([], None)) == []


def test_closing_the_iterator_early_frees_the_engine(engine: LlamaEngine) -> None:
    expected = texts(engine, ask(3))
    stream = engine.generate(ask(60, k=4, max_tokens=100), None)
    next(stream)
    with pytest.raises(EngineError, match="still generating"):
        next(engine.generate(ask(1), None))
    stream.close()  # type: ignore[attr-defined]
    assert texts(engine, ask(3)) == expected


def test_completions_arrive_while_others_are_being_sampled(engine: LlamaEngine) -> None:
    requests = [Request(str(i), render_prompt("sum"), i, 1.0, 1 if i == 0 else 150) for i in range(16)]
    first = next(iter(engine.generate(requests, None)))
    assert first.completion_tokens < 150


def test_a_prompt_of_many_chunks_is_read_like_any_other(tiny_gguf: Path) -> None:
    """Prompts of up to 1,400 tokens, a chunk is 512: greedy text as of each alone, while short ones go on meanwhile."""
    prompts = [render_prompt("sum of the array " * n) for n in (1, 330, 2, 120, 260, 330, 3)]
    requests = [Request(str(i), prompt, i, 0.0, 30) for i, prompt in enumerate(prompts)]
    with LlamaEngine(tiny_gguf, context=1536, parallel=4, threads=1) as engine:
        assert max(len(engine.tokenize(prompt)) for prompt in prompts) > 1100
        together = texts(engine, requests)
        for request in requests:
            assert texts(engine, [request]) == {request.id: together[request.id]}


def test_cancelling_in_the_middle_of_a_long_prompt_leaves_nothing_behind(tiny_gguf: Path) -> None:
    long = [Request(str(i), render_prompt(f"{i} " + "sum of the array " * 300), i, 0.0, 4) for i in range(6)]
    short = ask(1, max_tokens=1)
    with LlamaEngine(tiny_gguf, context=1536, parallel=4, threads=1) as engine:
        expected = texts(engine, long)
        stream = engine.generate([*short, *long[::-1]], None)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert texts(engine, long) == expected
