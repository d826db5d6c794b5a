"""A real server with the micro model: the same tokens, greedy texts, scores and adapters as in process.

llama_cpp.server comes with the packages; llama-server is asked too where it is on PATH.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from loop.config import EngineSettings
from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Question, Request
from loop.inference.llama import LlamaEngine
from loop.inference.server_engine import ServerEngine
from loop.models.catalogue import MICRO_DIR
from loop.models.gguf_base import write_base_gguf
from tests.support.random_adapter import random_adapter
from tests.support.real_servers import llama_cpp_server, llama_server

CONTEXT = 256
ASKED = [
    "Write `int sum(const int *a, int n)`.",
    "Write `int count(const char *s, char c)`.",
    "Write `int maximum(const int *a, int n)`, naïve is fine.",
    "Is this file relevant? Answer yes or no.",
]


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base_gguf(MICRO_DIR, tmp_path_factory.mktemp("micro") / "base.gguf")


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_adapter(MICRO_DIR, tmp_path_factory.mktemp("adapters") / "00c0ffee00c0ffee", seed=1)


@pytest.fixture(scope="module", params=["llama_cpp.server", "llama-server"])
def server(
    request: pytest.FixtureRequest, gguf: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerEngine]:
    if request.param == "llama-server" and shutil.which("llama-server") is None:
        pytest.skip("llama-server is not on PATH")
    start = llama_server if request.param == "llama-server" else llama_cpp_server
    names = {"micro": None, "loop-00c0ffee00c0": adapter}
    with start(gguf, names, tmp_path_factory.mktemp("server"), CONTEXT) as url:
        settings = EngineSettings(kind="server", url=url, in_flight=4, timeout=120.0)
        with ServerEngine(MICRO_DIR, "micro", settings, context=CONTEXT) as engine:
            yield engine


@pytest.fixture(scope="module")
def local(gguf: Path) -> Iterator[LlamaEngine]:
    with LlamaEngine(gguf, context=CONTEXT, parallel=4, threads=1) as engine:
        yield engine


def requests(**fields: object) -> list[Request]:
    plain = {"temperature": 0.0, "max_tokens": 48, **fields}
    return [Request(str(i), render_prompt(text), 100 + i, **plain) for i, text in enumerate(ASKED)]  # type: ignore[arg-type]


def test_greedy_completions_are_those_of_the_engine_in_process(server: ServerEngine, local: LlamaEngine) -> None:
    ours = {one.request_id: one for one in local.generate(requests(), None)}
    theirs = {one.request_id: one for one in server.generate(requests(), None)}
    assert theirs == ours
    assert any(one.finish == "stop" for one in ours.values()), "one of them ends its turn"


def test_an_adapter_by_name_gives_the_completions_of_the_engine_in_process(
    server: ServerEngine, local: LlamaEngine, adapter: Path
) -> None:
    ours = {one.request_id: one for one in local.generate(requests(), adapter)}
    assert {one.request_id: one for one in server.generate(requests(), adapter)} == ours
    assert {one.request_id: one for one in server.generate(requests(), None)} != ours


def test_tokens_are_counted_alike(server: ServerEngine, local: LlamaEngine) -> None:
    for text in [*map(render_prompt, ASKED), "e\u0301 日本語 \n\n  x"]:
        assert server.tokenize(text) == local.tokenize(text)


def test_a_seed_gives_the_same_sample_again(server: ServerEngine) -> None:
    warm = requests(temperature=1.2)
    first = {one.request_id: one.text for one in server.generate(warm, None)}
    assert {one.request_id: one.text for one in server.generate(warm, None)} == first
    other = [Request(r.id, r.prompt, r.seed + 1, r.temperature, r.max_tokens) for r in warm]
    assert {one.request_id: one.text for one in server.generate(other, None)} != first


def test_a_stop_string_ends_an_answer_and_is_not_part_of_it(server: ServerEngine) -> None:
    free = {one.request_id: one.text for one in server.generate(requests(), None)}
    cut = {one.request_id: one for one in server.generate(requests(stop=("int",)), None)}
    assert any("int" in text for text in free.values())
    for name, text in free.items():
        assert cut[name].text == text.partition("int")[0]


def test_a_grammar_is_kept_to(server: ServerEngine) -> None:
    done = list(server.generate(requests(grammar='root ::= "maybe" | "never"', temperature=1.0), None))
    assert {one.text for one in done} <= {"maybe", "never"}
    assert len(done) == len(ASKED)


def test_a_choice_is_the_engines_own_probabilities(server: ServerEngine, local: LlamaEngine) -> None:
    options = ("yes", "no", "unsigned")
    questions = [Question(str(i), render_prompt(text), options) for i, text in enumerate(ASKED)]
    choices = {choice.question_id: choice for choice in server.choose(questions, None)}
    firsts = [local.tokenize(option)[0] for option in options]
    assert len(set(firsts)) == 3
    for question in questions:
        tokens = local.tokenize(question.prompt)
        wanted = local.logits(tokens, None)[-1, firsts].astype(np.float64)
        shares = np.exp(wanted - wanted.max())
        shares /= shares.sum()
        choice = choices[question.id]
        seen = np.array(choice.scores)
        assert seen == pytest.approx(shares, abs=2e-3)
        assert choice.option == options[int(shares.argmax())]
        assert choice.prompt_tokens == len(tokens)


def test_an_adapter_that_is_not_loaded_there_is_an_error(server: ServerEngine, tmp_path: Path) -> None:
    (tmp_path / "adapter.gguf").write_bytes(b"GGUF")
    with pytest.raises(EngineError, match=r"has not loaded the adapter .*00c0ffee00c0"):
        list(server.generate(requests(), tmp_path / "adapter.gguf"))


def test_a_model_that_has_no_thoughts_answers_as_without_a_budget(server: ServerEngine) -> None:
    prompt = render_prompt(ASKED[0], thinking=True)
    (plain,) = server.generate([Request("x", prompt, 1, 0.9, 60)], None)
    assert not plain.text.lstrip().startswith("<think>")
    assert list(server.generate([Request("x", prompt, 1, 0.9, 60, thinking_budget=12)], None)) == [plain]
