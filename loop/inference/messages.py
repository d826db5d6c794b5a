"""What parent and worker hand to one another; apart, so that the parent does not load llama.cpp to name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A request with its prompt as tokens. `limit`: tokens it may generate, at least 1 (context taken into account)."""

    key: int
    prompt: tuple[int, ...]
    seed: int
    temperature: float
    limit: int


@dataclass(frozen=True)
class Finished:
    """`tokens` counts what was sampled, the end-of-turn token included; `stopped` says whether there was one."""

    key: int
    text: str
    tokens: int
    stopped: bool
