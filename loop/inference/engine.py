"""The seam every engine stands behind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Request:
    """One completion to sample. `prompt` is rendered text (chat template applied); temperature 0 is greedy.

    stop: strings that end the answer and are not part of it.
    thinking_budget: tokens after which a thought that is still open is closed for the model, so that it answers;
        0: the prompt leaves it no thought. max_tokens counts the thought's tokens too.
    grammar: GBNF that the answer (behind the thought, if there is one) keeps to; "": free.
    """

    id: str
    prompt: str
    seed: int
    temperature: float
    max_tokens: int
    stop: tuple[str, ...] = ()
    thinking_budget: int = 0
    grammar: str = ""


@dataclass(frozen=True)
class Completion:
    """What came back. `text` excludes the end-of-turn token; `finish`: "length" when max_tokens or the context ran out.

    completion_tokens: tokens sampled, the end-of-turn token included. think_tokens: those of them up to the end of the
    thought, its closing mark included (also where the engine closed it).
    """

    request_id: str
    text: str
    prompt_tokens: int
    completion_tokens: int
    finish: Literal["stop", "length"]
    think_tokens: int = 0


@dataclass(frozen=True)
class Question:
    """A prompt (rendered) whose answer is one of `options`, each told from the others by its first token or tokens.

    draws: completions that are wanted of the same prompt (greedy ones and samples), where an option answers them.
    """

    id: str
    prompt: str
    options: tuple[str, ...]
    draws: tuple[Request, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What greedy generation answers if that is an option, else the likeliest option.

    scores: probability of each option as a whole answer, in their order, normalised over the options.
    mass: what the options have together before that: how probable it is, at temperature 1, that the answer is one of
        them; None where an engine cannot tell.
    drawn: for each of the question's draws the completion that `generate` would give, where that is an option; None
        where it is something else, which has to be generated to know what. Empty where an engine does not draw.
    """

    question_id: str
    option: str
    scores: tuple[float, ...]
    prompt_tokens: int
    mass: float | None = None
    drawn: tuple[Completion | None, ...] = ()

    @property
    def entropy(self) -> float:
        """Shannon entropy of the scores in nats: 0 is certain, log(number of options) is undecided."""
        return -sum(score * math.log(score) for score in self.scores if score > 0)


class Engine(Protocol):
    """Samples from one base model with at most one adapter at a time."""

    def tokenize(self, text: str) -> list[int]:
        """Token ids of rendered text, special tokens parsed, no BOS added."""

    def generate(self, requests: Sequence[Request], adapter: Path | None) -> Iterator[Completion]:
        """Completions as they finish, in any order, each request once. `adapter` is a GGUF LoRA or None for the base.

        A request's result depends on its own prompt, seed and temperature, not on what else is in the batch
        (as far as floating point allows). Raises EngineError.
        """

    def choose(self, questions: Sequence[Question], adapter: Path | None) -> Iterator[Choice]:
        """The option that greedy generation would answer, from the logits of the answer's tokens: nothing is generated.

        Questions whose prompts begin alike share that beginning's cache. In any order, each question once. A draw
        follows from its own request as in `generate`. Raises EngineError.
        """

    def logits(self, tokens: Sequence[int], adapter: Path | None) -> npt.NDArray[np.float32]:
        """Logits (len(tokens), vocabulary) of one sequence; for the parity check. Raises EngineError."""

    def close(self) -> None:
        """Ends the worker process and frees the model."""
