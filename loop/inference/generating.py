"""The parent's side of sampling: requests become tokens and go out in groups, completions come back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from loop.errors import EngineError
from loop.inference.engine import Completion, Request
from loop.inference.messages import Finished, Item


def items_of(
    requests: Sequence[Request],
    tokenize_many: Callable[[list[str]], list[list[int]]],
    problems: Callable[[list[str]], list[str]],
    context: int,
) -> list[Item]:
    """Requests as tokens, checked. Raises EngineError that names the request at fault.

    problems: why each of some grammars cannot be read, "" for those that can.
    """
    if len({request.id for request in requests}) < len(requests):
        raise EngineError("two requests have the same id")
    texts = list(dict.fromkeys(request.prompt for request in requests))
    prompts = dict(zip(texts, map(tuple, tokenize_many(texts)), strict=True))
    grammars = list(dict.fromkeys(request.grammar for request in requests if request.grammar))
    wrong = dict(zip(grammars, problems(grammars), strict=True)) if grammars else {}
    items = []
    for key, request in enumerate(requests):
        prompt = prompts[request.prompt]
        room = context - len(prompt)
        _check(request, len(prompt), context)
        if problem := wrong.get(request.grammar):
            raise EngineError(f"request {request.id}: its grammar cannot be read: {problem}", fix="correct the grammar")
        limit = min(room, request.max_tokens)
        wishes = (request.stop, request.thinking_budget, request.grammar)
        items.append(Item(key, prompt, request.seed, request.temperature, limit, *wishes))
    return items


def groups_of(items: Sequence[Item], largest: int) -> list[list[Item]]:
    """Runs of adjacent items with one prompt, so that the same worker gets them and evaluates it once."""
    groups: list[list[Item]] = []
    for item in items:
        if groups and groups[-1][0].prompt is item.prompt and len(groups[-1]) < largest:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def completion_of(request: Request, done: Finished, prompt_tokens: int) -> Completion:
    return Completion(
        request.id, done.text, prompt_tokens, done.tokens, "stop" if done.stopped else "length", done.thought
    )


def _check(request: Request, prompt_tokens: int, context: int) -> None:
    name = f"request {request.id}"
    if not prompt_tokens:
        raise EngineError(f"{name}: the prompt is empty")
    if prompt_tokens >= context:
        raise EngineError(
            f"{name}: its prompt has {prompt_tokens} tokens, the context is {context}",
            fix=f"raise model.context above {prompt_tokens} (prompt and answer share it), or shorten the task",
        )
    if request.max_tokens < 1 or not (0 <= request.temperature < math.inf):
        raise EngineError(f"{name}: max_tokens must be >= 1 and temperature finite and >= 0")
    if request.thinking_budget < 0 or not all(request.stop):
        raise EngineError(f"{name}: thinking_budget must be >= 0 and no stop string empty")
