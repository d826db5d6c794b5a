"""Judgments off the logits: the probabilities of whole answers, and exactly what generating them would give."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.chooser import common, plan_tree
from loop.inference.engine import Choice, Question, Request
from loop.inference.llama import LlamaEngine
from loop.inference.messages import Asked, Finished, Item
from loop.inference.options import answered, draw, finished, log_probabilities, option_tree
from loop.inference.plan import TREE_BATCH
from tests.support.random_adapter import random_adapter

OPTIONS = ("sum", "sums", "count of a", "the")  # one begins with another, and one has several tokens


def ask(n: int, options: tuple[str, ...] = OPTIONS) -> list[Question]:
    """Prompts that begin alike in twos and in threes, in no order."""
    prompts = [render_prompt(f"task {k % 3} of {k % 2}: sum {'of the elements ' * (k % 5)}{k}") for k in range(n)]
    return [Question(f"q{k}", prompt, options) for k, prompt in enumerate(prompts)][::-1]


def chosen(engine: LlamaEngine, questions: list[Question], adapter: Path | None = None) -> dict[str, Choice]:
    return {choice.question_id: choice for choice in engine.choose(questions, adapter)}


def by_logits(engine: LlamaEngine, question: Question, adapter: Path | None = None) -> list[float]:
    """log P(option), one token after the other by the plain way."""
    prompt = engine.tokenize(question.prompt)
    ends = [engine.tokenize(text)[0] for text in ("<|im_end|>", "<|endoftext|>")]
    logs = []
    for option in question.options:
        tokens = engine.tokenize(option)
        logits = np.asarray(engine.logits(prompt + tokens, adapter), dtype=np.float64)[len(prompt) - 1 :]
        rows = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        logs.append(sum(rows[i, token] for i, token in enumerate(tokens)) + np.logaddexp.reduce(rows[-1, ends]))
    return logs


def logs_of(choice: Choice) -> list[float]:
    assert choice.mass is not None
    return [math.log(score) + math.log(choice.mass) for score in choice.scores]


def test_scores_are_the_probabilities_of_whole_answers(engine: LlamaEngine) -> None:
    questions = ask(17)
    got = chosen(engine, questions)
    assert set(got) == {question.id for question in questions}
    for question in questions:
        choice = got[question.id]
        assert logs_of(choice) == pytest.approx(by_logits(engine, question), abs=1e-4)
        assert sum(choice.scores) == pytest.approx(1.0)
        assert choice.prompt_tokens == len(engine.tokenize(question.prompt))


def test_an_adapter_judges_otherwise_and_leaves_no_trace(tiny_hf: Path, engine: LlamaEngine, tmp_path: Path) -> None:
    adapter = random_adapter(tiny_hf, tmp_path / "adapter", 5)
    questions = ask(6)
    before = chosen(engine, questions)
    adapted = chosen(engine, questions, adapter)
    for question in questions:
        assert logs_of(adapted[question.id]) == pytest.approx(by_logits(engine, question, adapter), abs=1e-4)
        assert logs_of(adapted[question.id]) != pytest.approx(logs_of(before[question.id]), abs=1e-2)
    again = chosen(engine, questions)
    assert all(logs_of(again[key]) == pytest.approx(logs_of(before[key]), abs=1e-5) for key in before)


def test_greedy_generation_decides_even_where_another_option_is_likelier_as_a_whole() -> None:
    """It takes the likelier first token, though what comes after the other one is more certain."""
    tree = option_tree(((0,), (1,)))
    ends = np.array([False, False, True, False])
    logits = np.log(np.array([[0.5, 0.4, 0.0, 0.1], [0.0, 0.0, 0.6, 0.4], [0.0, 0.0, 0.98, 0.02]]) + 1e-9)
    logits = logits.astype(np.float32)
    assert np.exp(log_probabilities(tree, logits, ends)) == pytest.approx([0.30, 0.392], abs=1e-4)
    ((tokens, left),) = draw(tree, logits, [Item(0, (), 1, 0.0, 9)], ends)
    assert (tokens, left) == ((0, 2), False)
    assert answered(tree, tokens, ends) == 0
    assert answered(tree, (2,), ends) is None  # it said nothing
    assert answered(tree, (0, 3), ends) is None


def test_a_draw_that_goes_on_elsewhere_is_left_to_generation_and_one_that_is_cut_is_known() -> None:
    tree = option_tree(((0, 1), (1,)))
    ends = np.array([False, False, True])
    logits = np.full((4, 3), -50.0, dtype=np.float32)
    logits[[0, 1], [0, 0]] = 50.0  # 0, then 0 again, which no option has
    assert draw(tree, logits, [Item(0, (), 1, 1.0, 9), Item(1, (), 1, 1.0, 1)], ends) == [((0, 0), True), ((0,), False)]
    assert finished(1, (0,), [b"a", b"b", b"<end>"], ends) == Finished(1, "a", 1, False)
    assert finished(1, (0, 2), [b"a", b"b", b"<end>"], ends) == Finished(1, "a", 2, True)


def test_a_choice_does_not_depend_on_its_company(engine: LlamaEngine, tiny_gguf: Path) -> None:
    questions = ask(30)
    together = chosen(engine, questions)
    with LlamaEngine(tiny_gguf, context=192, parallel=1, threads=1) as alone:
        for question in questions[::7]:
            (choice,) = alone.choose([question], None)
            assert choice.option == together[question.id].option
            assert choice.scores == pytest.approx(together[question.id].scores, rel=1e-4)


def test_sampling_and_judging_take_turns_on_one_engine(engine: LlamaEngine) -> None:
    requests = [Request(str(i), render_prompt(f"sum {i}"), i, 1.0, 20) for i in range(6)]
    before = {c.request_id: c.text for c in engine.generate(requests, None)}
    judged = chosen(engine, ask(5))
    assert {c.request_id: c.text for c in engine.generate(requests, None)} == before
    assert chosen(engine, ask(5)) == judged


def test_a_prompt_longer_than_a_decode_is_judged_and_a_full_context_too(tiny_gguf: Path) -> None:
    with LlamaEngine(tiny_gguf, context=2 * TREE_BATCH + 40, parallel=1, threads=1) as engine:
        text = "sum of the array " * 200
        tokens = engine.tokenize(text)
        room = engine.context - max(len(engine.tokenize(option)) for option in OPTIONS)
        longest = next(n for n in range(len(text), 0, -1) if len(engine.tokenize(text[:n])) == room)
        question = Question("long", text[:longest], OPTIONS)
        assert len(tokens) > engine.context > TREE_BATCH
        (choice,) = engine.choose([question], None)
        assert logs_of(choice) == pytest.approx(by_logits(engine, question), abs=1e-4)
        (other,) = engine.choose([Question("next", text[: longest // 2] + " the", OPTIONS)], None)
        assert logs_of(other) == pytest.approx(
            by_logits(engine, Question("", text[: longest // 2] + " the", OPTIONS)), abs=1e-4
        )


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (Question("bad", "x", ("yes",)), "two options"),
        (Question("bad", "x", ("yes", "yes")), "no two alike"),
        (Question("bad", "x", ("yes", "")), "none empty"),
        (Question("bad", "", ("yes", "no")), "prompt is empty"),
        (Question("bad", "sum " * 400, ("yes", "no")), r"\d+ tokens, the context is 192"),
        (Question("bad", "x", tuple(f"{n:04}" for n in range(100))), "too many"),
        (Question("bad", "x", ("yes", "no"), (Request("r", "x", 1, 1.0, 4, stop=("y",)),)), "request r"),
        (Question("bad", "x", ("yes", "no"), (Request("r", "x", 1, -1.0, 4),)), "request r"),
    ],
)
def test_a_question_without_sense_is_refused(engine: LlamaEngine, question: Question, why: str) -> None:
    with pytest.raises(EngineError, match=why):
        list(engine.choose([*ask(2), question], None))
    assert len(chosen(engine, ask(2))) == 2


def test_two_questions_of_one_id_are_refused(engine: LlamaEngine) -> None:
    with pytest.raises(EngineError, match="same id"):
        list(engine.choose([ask(1)[0], ask(1)[0]], None))
    assert list(engine.choose([], None)) == []


def test_closing_early_frees_the_engine(engine: LlamaEngine) -> None:
    stream = engine.choose(ask(200), None)
    next(stream)
    with pytest.raises(EngineError, match="still generating"):
        next(engine.choose(ask(1), None))
    stream.close()  # type: ignore[attr-defined]
    assert len(chosen(engine, ask(3))) == 3


def test_every_token_is_evaluated_once() -> None:
    """A tree by hand: each question's path is whole, and no token stands in it twice."""
    prompts = sorted([(1, 2, 3, 4), (1, 2, 3, 5, 6), (1, 2, 7), (1, 8), (1, 8), (9,)])
    group = [Asked(k, prompt, ((20,), (21, 22))) for k, prompt in enumerate(prompts)]
    trunk = (1, 2, 0)
    plan = plan_tree(group, trunk)
    paths: dict[int, dict[int, int]] = {
        sequence: dict(enumerate(trunk[:length])) for sequence, length in plan.shared.items()
    }
    for token, position, owners in zip(plan.tokens, plan.positions, plan.owners, strict=True):
        for sequence in owners:
            assert len(paths[sequence]) == position  # after its parent, and nothing before it
            paths[sequence][position] = token
    wanted = [(*asked.prompt, *option) for asked in group for option in asked.options]
    assert [tuple(path.values()) for path in paths.values()] == wanted
    assert (plan.held, sum(plan.wanted)) == (2, 4 * len(group))
    prompt_tokens = len(plan.tokens) - 3 * len(group)
    assert prompt_tokens == len({prompt[:n] for prompt in prompts for n in range(1, len(prompt) + 1)}) - 2 + 1
    assert common((1, 2), (1, 2)) == 1


def test_an_option_that_another_begins_with_is_a_node_of_its_own() -> None:
    tree = option_tree(((5,), (5, 6), (7, 8, 9)))
    assert tree.nodes == ((), (5,), (5, 6), (7,), (7, 8), (7, 8, 9))
    assert tree.ends == {1: 0, 2: 1, 5: 2}
    assert tree.leaves == ((0, 1), (0,), (0,), (1,), (1,), (1,))
    assert tree.width == 2
