"""Stop strings end an answer where they begin, also when tokens split them."""

from __future__ import annotations

import pytest

from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Request
from loop.inference.llama import LlamaEngine

PROMPT = render_prompt("count the characters")


def ask(engine: LlamaEngine, *stops: tuple[str, ...], temperature: float = 0.0) -> list[tuple[str, int, str]]:
    """(text, tokens, finish) of one completion for each choice of stop strings."""
    requests = [Request(str(i), PROMPT, 3, temperature, 60, stop=stop) for i, stop in enumerate(stops)]
    done = {completion.request_id: completion for completion in engine.generate(requests, None)}
    return [(c.text, c.completion_tokens, c.finish) for c in (done[str(i)] for i in range(len(stops)))]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_the_text_ends_before_the_stop_string_wherever_it_begins(engine: LlamaEngine, temperature: float) -> None:
    ((whole, tokens, _),) = ask(engine, (), temperature=temperature)
    assert tokens > 20
    stops = [whole[start : start + length] for start in range(5, 40, 5) for length in (1, 4, 9)]
    stops = [stop for stop in stops if "\ufffd" not in stop]
    assert len(stops) > 10
    answers = ask(engine, *[(stop,) for stop in stops], temperature=temperature)
    for stop, (text, count, finish) in zip(stops, answers, strict=True):
        assert text == whole[: whole.index(stop)]
        assert finish == "stop"
        assert count < tokens


def test_of_several_stop_strings_the_first_in_the_text_counts(engine: LlamaEngine) -> None:
    ((whole, _, _),) = ask(engine, ())
    early, late = whole[8:12], whole[30:34]
    assert whole.index(early) < whole.index(late)
    ((text, _, finish),) = ask(engine, (late, "not in there", early))
    assert (text, finish) == (whole[: whole.index(early)], "stop")


def test_a_stop_string_that_never_comes_changes_nothing(engine: LlamaEngine) -> None:
    plain, watched = ask(engine, (), ("not in there",))
    assert plain == watched


def test_an_empty_stop_string_is_refused(engine: LlamaEngine) -> None:
    with pytest.raises(EngineError, match=r"request 0: .* no stop string empty"):
        ask(engine, ("",))
