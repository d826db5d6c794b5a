"""Grammars: an answer keeps to its own, and is otherwise what the model would say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Request
from loop.inference.llama import LlamaEngine
from tests.support.asking import ask, texts
from tests.support.monotonous import monotonous_gguf

YES_NO = 'root ::= "yes" | "no"'
DIGITS = 'root ::= [0-9] [0-9] [0-9] "\\n"'
LINES = 'root ::= line line?\nline ::= [a-z]{1,3} ": " [a-z]{1,3} "\\n"'


def constrained(n: int, grammar: str, *, temperature: float = 1.0, thinking_budget: int = 0) -> list[Request]:
    return [
        Request(f"{grammar[-5:]}{i}", render_prompt(f"is {i} one?"), i, temperature, 40, (), thinking_budget, grammar)
        for i in range(n)
    ]


@pytest.mark.parametrize(
    ("grammar", "pattern"),
    [(YES_NO, "yes|no"), (DIGITS, r"[0-9]{3}\n"), (LINES, r"([a-z]{1,3}: [a-z]{1,3}\n){1,2}")],
    ids=["options", "digits", "lines"],
)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_answers_keep_to_their_grammar(engine: LlamaEngine, grammar: str, pattern: str, temperature: float) -> None:
    done = list(engine.generate(constrained(20, grammar, temperature=temperature), None))
    complete = [completion.text for completion in done if completion.finish == "stop"]
    assert len(complete) > 3
    assert all(re.fullmatch(pattern, text) for text in complete)
    for completion in done:
        assert completion.finish == "stop" or completion.completion_tokens == 40


def test_a_grammar_that_allows_everything_changes_nothing(engine: LlamaEngine) -> None:
    """Every text, that is: what is no UTF-8 no grammar allows."""
    plain = ask(16, k=4, max_tokens=6)
    held = [Request(r.id, r.prompt, r.seed, r.temperature, r.max_tokens, grammar="root ::= [^\\x00]*") for r in plain]
    said, free = texts(engine, held), texts(engine, plain)
    sound = [key for key, text in free.items() if not set("\ufffd\0") & set(text)]
    assert len(sound) > 20
    assert {key: said[key] for key in sound} == {key: free[key] for key in sound}


def test_neighbours_of_a_constrained_answer_are_not_disturbed(engine: LlamaEngine) -> None:
    plain, held = ask(10), constrained(10, YES_NO)
    alone = texts(engine, plain) | texts(engine, held)
    mixed = [request for pair in zip(plain, held, strict=True) for request in pair]
    assert texts(engine, mixed) == alone


def test_both_options_are_drawn(engine: LlamaEngine) -> None:
    prompt = render_prompt("is it one?")
    requests = [Request(str(seed), prompt, seed, 2.0, 8, grammar=YES_NO) for seed in range(60)]
    assert set(texts(engine, requests).values()) == {"yes", "no"}


@pytest.mark.parametrize(
    ("grammar", "reason"),
    [('root ::= "yes', "grammar"), ('answer ::= "yes"', "root"), ('root ::= root "x"', "recursion"), ("  ", "root")],
)
def test_a_grammar_that_cannot_be_read_is_named_before_anything_is_sampled(
    engine: LlamaEngine, grammar: str, reason: str
) -> None:
    requests = [*ask(2), Request("the-bad-one", "sum", 1, 1.0, 10, grammar=grammar)]
    with pytest.raises(EngineError, match=f"(?s)the-bad-one: its grammar cannot be read: .*{reason}"):
        next(engine.generate(requests, None))
    assert len(texts(engine, ask(2))) == 2


def test_the_grammar_is_the_answers_and_not_the_thoughts(tiny_hf: Path, tmp_path: Path) -> None:
    gguf = monotonous_gguf(tiny_hf, tmp_path / "pondering", "<think>")
    with LlamaEngine(gguf, context=128, parallel=4, threads=1) as engine:
        done = list(engine.generate(constrained(6, YES_NO, thinking_budget=4), None))
    for completion in done:
        assert re.fullmatch(r"(<think>){4}\n</think>\n\n(yes|no)", completion.text)
        assert completion.finish == "stop"


def test_thousands_of_constrained_answers_leave_no_memory_behind(engine: LlamaEngine) -> None:
    def resident() -> int:
        return sum(
            int(
                next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line).split()[
                    1
                ]
            )
            for pid in engine.worker_pids
        )

    prompt = render_prompt("one?")
    requests = [Request(str(seed), prompt, seed, 1.0, 1, grammar=DIGITS) for seed in range(1500)]
    texts(engine, requests)
    before = resident()
    texts(engine, requests)
    assert resident() - before < 4096  # KiB: a grammar that stayed would be 5 KiB each
