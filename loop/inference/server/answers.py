"""What a completions endpoint answers, read strictly: a document of another shape is an EngineError, never a guess.

The log-probabilities come in two forms: OpenAI's older one, a mapping from token text (vLLM, llama_cpp.server), and the
one of its chat endpoint, a list with ids or bytes (llama-server, Ollama).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from loop.errors import EngineError

_TOKEN_ID = "token_id:"  # how vLLM writes a token when ids are asked for


@dataclass(frozen=True)
class TokenScore:
    """The log-probability of a token, which is told by its id where the server gives it, else by its text."""

    logprob: float
    id: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Answer:
    """One completion. stop_reason: the stop string that ended it, "" for another reason, None where the server does not
    tell. scores: of the likeliest tokens at the first position, where they were asked for."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish: Literal["stop", "length"]
    stop_reason: str | None = None
    scores: tuple[TokenScore, ...] = ()


def read_answer(document: Any, url: str) -> Answer:
    """Raises EngineError that names what is missing."""
    try:
        choice, usage = document["choices"][0], document["usage"]
        finish = choice["finish_reason"]
        if finish not in ("stop", "length"):
            raise _strange(url, f"finish_reason is {finish!r}")
        return Answer(
            text=_typed(choice["text"], str),
            prompt_tokens=_typed(usage["prompt_tokens"], int),
            completion_tokens=_typed(usage["completion_tokens"], int),
            finish=finish,
            stop_reason=_stop_reason(choice),
            scores=_scores(choice.get("logprobs")),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _strange(url, f"{type(error).__name__} {error}") from error


def _stop_reason(choice: Mapping[str, Any]) -> str | None:
    """vLLM's field: the string, a token's id, or null for the end of the turn. Others have none."""
    if "stop_reason" not in choice:
        return None
    reason = choice["stop_reason"]
    return reason if isinstance(reason, str) else ""


def _scores(logprobs: Any) -> tuple[TokenScore, ...]:
    if not logprobs:
        return ()
    content = logprobs.get("content")
    if content:
        first = content[0]
        return tuple(_entry(row) for row in (first, *first.get("top_logprobs", ())))
    top = logprobs.get("top_logprobs")
    return tuple(_pair(token, float(logprob)) for token, logprob in top[0].items()) if top else ()


def _entry(row: Mapping[str, Any]) -> TokenScore:
    return TokenScore(float(row["logprob"]), row.get("id"), row["token"])


def _pair(token: str, logprob: float) -> TokenScore:
    if token.startswith(_TOKEN_ID):
        return TokenScore(logprob, int(token.removeprefix(_TOKEN_ID)))
    return TokenScore(logprob, None, token)


def _typed(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{value!r} where {kind.__name__} was due")
    return value


def _strange(url: str, what: str) -> EngineError:
    return EngineError(
        f"{url} answered with no completion in OpenAI's form: {what}",
        fix="engine.url must be the address of a server with /v1/completions (chat alone is not enough)",
    )
