"""A few hundred of the stages' own questions to the micro model: judged off the logits as generation answers them."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from loop.home import open_home
from loop.inference.chat import render_prompt
from loop.inference.engine import Choice, Completion, Question, Request
from loop.inference.llama import LlamaEngine
from loop.models.catalogue import resolve
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.stage import Call
from loop.pipeline.stages import ALL
from loop.tasks.pack import load_pack

TASKS = 48
LIMIT = 8


@pytest.fixture(scope="module")
def micro(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    gguf = resolve("micro", open_home(tmp_path_factory.mktemp("home"))).gguf
    with LlamaEngine(gguf, context=512, parallel=32, threads=2) as engine:
        yield engine


@pytest.fixture(scope="module")
def calls(micro: LlamaEngine) -> list[Call]:
    """All calls with options about some of kata's projects."""
    room = Room(400, functools.cache(lambda text: len(micro.tokenize(text))))
    tasks = [task for task in load_pack("kata").split("audit") if task.truth is not None][:TASKS]
    found = [
        call
        for stage in ALL
        for task in tasks
        for turn in range(stage.rounds)
        for call in stage.calls(task, reference_findings(task), turn, room)
        if call.options
    ]
    assert len(found) > 300
    return found


@pytest.fixture(scope="module")
def answers(micro: LlamaEngine, calls: list[Call]) -> list[tuple[Call, Choice, list[Completion]]]:
    """Each call with its choice and with what generation gives: greedily, two samples, and one that is cut short."""
    questions = [
        Question(str(k), render_prompt(call.prompt), call.options, _draws(k, call)) for k, call in enumerate(calls)
    ]
    generated = {c.request_id: c for c in micro.generate([r for q in questions for r in q.draws], None)}
    choices = {choice.question_id: choice for choice in micro.choose(questions, None)}
    return [(c, choices[q.id], [generated[r.id] for r in q.draws]) for c, q in zip(calls, questions, strict=True)]


def _draws(k: int, call: Call) -> tuple[Request, ...]:
    prompt = render_prompt(call.prompt)
    kinds = ((0.0, LIMIT), (0.8, LIMIT), (1.5, LIMIT), (0.8, 1))
    return tuple(Request(f"{k}/{i}", prompt, 100 * k + i, heat, limit) for i, (heat, limit) in enumerate(kinds))


@pytest.mark.parametrize("stage", ["routing", "scope", "precision", "planning"])
def test_the_option_is_what_greedy_generation_answers(
    answers: list[tuple[Call, Choice, list[Completion]]], stage: str
) -> None:
    asked = [(call, choice, said[0]) for call, choice, said in answers if call.stage == stage]
    answered = [(choice.option, said.text) for call, choice, said in asked if said.text in call.options]
    assert len(answered) >= 20
    assert [option for option, _ in answered] == [text for _, text in answered]
    assert len({option for option, _ in answered}) > 1


def test_draws_are_generations_completions_to_the_letter(
    answers: list[tuple[Call, Choice, list[Completion]]],
) -> None:
    """All of the same seed, but for near-ties that the rounding of another batch decides."""
    pairs = [pair for _, choice, said in answers for pair in zip(choice.drawn, said, strict=True)]
    drawn = [(got, want) for got, want in pairs if got is not None]
    assert len(drawn) > 0.9 * len(pairs)
    assert sum(got != want for got, want in drawn) <= 0.002 * len(drawn)
    assert any(got.finish == "length" for got, _ in drawn)


def test_what_is_not_drawn_is_no_option(answers: list[tuple[Call, Choice, list[Completion]]]) -> None:
    left = [
        (call, want)
        for call, choice, said in answers
        for got, want in zip(choice.drawn, said, strict=True)
        if got is None
    ]
    assert left
    assert not [want.text for call, want in left if want.text in call.options and want.finish == "stop"]


def test_the_mass_is_the_share_of_samples_that_are_options(
    micro: LlamaEngine, answers: list[tuple[Call, Choice, list[Completion]]]
) -> None:
    """At temperature 1, over many samples of one question."""
    call, choice, _ = min(answers, key=lambda answer: answer[1].mass or 1.0)
    assert choice.mass is not None
    prompt = render_prompt(call.prompt)
    said = [c.text for c in micro.generate([Request(str(s), prompt, s, 1.0, LIMIT) for s in range(1500)], None)]
    assert sum(text in call.options for text in said) / len(said) == pytest.approx(choice.mass, abs=0.04)
    for option, score in zip(call.options, choice.scores, strict=True):
        assert said.count(option) / len(said) == pytest.approx(score * choice.mass, abs=0.04)


def test_prompts_of_one_task_share_their_beginning(micro: LlamaEngine, calls: list[Call]) -> None:
    """Or judging them would cost what asking them apart costs."""
    prompts = sorted(tuple(micro.tokenize(render_prompt(call.prompt))) for call in calls)
    alone = sum(map(len, prompts))
    together = len({prompt[:n] for prompt in prompts for n in range(1, len(prompt) + 1)})
    assert together < 0.75 * alone
