"""Continuous batching: many requests through a few sequences, a free sequence refilled at the next step.

Every step feeds each live sequence exactly one token, so a decode is one rectangular batch. New prompts are evaluated
in a decode of their own, without their last token; requests that share a prompt copy it from a sequence that holds it.
Live sequences are kept at 0..n-1 without holes, because llama.cpp splits a batch where sequence numbers jump.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from loop.inference.messages import Finished, Item
from loop.inference.native import LlamaContext
from loop.inference.sampling import SEED_MASK, sample


class Batcher:
    def __init__(self, context: LlamaContext, *, sequences: int, length: int) -> None:
        self._llama = context
        self._pieces = context.pieces()
        self._ends_turn = context.ends_turn()
        self._pending: deque[Item] = deque()
        self._items: list[Item | None] = [None] * sequences
        self._held: list[tuple[int, ...]] = [()] * sequences  # the prompt in this stream, whose cells are still valid
        self._sequence = np.arange(sequences, dtype=np.int32)
        self._token = np.zeros(sequences, dtype=np.int32)
        self._position = np.zeros(sequences, dtype=np.int32)
        self._generated = np.zeros(sequences, dtype=np.int32)
        self._limit = np.zeros(sequences, dtype=np.int32)
        self._seed = np.zeros(sequences, dtype=np.uint64)
        self._temperature = np.zeros(sequences, dtype=np.float32)
        self._output = np.zeros((sequences, length), dtype=np.int32)
        self._live = 0
        self._holes = False

    @property
    def idle(self) -> bool:
        return not self._pending and self._live == 0 and not self._holes

    def submit(self, items: Iterable[Item]) -> None:
        self._pending.extend(items)

    def cancel(self) -> None:
        """Drops all requests. Prompts already evaluated stay usable."""
        self._pending.clear()
        self._items = [None] * len(self._items)
        self._live, self._holes = 0, False

    def forget(self) -> None:
        """What the streams hold is no longer valid (another adapter is in use)."""
        self._llama.clear()
        self._held = [()] * len(self._held)

    def step(self) -> list[Finished]:
        """One token for every live sequence; returns the requests that ended with it."""
        if self._holes or (self._pending and self._live < len(self._items)):
            self._refill()
        n = self._live
        if n == 0:
            return []
        logits = self._llama.decode(self._token[:n], self._position[:n], self._sequence[:n], logits=True)
        assert logits is not None
        chosen = sample(logits, self._temperature[:n], self._seed[:n], self._generated[:n].astype(np.uint64))
        self._output[self._sequence[:n], self._generated[:n]] = chosen
        self._token[:n] = chosen
        self._position[:n] += 1
        self._generated[:n] += 1
        stopped = self._ends_turn[chosen]
        ended = np.flatnonzero(stopped | (self._generated[:n] >= self._limit[:n]))
        return [self._finish(int(slot), bool(stopped[slot])) for slot in ended]

    def _finish(self, slot: int, stopped: bool) -> Finished:
        item = self._items[slot]
        assert item is not None
        count = int(self._generated[slot])
        shown = self._output[slot, : count - stopped].tolist()
        text = b"".join([self._pieces[token] for token in shown]).decode("utf-8", errors="replace")
        self._items[slot] = None
        self._holes = True
        return Finished(item.key, text, count, stopped)

    def _refill(self) -> None:
        """Pending requests into free sequences; holes that remain are closed from the end."""
        fresh: list[int] = []
        for slot, item in enumerate(self._items):
            if item is None and self._pending:
                self._items[slot] = self._pending.popleft()
                fresh.append(slot)
        live = [slot for slot, item in enumerate(self._items) if item is not None]
        self._live, self._holes = len(live), False
        self._load_prompts(fresh)
        for slot in range(self._live):
            if self._items[slot] is None:
                self._move(live.pop(), slot)

    def _load_prompts(self, fresh: list[int]) -> None:
        """Gives each fresh sequence the cells of its prompt, but for the last token, which the next step feeds."""
        leaders: list[int] = []
        followers: list[tuple[int, int]] = []
        for slot in fresh:
            item = self._items[slot]
            assert item is not None
            self._begin(slot, item)
            kept = len(item.prompt) - 1
            if self._held[slot] == item.prompt:
                self._llama.trim(slot, kept)
                continue
            holder = self._held.index(item.prompt) if item.prompt in self._held else None
            self._held[slot] = item.prompt
            if holder is None:
                self._llama.trim(slot, 0)
                leaders.append(slot)
            elif holder in leaders:  # its cells do not exist yet
                followers.append((holder, slot))
            else:
                self._llama.copy(holder, slot)
                self._llama.trim(slot, kept)
        self._evaluate(leaders)
        for holder, slot in followers:
            self._llama.copy(holder, slot)

    def _begin(self, slot: int, item: Item) -> None:
        self._token[slot] = item.prompt[-1]
        self._position[slot] = len(item.prompt) - 1
        self._generated[slot] = 0
        self._limit[slot] = item.limit
        self._seed[slot] = item.seed & SEED_MASK
        self._temperature[slot] = item.temperature

    def _evaluate(self, slots: list[int]) -> None:
        prompts = [self._held[slot][:-1] for slot in slots]
        if not any(prompts):
            return
        tokens = np.concatenate([np.array(p, dtype=np.int32) for p in prompts])
        positions = np.concatenate([np.arange(len(p), dtype=np.int32) for p in prompts])
        sequences = np.concatenate(
            [np.full(len(p), slot, dtype=np.int32) for slot, p in zip(slots, prompts, strict=True)]
        )
        size = self._llama.batch_size
        for start in range(0, len(tokens), size):
            part = slice(start, start + size)
            self._llama.decode(tokens[part], positions[part], sequences[part], logits=False)

    def _move(self, source: int, target: int) -> None:
        self._llama.copy(source, target)
        self._items[target], self._items[source] = self._items[source], None
        self._held[target] = self._held[source]
        for state in (
            self._token,
            self._position,
            self._generated,
            self._limit,
            self._seed,
            self._temperature,
            self._output,
        ):
            state[target] = state[source]
