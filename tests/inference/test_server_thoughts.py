"""Thoughts of a model behind a server: two requests, and what each server says of where the first ended."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loop.inference.chat import render_prompt
from tests.support.faulty_server import completion, says
from tests.support.server_pair import Pair

THINKING = render_prompt("Is it so?", thinking=True)


def long(text: str) -> Any:
    """An answer that ends because the tokens are spent: as many as were allowed."""

    def behave(handler: Any, body: dict[str, Any]) -> None:
        document = completion(handler.server, body, text, finish_reason="length")
        document["usage"]["completion_tokens"] = body["max_tokens"]
        handler.reply(200, document)

    return behave


def test_a_thought_that_spends_its_budget_is_closed_and_answered_upon(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "llama-server")
    pair.server.plan.extend([long("<think>\nhm hm"), says("yes")])
    done = pair.complete(prompt=THINKING, thinking_budget=9, stop=("@",), grammar='root ::= "yes"')
    first, second = pair.server.bodies
    assert (first["max_tokens"], first["stop"], "grammar" in first) == (9, ["</think>"], False)
    assert second["prompt"] == THINKING + "<think>\nhm hm\n</think>\n\n"
    assert (second["stop"], second["grammar"]) == (["@"], 'root ::= "yes"')
    assert first["seed"] != second["seed"]
    count = pair.server.tokens
    assert done.text == "<think>\nhm hm\n</think>\n\nyes"
    assert done.think_tokens == count("<think>\nhm hm\n</think>")
    assert done.completion_tokens == count("<think>\nhm hm\n</think>\n\n") + count("yes") + 1
    assert second["max_tokens"] == 60 - count("<think>\nhm hm\n</think>\n\n")
    assert done.prompt_tokens == count(THINKING)


def test_a_thought_that_closes_itself_is_answered_upon(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "vllm")
    pair.server.plan.extend([says("<think>\nso\n", stop_reason="</think>"), says("no", stop_reason=None)])
    done = pair.complete(prompt=THINKING, thinking_budget=20)
    assert done.text == "<think>\nso\n</think>\n\nno"
    assert done.finish == "stop"


def test_a_turn_that_ends_in_mid_thought_stays_an_open_thought_where_the_server_tells(
    tiny_hf: Path, stack: ExitStack
) -> None:
    vllm = Pair(tiny_hf, stack, "vllm")
    vllm.server.plan.append(says("<think>\nso", stop_reason=None))

    def without_end(handler: Any, body: dict[str, Any]) -> None:
        document = completion(handler.server, body, "<think>\nso")
        document["usage"]["completion_tokens"] -= 1
        handler.reply(200, document)

    python = Pair(tiny_hf, stack, "llama_cpp.server")
    python.server.plan.append(without_end)
    for pair in (vllm, python):
        done = pair.complete(prompt=THINKING, thinking_budget=20)
        assert (done.text, done.finish) == ("<think>\nso", "stop")
        assert done.think_tokens == done.completion_tokens == pair.server.tokens("<think>\nso") + 1
        assert len(pair.server.bodies) == 1


def test_a_model_that_does_not_think_just_answers(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "llama-server")
    pair.server.plan.extend([long("yes it"), says("yes")])
    done = pair.complete(prompt=THINKING, thinking_budget=4, stop=(" ",))
    assert (done.text, done.think_tokens) == ("yes", 0)
    assert pair.server.bodies[1]["prompt"] == THINKING
    assert pair.server.bodies[1]["max_tokens"] == 60


def test_a_thought_that_leaves_no_room_for_an_answer_ends_there(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "llama-server")
    pair.server.plan.append(long("<think>\nhm hm"))
    done = pair.complete(prompt=THINKING, thinking_budget=100, max_tokens=7)
    assert (done.text, done.finish, done.completion_tokens) == ("<think>\nhm hm", "length", 7)
