"""The thinking budget: a thought that takes too long is closed, and the model answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loop.inference.chat import render_prompt
from loop.inference.engine import Request
from loop.inference.llama import LlamaEngine
from loop.inference.messages import Item
from loop.inference.watch import CLOSING, Watch
from tests.support.monotonous import monotonous_gguf

PIECES = [b"<think>", b"</think>", b"\n", b"\n\n", b"x", b"STOP", b"<th", b"ink>", b"</thi", b"nk>", b" "]
THINK, CLOSE, NEWLINE, GAP, WORD, STOP, OPEN_1, OPEN_2, CLOSE_1, CLOSE_2, SPACE = range(11)
NO_LOGITS = np.zeros(len(PIECES), dtype=np.float32)


def watch(*, budget: int = 0, stop: tuple[str, ...] = ()) -> Watch:
    item = Item(0, (1,), 0, 0.0, 99, stop=stop, thinking_budget=budget)
    return Watch(item, None, PIECES, [NEWLINE, CLOSE, GAP], [GAP])


def follow(watched: Watch, *drawn: int) -> list[int]:
    return [watched.follow(token, NO_LOGITS) for token in drawn]


def test_a_spent_budget_closes_the_thought_and_the_model_goes_on_behind_it() -> None:
    watched = watch(budget=3)
    assert follow(watched, THINK, *[WORD] * 7) == [THINK, WORD, WORD, NEWLINE, CLOSE, GAP, WORD, WORD]
    assert watched.thought == 5


def test_a_thought_that_ends_in_time_is_left_alone() -> None:
    watched = watch(budget=4)
    said = [THINK, WORD, CLOSE, GAP, *[WORD] * 6]
    assert follow(watched, *said) == said
    assert watched.thought == 3


def test_marks_are_found_where_tokens_split_them() -> None:
    watched = watch(budget=5)
    said = [SPACE, OPEN_1, OPEN_2, CLOSE_1, CLOSE_2, WORD, WORD]
    assert follow(watched, *said) == said
    assert watched.thought == 5


def test_an_answer_without_a_thought_is_not_cut_into() -> None:
    watched = watch(budget=2)
    assert follow(watched, WORD, *[THINK] * 5) == [WORD, *[THINK] * 5]
    assert watched.thought == 0


def test_a_stop_string_counts_behind_the_thought_only() -> None:
    watched = watch(budget=9, stop=("STOP",))
    follow(watched, THINK, STOP, CLOSE, WORD)
    assert watched.cut is None
    follow(watched, STOP)
    assert watched.cut == len(b"<think>STOP</think>x")


@pytest.fixture(scope="module")
def pondering(tiny_hf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that opens a thought with every token."""
    return monotonous_gguf(tiny_hf, tmp_path_factory.mktemp("pondering") / "model", "<think>")


def test_the_engine_closes_a_thought_for_a_model_that_never_does(pondering: Path) -> None:
    with LlamaEngine(pondering, context=128, parallel=4, threads=1) as engine:
        closing = len(engine.tokenize(CLOSING))
        prompt = render_prompt("sum", thinking=True)
        requests = [Request(str(budget), prompt, 1, 0.8, 30, thinking_budget=budget) for budget in (0, 1, 5, 29, 40)]
        done = {completion.request_id: completion for completion in engine.generate(requests, None)}
        marked = engine.tokenize(CLOSING).index(engine.tokenize("</think>")[0]) + 1
    for budget in (1, 5):
        answer = 30 - budget - closing
        assert done[str(budget)].text == "<think>" * budget + CLOSING + "<think>" * answer
        assert done[str(budget)].think_tokens == budget + marked
    assert all(completion.completion_tokens == 30 for completion in done.values())
    assert done["0"].think_tokens == 0  # the prompt was said to leave no thought
    assert done["29"].think_tokens == done["40"].think_tokens == 30  # cut before it could be closed
    assert done["40"].text == "<think>" * 30
