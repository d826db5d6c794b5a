"""Judgments of a server: scores from the log-probabilities that it returns."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from loop.errors import EngineError
from tests.support.faulty_server import says, scores
from tests.support.server_pair import PROMPT, Pair


def test_a_choice_is_the_share_of_each_options_first_token(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "llama_cpp.server")
    pair.server.usual = scores({"a": math.log(0.6), "s": math.log(0.2), "int": math.log(0.1)})
    choice = pair.decide("s", "a")
    assert choice.option == "a"
    assert choice.scores == pytest.approx((0.25, 0.75))
    assert choice.prompt_tokens == pair.server.tokens(PROMPT)
    assert pair.server.bodies[0]["max_tokens"] == 1
    assert pair.server.bodies[0]["grammar"] == 'root ::= "s" | "a"'


def test_scores_by_id_are_read_as_well(tiny_hf: Path, stack: ExitStack) -> None:
    """llama-server's form, and vLLM's."""
    llama, vllm = Pair(tiny_hf, stack, "llama-server"), Pair(tiny_hf, stack, "vllm")
    ids = {text: llama.server.tokenizer.token_to_id(text) for text in ("a", "s")}
    rows = [{"id": ids["a"], "token": "?", "logprob": -1.0}, {"id": ids["s"], "token": "?", "logprob": -2.0}]
    llama.server.usual = says("a", finish_reason="length", logprobs={"content": [{**rows[0], "top_logprobs": rows}]})
    named = {f"token_id:{ids['a']}": -1.0, f"token_id:{ids['s']}": -2.0}
    vllm.server.usual = says("a", finish_reason="length", logprobs={"top_logprobs": [named]})
    first, second = llama.decide("a", "s"), vllm.decide("a", "s")
    assert first.scores == second.scores == pytest.approx((1 / (1 + math.exp(-1)), 1 / (1 + math.exp(1))))
    assert vllm.server.bodies[0]["logprob_token_ids"] == [ids["a"], ids["s"]]


def test_options_that_begin_alike_are_told_apart_behind_their_common_part(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "other")
    options = ("sum odd", "sum even", "count")
    first = pair.server.tokenizer.encode(PROMPT + options[0], add_special_tokens=False).ids
    second = pair.server.tokenizer.encode(PROMPT + options[1], add_special_tokens=False).ids
    assert first[: pair.server.tokens(PROMPT) + 1] == second[: pair.server.tokens(PROMPT) + 1], "they share a token"

    def by_prompt(handler: Any, body: dict[str, Any]) -> None:
        said = body["prompt"].removeprefix(PROMPT)
        tokenizer = handler.server.tokenizer

        def next_token(option: str) -> str:
            ids = tokenizer.encode(PROMPT + option, add_special_tokens=False).ids
            return str(tokenizer.decode([ids[handler.server.tokens(PROMPT + said)]]))

        shares = {"": {"sum odd": 0.55, "count": 0.45}}.get(said, {"sum odd": 0.2, "sum even": 0.6})
        scores({next_token(option): math.log(share) for option, share in shares.items()})(handler, body)

    pair.server.usual = by_prompt
    choice = pair.decide(*options)
    assert choice.scores == pytest.approx((0.1375, 0.4125, 0.45))
    assert choice.option == "sum even", "as greedy generation, though another option is likelier as a whole"
    assert all("sum odd".startswith(body["prompt"].removeprefix(PROMPT)) for body in pair.server.bodies)


def test_an_option_that_begins_another_is_refused(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "other")
    with pytest.raises(EngineError, match="'sum' is the beginning of another one"):
        pair.decide("sum", "sum odd")


def test_an_option_below_all_that_is_returned_counts_as_impossible_and_none_is_an_error(
    tiny_hf: Path, stack: ExitStack
) -> None:
    pair = Pair(tiny_hf, stack, "other")
    pair.server.usual = scores({"a": -0.1, "int": -3.0})
    assert pair.decide("s", "a").scores == (0.0, 1.0)
    pair.server.usual = scores({"int": -0.1, "x": -3.0})
    with pytest.raises(EngineError, match=r"none of \['s', 'a'\] is among the 2 likeliest"):
        pair.decide("s", "a")
    pair.server.usual = says("a", finish_reason="length")
    with pytest.raises(EngineError, match="among the 0 likeliest") as caught:
        pair.decide("s", "a")
    assert "log-probabilities" in caught.value.fix


@pytest.mark.parametrize("options", [(), ("yes",), ("yes", "yes"), ("", "no")])
def test_a_choice_of_nothing_is_refused(tiny_hf: Path, stack: ExitStack, options: tuple[str, ...]) -> None:
    pair = Pair(tiny_hf, stack, "other")
    with pytest.raises(EngineError, match="question q"):
        pair.decide(*options)
