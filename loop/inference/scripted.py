"""An engine that answers from a script: everything but the model can be run and tested without weights.

It ships with the package, stands behind the same seam as llama.cpp, and never claims to be a model: its logits are
refused, so an adapter cannot pass the parity check against it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from loop.errors import EngineError
from loop.inference.engine import Completion, Request

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
            rng = random.Random(f"{request.seed}:{request.temperature}")
            text = self.script(request, adapter, rng)
            self.served.append(request.id)
            cut = len(text) > request.max_tokens * 4
            yield Completion(
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
