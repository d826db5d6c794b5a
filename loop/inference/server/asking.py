"""One request to a completions endpoint, and what its answer must agree with.

The prompt is rendered text, as the trainer renders it: the server applies no template. It must count the prompt's
tokens as the base's own tokenizer does. A server that adds a template or a BOS, cuts long prompts, or holds another
model does not, and nothing of what it says would be about this base.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loop.errors import EngineError
from loop.inference.base_tokenizer import BaseTokenizer
from loop.inference.chat import DOCUMENT_END, TURN_END
from loop.inference.server.answers import Answer, read_answer
from loop.inference.server.dialects import grammar_fields
from loop.inference.server.http import Client
from loop.inference.server.serving import Target

SEED_MASK = 0x7FFF_FFFF  # llama.cpp's seeds have 32 bits, the largest of which asks for a random one


@dataclass(frozen=True)
class Sampling:
    """How an answer is drawn; as in `loop.inference.engine.Request`. max_tokens: what there is room for."""

    seed: int
    temperature: float
    max_tokens: int
    stop: Sequence[str] = ()
    grammar: str = ""


class Asker:
    """Asks one target. size(text): how many tokens a text has, by the base's own tokenizer."""

    def __init__(self, client: Client, target: Target, tokenizer: BaseTokenizer, size: Callable[[str], int]) -> None:
        self._client, self.target, self._tokenizer, self.size = client, target, tokenizer, size
        self._extra: dict[str, Any] = {}
        if target.dialect.name == "vllm":  # it stops at what the model's configuration says, which may be one of them
            self._extra["stop_token_ids"] = [tokenizer.id(TURN_END), tokenizer.id(DOCUMENT_END)]

    async def ask(self, prompt: str, sampling: Sampling, extra: Mapping[str, Any] | None = None) -> Answer:
        """Raises EngineError: no answer, a strange one, another count of the prompt's tokens, or an answer that ended
        because the server's context is shorter than was agreed."""
        dialect = self.target.dialect
        body = {
            "model": self.target.model,
            "prompt": self._tokenizer.normalised(prompt),
            "seed": sampling.seed & SEED_MASK,
            "temperature": sampling.temperature,
            "max_tokens": sampling.max_tokens,
            "top_p": 1.0,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            "stream": False,
            **({"stop": list(sampling.stop)} if sampling.stop else {}),
            **dialect.sampling,
            **grammar_fields(dialect, sampling.grammar),
            **self.target.fields,
            **self._extra,
            **(extra or {}),
        }
        answer = read_answer(await self._client.post("/completions", body), self._client.shown)
        self._check(prompt, sampling, answer)
        return answer

    def tokens(self, answer: Answer, stop: Sequence[str]) -> int:
        """Tokens sampled, the one that ended the turn included."""
        ended = answer.finish == "stop" and not (stop and self.stopped_by_string(answer))
        return answer.completion_tokens + (ended and not self.target.dialect.counts_end)

    def stopped_by_string(self, answer: Answer) -> bool:
        """Whether an answer with finish "stop" to a request with stop strings was ended by one of them, and not by the
        end of the turn. A server that does not tell is taken to have found the string.
        """
        if answer.stop_reason is not None:
            return bool(answer.stop_reason)
        if self.target.dialect.counts_end:
            return True
        return answer.completion_tokens > self.size(answer.text)  # llama_cpp.server counts the string, not the end

    def _check(self, prompt: str, sampling: Sampling, answer: Answer) -> None:
        own, url = self.size(prompt), self._client.shown
        if answer.prompt_tokens != own:
            raise EngineError(
                f"{url} read a prompt as {answer.prompt_tokens} tokens; the base's own tokenizer says {own}",
                fix="it must serve this base, with no template and no BOS added to completions (Ollama: "
                "TEMPLATE {{ .Prompt }}), and a context of at least model.context, so that no prompt is cut",
            )
        if answer.finish == "length" and answer.completion_tokens < sampling.max_tokens:
            raise EngineError(
                f"{url} ended an answer after {answer.completion_tokens} of {sampling.max_tokens} tokens: its context "
                f"is shorter than the {own + sampling.max_tokens} that model.context promises",
                fix="start it with a longer context (vLLM --max-model-len, llama-server -c for all slots together, "
                "llama_cpp.server --n_ctx, Ollama num_ctx), or lower model.context",
            )
