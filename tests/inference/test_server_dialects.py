"""What each kind of server is asked for in its own words: judgments, thoughts, grammars, adapters.

The servers here answer from a script; tests/inference/test_server_real.py asks a real one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from loop.config import EngineSettings
from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Choice, Completion, Question, Request
from loop.inference.server.dialects import DIALECTS, alternatives
from loop.inference.server.patience import Patience
from loop.inference.server_engine import ServerEngine
from tests.support.faulty_server import FaultyServer, completion, says, scores

KINDS = [dialect.name for dialect in DIALECTS]
PROMPT = render_prompt("Is it so?")
THINKING = render_prompt("Is it so?", thinking=True)
BASE = "base"


class Pair:
    """A scripted server of some kind, and an engine on it."""

    def __init__(self, base: Path, stack: ExitStack, kind: str, names: tuple[str, ...] = (BASE,), **settings: Any):
        self.server = stack.enter_context(FaultyServer(base, names, kind))
        if kind == "llama-server":
            self.server.pages["/lora-adapters"] = []
        found = EngineSettings(**{"kind": "server", "url": self.server.url, **settings})
        patience = Patience(timeout=20, retries=1, first=0.001)
        self.engine = stack.enter_context(ServerEngine(base, BASE, found, context=192, patience=patience))

    def complete(self, adapter: Path | None = None, **fields: Any) -> Completion:
        plain = {"prompt": PROMPT, "seed": 5, "temperature": 0.0, "max_tokens": 60}
        (done,) = self.engine.generate([Request("r", **{**plain, **fields})], adapter)
        return done

    def decide(self, *options: str) -> Choice:
        (choice,) = self.engine.choose([Question("q", PROMPT, options)], None)
        return choice


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """A file where an adapter would lie: in a folder named by its sha256."""
    folder = tmp_path / ("0123456789ab" * 6)[:64]
    folder.mkdir()
    (folder / "adapter.gguf").write_bytes(b"GGUF")
    return folder / "adapter.gguf"


# --- recognition and plain sampling ----------------------------------------------------------------------------------


def test_each_kind_of_server_is_recognised_and_its_defaults_are_switched_off(tiny_hf: Path, stack: ExitStack) -> None:
    expected = {
        "llama_cpp.server": {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0},
        "llama-server": {"top_k": 0, "min_p": 0.0, "samplers": ["temperature"]},
        "vllm": {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0, "add_special_tokens": False},
        "ollama": {},
        "other": {},
    }
    plain = None
    for kind in ["other", *KINDS]:
        pair = Pair(tiny_hf, stack, kind)
        pair.complete()
        (body,) = pair.server.bodies
        plain = plain if plain is not None else body
        assert {**plain, **expected[kind]}.items() <= body.items()
        if not expected[kind]:
            assert body == plain
        else:
            assert body != plain


def test_the_kind_in_the_settings_goes_before_what_the_server_says(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "other", server="vllm")
    pair.complete()
    assert "repetition_penalty" in pair.server.bodies[0]


def test_vllm_is_told_which_tokens_end_a_turn(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "vllm")
    pair.complete()
    ids = pair.server.bodies[0]["stop_token_ids"]
    assert ids == [pair.server.tokenizer.token_to_id(token) for token in ("<|im_end|>", "<|endoftext|>")]


@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1, 2**31, -1, 2**70 + 3])
def test_any_integer_is_a_seed_and_none_asks_for_a_random_one(tiny_hf: Path, stack: ExitStack, seed: int) -> None:
    pair = Pair(tiny_hf, stack, "llama-server")
    pair.complete(seed=seed)
    assert 0 <= pair.server.bodies[0]["seed"] < 2**31


def test_the_end_of_the_turn_is_counted_on_every_server(tiny_hf: Path, stack: ExitStack) -> None:
    def without_end(handler: Any, body: dict[str, Any]) -> None:
        document = completion(handler.server, body, "fine")
        document["usage"]["completion_tokens"] -= 1
        handler.reply(200, document)

    python, other = Pair(tiny_hf, stack, "llama_cpp.server"), Pair(tiny_hf, stack, "llama-server")
    python.server.usual = without_end
    wanted = python.server.tokens("fine") + 1
    assert python.complete().completion_tokens == other.complete().completion_tokens == wanted
    assert python.complete(stop=("@",)).completion_tokens == wanted


# --- grammars --------------------------------------------------------------------------------------------------------


def test_a_grammar_is_sent_as_the_server_wants_it(tiny_hf: Path, stack: ExitStack) -> None:
    grammar = 'root ::= "yes" | "no"'
    for kind, field in {"llama_cpp.server": "grammar", "llama-server": "grammar"}.items():
        pair = Pair(tiny_hf, stack, kind)
        pair.complete(grammar=grammar)
        assert pair.server.bodies[0][field] == grammar
    vllm = Pair(tiny_hf, stack, "vllm")
    vllm.server.pages["/version"] = {"version": "0.11.2"}
    vllm.complete(grammar=grammar)
    assert vllm.server.bodies[0]["structured_outputs"] == {"grammar": grammar}


@pytest.mark.parametrize("kind", ["ollama", "other"])
def test_a_server_that_takes_no_grammar_is_an_error_and_is_not_asked(
    tiny_hf: Path, stack: ExitStack, kind: str
) -> None:
    pair = Pair(tiny_hf, stack, kind)
    with pytest.raises(EngineError, match=f"'{kind}' takes no grammar"):
        pair.complete(grammar='root ::= "a"')
    assert not pair.server.bodies


@pytest.mark.parametrize("version", ["0.10.2", "", "nightly"])
def test_an_old_vllm_would_pass_a_grammar_over_and_is_refused(tiny_hf: Path, stack: ExitStack, version: str) -> None:
    pair = Pair(tiny_hf, stack, "vllm")
    pair.server.pages["/version"] = {"version": version}
    with pytest.raises(EngineError, match=r"grammars need 0\.11"):
        pair.complete(grammar='root ::= "a"')


def test_alternatives_are_quoted() -> None:
    assert alternatives(['say "no"', "a\\b", "x\ny", "é"]) == r'root ::= "say \"no\"" | "a\\b" | "x\ny" | "é"'


# --- thoughts --------------------------------------------------------------------------------------------------------


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


# --- judgments -------------------------------------------------------------------------------------------------------


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


# --- adapters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["llama_cpp.server", "vllm", "ollama", "other"])
def test_an_adapter_is_a_model_of_its_own_name(tiny_hf: Path, stack: ExitStack, kind: str, adapter: Path) -> None:
    tag = ":latest" if kind == "ollama" else ""
    pair = Pair(tiny_hf, stack, kind, (f"base{tag}", f"loop-0123456789ab{tag}"))
    pair.complete()
    pair.complete(adapter)
    assert [body["model"] for body in pair.server.bodies] == [f"base{tag}", f"loop-0123456789ab{tag}"]


def test_the_names_there_are_a_setting(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm", ("Qwen/base-1", "b-0123456789ab"), model="Qwen/{base}-1", adapter="b-{adapter}")
    pair.complete(adapter)
    assert pair.server.bodies[0]["model"] == "b-0123456789ab"


@pytest.mark.parametrize("kind", ["llama_cpp.server", "vllm", "ollama", "other"])
def test_an_adapter_that_is_not_served_is_an_error_that_says_how_to_load_it(
    tiny_hf: Path, stack: ExitStack, kind: str, adapter: Path
) -> None:
    pair = Pair(tiny_hf, stack, kind, (BASE, "loop-ffffffffffff"))
    with pytest.raises(EngineError, match=r"has not loaded the adapter loop-0123456789ab .*base, loop-ffff") as caught:
        pair.complete(adapter)
    how = {"llama_cpp.server": "lora_path", "vllm": "--lora-modules", "ollama": "ADAPTER", "other": "under that name"}
    assert how[kind] in caught.value.fix
    assert not pair.server.bodies


def test_a_base_that_is_not_served_is_an_error_that_names_what_is(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "llama_cpp.server", ("another", "third"))
    with pytest.raises(EngineError, match="serves no model 'base'; it serves another, third") as caught:
        pair.complete()
    assert "engine.model" in caught.value.fix
    assert not pair.server.bodies


def test_vllm_is_asked_to_load_an_adapter_when_it_may(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm")

    def load(handler: Any, body: dict[str, Any]) -> None:
        handler.server.serve([BASE, body["lora_name"]])
        handler.reply(200, "Success: LoRA adapter added")

    pair.server.posts["/v1/load_lora_adapter"] = load
    pair.complete(adapter)
    path, body = pair.server.asked[0]
    assert (path, body) == (
        "/v1/load_lora_adapter",
        {"lora_name": "loop-0123456789ab", "lora_path": str(adapter.parent)},
    )
    assert pair.server.bodies[0]["model"] == "loop-0123456789ab"


def test_what_vllm_says_of_an_adapter_it_cannot_load_is_shown(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm")
    pair.server.posts["/v1/load_lora_adapter"] = lambda handler, body: handler.reply(
        400, {"message": "LoRA rank 32 is greater than max_lora_rank 16"}
    )
    with pytest.raises(EngineError, match="LoRA rank 32 is greater"):
        pair.complete(adapter)


def test_llama_server_is_told_the_adapter_with_each_request(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "llama-server")
    pair.server.pages["/lora-adapters"] = [
        {"id": 0, "path": "/there/ffffffffffff/adapter.gguf", "scale": 1.0},
        {"id": 1, "path": f"/there/{adapter.parent.name}/adapter.gguf", "scale": 1.0},
    ]
    pair.complete()
    pair.complete(adapter)
    off, on = ({"id": 0, "scale": 0.0}, {"id": 1, "scale": 0.0}), ({"id": 0, "scale": 0.0}, {"id": 1, "scale": 1.0})
    assert [body["lora"] for body in pair.server.bodies] == [list(off), list(on)]
    pair.server.pages["/lora-adapters"] = []
    with pytest.raises(EngineError, match="it serves no adapter") as caught:
        pair.complete(adapter)
    assert "--lora" in caught.value.fix


def test_an_adapter_that_is_gone_is_an_error(tiny_hf: Path, stack: ExitStack, tmp_path: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm")
    with pytest.raises(EngineError, match="no adapter at"):
        pair.complete(tmp_path / "gone" / "adapter.gguf")


@pytest.mark.parametrize("document", [{"models": []}, [], {"data": [{"name": "x"}]}, {"data": None}])
def test_a_list_of_models_in_another_form_is_an_error(tiny_hf: Path, stack: ExitStack, document: Any) -> None:
    pair = Pair(tiny_hf, stack, "other")
    pair.server.pages["/v1/models"] = document
    with pytest.raises(EngineError, match="lists no models in OpenAI's form"):
        pair.complete()
    assert not pair.server.bodies
