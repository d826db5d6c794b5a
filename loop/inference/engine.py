"""The seam every engine stands behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Request:
    """One completion to sample. `prompt` is rendered text (chat template applied); temperature 0 is greedy."""

    id: str
    prompt: str
    seed: int
    temperature: float
    max_tokens: int


@dataclass(frozen=True)
class Completion:
    """What came back. `text` excludes the end-of-turn token; `finish`: "length" when max_tokens or the context ran out.

    completion_tokens: tokens sampled, the end-of-turn token included.
    """

    request_id: str
    text: str
    prompt_tokens: int
    completion_tokens: int
    finish: Literal["stop", "length"]


class Engine(Protocol):
    """Samples from one base model with at most one adapter at a time."""

    def tokenize(self, text: str) -> list[int]:
        """Token ids of rendered text, special tokens parsed, no BOS added."""

    def generate(self, requests: Sequence[Request], adapter: Path | None) -> Iterator[Completion]:
        """Completions as they finish, in any order, each request once. `adapter` is a GGUF LoRA or None for the base.

        A request's result depends on its own prompt, seed and temperature, not on what else is in the batch
        (as far as floating point allows). Raises EngineError.
        """

    def logits(self, tokens: Sequence[int], adapter: Path | None) -> npt.NDArray[np.float32]:
        """Logits (len(tokens), vocabulary) of one sequence; for the parity check. Raises EngineError."""

    def close(self) -> None:
        """Ends the worker process and frees the model."""
