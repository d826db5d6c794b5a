"""What each kind of server is asked for in its own words: plain completions and grammars.

The servers here answer from a script; tests/inference/test_server_real.py asks a real one.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from loop.errors import EngineError
from loop.inference.server.dialects import DIALECTS, alternatives
from tests.support.faulty_server import completion
from tests.support.server_pair import Pair

KINDS = [dialect.name for dialect in DIALECTS]


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
