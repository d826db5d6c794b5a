"""A thought with a budget, on a server that knows none: asked for first, closed if need be, and then answered upon.

The first call samples the thought, with its closing mark as a stop string and the budget as the most tokens. The
second goes on behind the closed thought; stop strings and grammar are the answer's, so only it has them. A server that
does not say whether the mark or the end of the turn ended the first call is taken to have met the mark: a model that
ends its turn in mid-thought is given an answer there, where the in-process engine returns the open thought.
"""

from __future__ import annotations

import dataclasses

from loop.inference.chat import THINK_END, THINK_START
from loop.inference.engine import Completion, Request
from loop.inference.server.asking import Asker, Sampling

AFTER = "\n\n"  # between a closed thought and the answer, as in the chat format


async def think(asker: Asker, request: Request, sampling: Sampling) -> Completion:
    """Raises EngineError. sampling.max_tokens: of thought and answer together."""
    budget = min(request.thinking_budget, sampling.max_tokens)
    stop = (THINK_END,)
    first = await asker.ask(request.prompt, dataclasses.replace(sampling, max_tokens=budget, stop=stop, grammar=""))
    used = asker.tokens(first, stop)
    if not first.text.lstrip().startswith(THINK_START):
        return await _unthinking(asker, request, sampling)
    if first.finish == "stop" and not asker.stopped_by_string(first):
        return Completion(request.id, first.text, first.prompt_tokens, used, "stop", think_tokens=used)
    thought = first.text + ("" if first.text.endswith("\n") else "\n") + THINK_END
    think_tokens, taken = asker.size(thought), asker.size(thought + AFTER)
    if taken >= sampling.max_tokens:
        text = first.text if first.finish == "length" else thought
        return Completion(request.id, text, first.prompt_tokens, used, "length", think_tokens=used)
    rest = dataclasses.replace(sampling, max_tokens=sampling.max_tokens - taken, seed=sampling.seed + 1)
    second = await asker.ask(request.prompt + thought + AFTER, rest)
    return Completion(
        request.id,
        thought + AFTER + second.text,
        first.prompt_tokens,
        taken + asker.tokens(second, sampling.stop),
        second.finish,
        think_tokens,
    )


async def _unthinking(asker: Asker, request: Request, sampling: Sampling) -> Completion:
    """The model answers without a thought: asked as if it had no budget, so that stop strings and grammar hold."""
    answer = await asker.ask(request.prompt, sampling)
    tokens = asker.tokens(answer, sampling.stop)
    return Completion(request.id, answer.text, answer.prompt_tokens, tokens, answer.finish)
