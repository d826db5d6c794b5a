"""The engine behind an OpenAI-compatible server: llama_cpp.server, llama-server, vLLM, Ollama.

Prompts are rendered and counted here, as the trainer does it, and completed there. Many requests are under way together
and come back as they finish; what is finished has been delivered when a later one fails, so an interrupted cycle asks
only for the rest. How far a seed reproduces a completion is the server's affair.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from loop.config import EngineSettings
from loop.errors import EngineError
from loop.inference.base_tokenizer import BaseTokenizer
from loop.inference.engine import Choice, Completion, Question, Request
from loop.inference.server.address import address
from loop.inference.server.asking import Asker, Sampling
from loop.inference.server.background import Background
from loop.inference.server.choosing import choose
from loop.inference.server.http import Client
from loop.inference.server.patience import Patience
from loop.inference.server.serving import Served, find, list_served, require_grammar
from loop.inference.server.thinking import think

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_PROMPTS_KEPT = 1 << 14  # whose tokens are counted once: k samples of a task share theirs


class ServerEngine:
    """Implements `loop.inference.engine.Engine`. Use it as a context manager, or call `close`.

    hf_dir: the base in Hugging Face layout, whose tokenizer is used. base: its name here, as in `engine.model`.
    context: tokens a sequence may hold, prompt and completion together. Nothing is sent before the first question.
    Raises ConfigError for settings that make no sense, ModelError for a base without tokenizer.
    """

    def __init__(
        self, hf_dir: Path, base: str, settings: EngineSettings, *, context: int, patience: Patience | None = None
    ) -> None:
        self.context = context
        self._address = address(settings, base)
        self._in_flight = settings.in_flight
        self._patience = patience or Patience(timeout=settings.timeout, retries=settings.retries)
        self._tokenizer = BaseTokenizer(hf_dir)
        self._count = functools.lru_cache(maxsize=_PROMPTS_KEPT)(lambda text: len(self.tokenize(text)))
        self._background: Background | None = None
        self._client: Client | None = None

    def tokenize(self, text: str) -> list[int]:
        return self._tokenizer.tokenize(text)

    def generate(self, requests: Sequence[Request], adapter: Path | None) -> Iterator[Completion]:
        """Completions as they finish. When a request fails after all its attempts no further one is sent: those under
        way are delivered, and then the EngineError is raised. Closing the iterator early cancels the rest."""
        samplings = self._checked(requests)
        if not requests:
            return
        asker = self._asker(adapter)
        if any(request.grammar for request in requests):
            self._loop.call(require_grammar(self._connection, asker.target.dialect))

        async def complete(request: Request) -> Completion:
            sampling = samplings[request.id]
            if request.thinking_budget > 0:
                return await think(asker, request, sampling)
            answer = await asker.ask(request.prompt, sampling)
            tokens = asker.tokens(answer, sampling.stop)
            return Completion(request.id, answer.text, answer.prompt_tokens, tokens, answer.finish)

        yield from self._loop.stream(complete, requests, self._at_once(asker))

    def choose(self, questions: Sequence[Question], adapter: Path | None) -> Iterator[Choice]:
        if len({question.id for question in questions}) < len(questions):
            raise EngineError("two questions have the same id")
        for question in questions:
            self._room(f"question {question.id}", question.prompt)
        if not questions:
            return
        asker = self._asker(adapter)

        async def decide(question: Question) -> Choice:
            return await choose(asker, self._tokenizer, question)

        yield from self._loop.stream(decide, questions, self._at_once(asker))

    def logits(self, tokens: Sequence[int], adapter: Path | None) -> npt.NDArray[np.float32]:
        raise EngineError("a server gives no logits", fix="the parity check uses the in-process engine")

    def served(self) -> list[Served]:
        """What the server has loaded. Raises EngineError when it does not answer."""
        return self._loop.call(list_served(self._connection))

    def close(self) -> None:
        background, client = self._background, self._client
        self._background = self._client = None
        if background is not None and client is not None:
            background.close(client.close)

    def __enter__(self) -> ServerEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _loop(self) -> Background:
        if self._background is None:
            self._background = Background()
        return self._background

    @property
    def _connection(self) -> Client:
        if self._client is None:
            self._client = Client(
                self._address.url, key=self._address.key, patience=self._patience, connections=self._in_flight
            )
        return self._client

    def _asker(self, adapter: Path | None) -> Asker:
        """For this adapter, which the server must have. Raises EngineError."""
        target = self._loop.call(find(self._connection, self._address, adapter))
        if 0 < target.context < self.context:
            raise EngineError(
                f"{self._connection.shown} holds {target.context} tokens a sequence, model.context is {self.context}",
                fix="start it with a longer context (vLLM --max-model-len; llama-server -c, which its slots share), or "
                "lower model.context",
            )
        return Asker(self._connection, target, self._tokenizer, self._count)

    def _at_once(self, asker: Asker) -> int:
        return min(self._in_flight, asker.target.dialect.at_once or self._in_flight)

    def _checked(self, requests: Sequence[Request]) -> dict[str, Sampling]:
        """How each request is sampled, by id. Raises EngineError that names the request at fault."""
        samplings: dict[str, Sampling] = {}
        for request in requests:
            name = f"request {request.id}"
            if request.id in samplings:
                raise EngineError("two requests have the same id")
            if request.max_tokens < 1 or not (0 <= request.temperature < math.inf):
                raise EngineError(f"{name}: max_tokens must be >= 1 and temperature finite and >= 0")
            limit = min(request.max_tokens, self._room(name, request.prompt))
            samplings[request.id] = Sampling(request.seed, request.temperature, limit, request.stop, request.grammar)
        return samplings

    def _room(self, name: str, prompt: str) -> int:
        """Tokens left for an answer."""
        size = self._count(prompt)
        if not size:
            raise EngineError(f"{name}: the prompt is empty")
        if size >= self.context:
            raise EngineError(
                f"{name}: its prompt has {size} tokens, the context is {self.context}",
                fix=f"raise model.context above {size} (prompt and answer share it), or shorten the task",
            )
        return self.context - size
