"""Continuous batching: many requests through a few sequences, a free sequence refilled at the next step.

Every step feeds each live sequence exactly one token, so a decode is one rectangular batch, and evaluates a chunk of
the prompts that other sequences wait for (`loop.inference.prompts`); while most wait, the few do too. At the end, when
nothing is left to refill, the live sequences are moved together: llama.cpp splits a batch where sequence numbers jump.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from loop.inference.layout import STREAMS
from loop.inference.messages import Finished, Item
from loop.inference.native import LlamaContext
from loop.inference.prompts import Prompts
from loop.inference.sampling import SEED_MASK, BoolRow, FloatBlock, IntRow, row_keys, sample_keyed
from loop.inference.watch import CLOSING, GAP, Watch, is_watched


class Batcher:
    def __init__(self, context: LlamaContext, *, sequences: int, length: int) -> None:
        self._llama = context
        self._pieces = context.pieces()
        self._ends_turn = context.ends_turn()
        self._closing, self._gap = context.tokenize(CLOSING), context.tokenize(GAP)
        self.grammars = context.grammars()
        self._prompts = Prompts(context, sequences)
        self._pending: deque[Item] = deque()
        self._items: list[Item | None] = [None] * sequences
        self._watches: dict[int, Watch] = {}
        self._live = np.zeros(sequences, dtype=np.bool_)
        self._rows: IntRow = np.empty(0, dtype=np.int32)  # the live sequences
        self._token = np.zeros(sequences, dtype=np.int32)
        self._position = np.zeros(sequences, dtype=np.int32)
        self._generated = np.zeros(sequences, dtype=np.int32)
        self._limit = np.zeros(sequences, dtype=np.int32)
        self._keys = np.zeros((sequences, length), dtype=np.uint64)  # of the noise, for each token to come
        self._temperature = np.zeros(sequences, dtype=np.float32)
        self._output = np.zeros((sequences, length), dtype=np.int32)

    @property
    def idle(self) -> bool:
        return not self._pending and not any(item is not None for item in self._items)

    def submit(self, items: Iterable[Item]) -> None:
        self._pending.extend(items)

    def cancel(self) -> None:
        """Drops all requests. Prompts already evaluated stay usable."""
        self._pending.clear()
        self._prompts.cancel()
        for slot in range(len(self._items)):
            self._free(slot)
        self._see_live()

    def forget(self) -> None:
        """What the sequences hold is no longer valid (another adapter is in use)."""
        self._prompts.forget()

    def arrange(self, pool: int) -> None:
        """As `LlamaContext.arrange`, while nothing is asked."""
        if self._llama.arrange(pool):
            self._prompts.forget()

    def step(self) -> list[Finished]:
        """One token for every live sequence; returns the requests that ended with it."""
        if self._pending:
            self._refill()
        if self._prompts.loading:
            self._live[self._prompts.load()] = True
            self._see_live()
            if self._prompts.waiting > self._rows.size:
                return []  # a step for the few would cost nearly what it costs for all
        elif not self._pending and self._llama.pool == STREAMS:
            self._close_holes()
        rows = self._rows
        if rows.size == 0:
            return []
        logits = self._llama.decode(self._token[rows], self._position[rows], rows, logits=True)
        assert logits is not None
        steps = self._generated[rows]
        chosen = sample_keyed(logits, self._temperature[rows], self._keys[rows, steps])
        cut = self._follow(rows, chosen, logits) if self._watches else False
        self._output[rows, steps] = chosen
        self._token[rows] = chosen
        self._position[rows] += 1
        self._generated[rows] += 1
        stopped = self._ends_turn[chosen]
        ended = np.flatnonzero(stopped | cut | (steps + 1 >= self._limit[rows]))
        finished = [self._finish(int(rows[i]), bool(stopped[i])) for i in ended]
        if finished:
            self._see_live()
        return finished

    def _follow(self, rows: IntRow, chosen: IntRow, logits: FloatBlock) -> BoolRow:
        """Puts what thoughts and grammars want in place of what was drawn. (rows,) where a stop string was seen."""
        cut = np.zeros(len(rows), dtype=np.bool_)
        for i, slot in enumerate(rows.tolist()):
            if slot in self._watches:
                chosen[i] = self._watches[slot].follow(int(chosen[i]), logits[i])
                cut[i] = self._watches[slot].cut is not None
        return cut

    def _finish(self, slot: int, stopped: bool) -> Finished:
        item, watch = self._items[slot], self._watches.get(slot)
        assert item is not None
        count = int(self._generated[slot])
        shown = self._output[slot, : count - stopped].tolist()
        text = b"".join([self._pieces[token] for token in shown])
        thought = 0
        if watch is not None:
            text, thought, stopped = text[: watch.cut], watch.thought, stopped or watch.cut is not None
        self._free(slot)
        return Finished(item.key, text.decode("utf-8", errors="replace"), count, stopped, thought)

    def _refill(self) -> None:
        """Pending requests into free sequences, as far as there is room for all that they may become."""
        free = [slot for slot, item in enumerate(self._items) if item is None]
        for i, slot in enumerate(free[: len(self._pending)]):
            item = self._pending[0]
            if not self._fits(item):
                self._prompts.let_go(free[i:], but=item.prompt)
                if not self._fits(item):
                    break
            self._begin(slot, self._pending.popleft())
        if free:
            self._see_live()

    def _fits(self, item: Item) -> bool:
        promised = sum(live.limit for live in self._items if live is not None)
        return self._prompts.fits(item.prompt, promised + item.limit)

    def _close_holes(self) -> None:
        """The last live sequences into the places of those that ended."""
        live = self._rows.tolist()
        if not live or live[-1] == len(live) - 1:
            return
        for hole in range(len(live)):
            if self._items[hole] is None:
                self._move(live.pop(), hole)
        self._see_live()

    def _begin(self, slot: int, item: Item) -> None:
        grammar = self.grammars.begin(item.grammar) if item.grammar else None
        if is_watched(item):
            self._watches[slot] = Watch(item, grammar, self._pieces, self._closing, self._gap)
        self._items[slot] = item
        self._token[slot] = item.prompt[-1]
        self._position[slot] = len(item.prompt) - 1
        self._generated[slot] = 0
        self._limit[slot] = item.limit
        seed = np.array([item.seed & SEED_MASK], dtype=np.uint64)
        self._keys[slot, : item.limit] = row_keys(seed, np.arange(item.limit, dtype=np.uint64))
        self._temperature[slot] = item.temperature
        self._live[slot] = self._prompts.begin(slot, item.prompt)

    def _free(self, slot: int) -> None:
        if self._items[slot] is not None:
            self._prompts.rest(slot)
        self._items[slot] = None
        self._live[slot] = False
        watch = self._watches.pop(slot, None)
        if watch is not None:
            watch.close()

    def _see_live(self) -> None:
        self._rows = np.flatnonzero(self._live).astype(np.int32)

    def _move(self, source: int, target: int) -> None:
        self._prompts.move(source, target)
        self._items[target], self._items[source] = self._items[source], None
        self._live[target], self._live[source] = True, False
        if source in self._watches:
            self._watches[target] = self._watches.pop(source)
        for state in (
            self._token,
            self._position,
            self._generated,
            self._limit,
            self._keys,
            self._temperature,
            self._output,
        ):
            state[target] = state[source]
