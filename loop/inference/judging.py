"""The parent's side of judging: questions become tokens and go out as neighbours, choices come back.

Scores and mass are formed here from the log-probabilities of whole options (`loop.inference.options` has the formula).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from loop.errors import EngineError
from loop.inference.engine import Choice, Question, Request
from loop.inference.generating import completion_of
from loop.inference.messages import Asked, Chosen, Item
from loop.inference.plan import TREE_OUTPUTS, TREE_SEQUENCES

BLOCK = 32  # questions that a worker is given at a time, at most


def asked_of(
    questions: Sequence[Question], tokenize_many: Callable[[list[str]], list[list[int]]], context: int
) -> list[Asked]:
    """Questions as tokens, checked, in the order of their prompts. Raises EngineError that names the one at fault."""
    if len({question.id for question in questions}) < len(questions):
        raise EngineError("two questions have the same id")
    texts = list(dict.fromkeys(text for question in questions for text in (question.prompt, *question.options)))
    tokens = dict(zip(texts, map(tuple, tokenize_many(texts)), strict=True))
    asked = []
    for key, question in enumerate(questions):
        prompt, options = tokens[question.prompt], tuple(tokens[option] for option in question.options)
        room = context - len(prompt)
        _check(question.id, prompt, options, room, context)
        draws = tuple(_draw(i, request, room) for i, request in enumerate(question.draws))
        asked.append(Asked(key, prompt, options, draws))
    return sorted(asked, key=lambda each: each.prompt)


def blocks(asked: Sequence[Asked], workers: int) -> list[Sequence[Asked]]:
    """What a worker is given at a time. Neighbours stay together, so that the same worker has what their prompts
    share; a few questions are divided over the workers."""
    size = max(1, min(BLOCK, math.ceil(len(asked) / workers)))
    return [asked[start : start + size] for start in range(0, len(asked), size)]


def choice_of(question: Question, done: Chosen, prompt_tokens: int) -> Choice:
    peak = max(done.logs)
    weights = [math.exp(log - peak) for log in done.logs]
    whole = math.fsum(weights)
    return Choice(
        question_id=question.id,
        option=question.options[done.option],
        scores=tuple(weight / whole for weight in weights),
        prompt_tokens=prompt_tokens,
        mass=min(1.0, whole * math.exp(peak)),
        drawn=tuple(
            None if one is None else completion_of(request, one, prompt_tokens)
            for request, one in zip(question.draws, done.drawn, strict=True)
        ),
    )


def _check(name: str, prompt: tuple[int, ...], options: tuple[tuple[int, ...], ...], room: int, context: int) -> None:
    if not prompt:
        raise EngineError(f"question {name}: the prompt is empty")
    if len(set(options)) < max(2, len(options)) or not all(options):
        raise EngineError(f"question {name}: it needs two options at least, no two alike, none empty")
    if len(options) >= TREE_SEQUENCES or sum(map(len, options)) >= TREE_OUTPUTS:
        raise EngineError(f"question {name}: {len(options)} options are too many", fix="have the answer generated")
    if room < max(map(len, options)):
        raise EngineError(
            f"question {name}: its prompt has {len(prompt)} tokens, the context is {context}",
            fix=f"raise model.context above {len(prompt)} (prompt and answer share it), or shorten the task",
        )


def _draw(key: int, request: Request, room: int) -> Item:
    """A completion of the question's own prompt. Raises EngineError for what is no plain draw."""
    if request.max_tokens < 1 or not (0 <= request.temperature < math.inf):
        raise EngineError(f"request {request.id}: max_tokens must be >= 1 and temperature finite and >= 0")
    if request.stop or request.thinking_budget or request.grammar:
        raise EngineError(f"request {request.id}: stop strings, a thought or a grammar want generation")
    return Item(key, (), request.seed, request.temperature, min(room, request.max_tokens))
