"""What parent and worker hand to one another; apart, so that the parent does not load llama.cpp to name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A request with its prompt as tokens. `limit`: tokens it may generate, at least 1 (context taken into account).
    The rest is as in `loop.inference.engine.Request`."""

    key: int
    prompt: tuple[int, ...]
    seed: int
    temperature: float
    limit: int
    stop: tuple[str, ...] = ()
    thinking_budget: int = 0
    grammar: str = ""


@dataclass(frozen=True)
class Finished:
    """`tokens` counts what was sampled, the end-of-turn token included; `stopped` says whether there was one, or a stop
    string. `thought`: those of the tokens that are the thought's."""

    key: int
    text: str
    tokens: int
    stopped: bool
    thought: int = 0


@dataclass(frozen=True)
class Asked:
    """A question as tokens. draws: what is wanted of the same prompt; their prompts are not looked at."""

    key: int
    prompt: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]
    draws: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """option: index of it. logs: log-probability of each option as a whole answer. drawn: for each draw, by its index;
    `key` of each is that index too."""

    key: int
    option: int
    logs: tuple[float, ...]
    drawn: tuple[Finished | None, ...]
