"""Gives sequences the cells of their prompts: kept from before, copied from another sequence, or evaluated in chunks.

A chunk is one decode call. Between two of them the sequences that are ready go on, so a long prompt holds nobody up.
In a pool (`loop.inference.layout`) cells are counted, so that whoever begins has all that it may need.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from loop.inference.layout import STREAMS
from loop.inference.native import LlamaContext

Prompt = tuple[int, ...]


@dataclass
class _Load:
    """A prompt on its way into a sequence. done: tokens evaluated; followers: sequences that wait for a copy of it."""

    slot: int
    prompt: Prompt
    done: int = 0
    followers: list[int] = field(default_factory=list)


class Prompts:
    """A sequence is given all of its prompt but the last token, which the step that samples feeds."""

    def __init__(self, context: LlamaContext, sequences: int) -> None:
        self._llama = context
        self._held: list[Prompt] = [()] * sequences  # whose cells are still valid, below what was generated
        self._loads: deque[_Load] = deque()

    def fits(self, prompt: Prompt, tokens: int) -> bool:
        """Whether the pool has room for this prompt and so many tokens, those promised to live sequences included."""
        if self._llama.pool == STREAMS:
            return True
        held = {*self._held, *(load.prompt for load in self._loads), prompt}
        return sum(max(0, len(each) - 1) for each in held) + tokens <= self._llama.pool

    def rest(self, slot: int) -> None:
        """The sequence is done with what it generated. Its prompt stays, for others that want it."""
        if self._llama.pool != STREAMS:
            self._llama.trim(slot, max(0, len(self._held[slot]) - 1))

    def let_go(self, slots: Iterable[int], *, but: Prompt = ()) -> None:
        """These sequences hold nothing any more, but for those with one prompt."""
        for slot in slots:
            if not but or self._held[slot] != but:
                self._llama.trim(slot, 0)
                self._held[slot] = ()

    @property
    def loading(self) -> bool:
        return bool(self._loads)

    @property
    def waiting(self) -> int:
        """Sequences that do not have their prompt yet."""
        return sum(1 + len(load.followers) for load in self._loads)

    def begin(self, slot: int, prompt: Prompt) -> bool:
        """Whether the sequence has its prompt now; otherwise `load` will tell."""
        kept = len(prompt) - 1
        if self._held[slot] == prompt or kept == 0:
            self._llama.trim(slot, kept)
            self._held[slot] = prompt
            return True
        if prompt in self._held:
            self._copy(self._held.index(prompt), slot, prompt)
            return True
        self.let_go([slot])
        for load in self._loads:
            if load.prompt == prompt:
                load.followers.append(slot)
                return False
        self._loads.append(_Load(slot, prompt))
        return False

    def load(self) -> list[int]:
        """Evaluates the next chunk, which may hold several prompts; returns the sequences that have theirs with it."""
        room, parts, complete = self._llama.batch_size, [], []
        for load in self._loads:
            tokens = np.array(load.prompt[load.done : min(len(load.prompt) - 1, load.done + room)], dtype=np.int32)
            positions = np.arange(load.done, load.done + len(tokens), dtype=np.int32)
            parts.append((tokens, positions, np.full(len(tokens), load.slot, dtype=np.int32)))
            load.done += len(tokens)
            room -= len(tokens)
            if load.done == len(load.prompt) - 1:
                complete.append(load)
            if room == 0:
                break
        tokens, positions, slots = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        self._llama.decode(tokens, positions, slots, logits=False)
        ready = []
        for load in complete:
            self._loads.popleft()
            self._held[load.slot] = load.prompt
            for follower in load.followers:
                self._copy(load.slot, follower, load.prompt)
            ready += [load.slot, *load.followers]
        return ready

    def move(self, source: int, target: int) -> None:
        """The target gets all that the source has, what was generated too."""
        self._llama.copy(source, target)
        self._held[target] = self._held[source]

    def cancel(self) -> None:
        """Nobody waits any more. Prompts that are complete stay."""
        self.let_go(load.slot for load in self._loads)
        self._loads.clear()

    def forget(self) -> None:
        """What the sequences hold is no longer valid."""
        self.cancel()
        self._llama.clear()
        self._held = [()] * len(self._held)

    def _copy(self, source: int, target: int, prompt: Prompt) -> None:
        self._llama.trim(target, 0)
        self._llama.copy(source, target)
        self._llama.trim(target, len(prompt) - 1)
        self._held[target] = prompt
