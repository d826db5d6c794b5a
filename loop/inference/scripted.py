"""An engine that answers from a script: everything but the model can be run and tested without weights.

It ships with the package, stands behind the same seam as llama.cpp, and never claims to be a model: its logits are
refused, so an adapter cannot pass the parity check against it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from loop.errors import EngineError
from loop.inference.engine import Choice, Completion, Question, Request

Script = Callable[[Request, Path | None, random.Random], str]


class ScriptedEngine:
    """Answers a request with `script(request, adapter, rng)`; `rng` follows from the request's seed and temperature."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.served: list[str] = []  # request ids in the order in which they were answered

    def tokenize(self, text: str) -> list[int]:
        return list(text.encode())

    def generate(self, requests: Sequence[Request], adapter: Path | None) -> Iterator[Completion]:
        for request in requests:
            yield self._completion(request, self._said(request, adapter))

    def choose(self, questions: Sequence[Question], adapter: Path | None) -> Iterator[Choice]:
        """A script has no probabilities: what it says greedily and to the draws is counted instead."""
        for question in questions:
            greedy = [Request(question.id, question.prompt, 0, 0.0, 1)]
            asked = sorted(question.draws or greedy, key=lambda request: request.temperature)
            said = {request.id: self._said(request, adapter) for request in asked}
            counts = [list(said.values()).count(option) for option in question.options]
            known = sum(counts)
            first = said[asked[0].id]
            yield Choice(
                question_id=question.id,
                option=first if first in question.options else question.options[counts.index(max(counts))],
                scores=tuple(n / known if known else 1 / len(counts) for n in counts),
                prompt_tokens=len(question.prompt) // 4,
                mass=known / len(said),
                drawn=tuple(
                    self._completion(request, said[request.id]) if said[request.id] in question.options else None
                    for request in question.draws
                ),
            )

    def _said(self, request: Request, adapter: Path | None) -> str:
        return self.script(request, adapter, random.Random(f"{request.seed}:{request.temperature}"))

    def _completion(self, request: Request, text: str) -> Completion:
        self.served.append(request.id)
        cut = len(text) > request.max_tokens * 4
        return Completion(
            request_id=request.id,
            text=text[: request.max_tokens * 4],
            prompt_tokens=len(request.prompt) // 4,
            completion_tokens=min(request.max_tokens, len(text) // 4 + 1),
            finish="length" if cut else "stop",
        )

    def logits(self, tokens: Sequence[int], adapter: Path | None) -> list[list[float]]:
        raise EngineError("a scripted engine has no logits", fix="use a profile with a real model")

    def close(self) -> None:
        """Nothing to end."""
