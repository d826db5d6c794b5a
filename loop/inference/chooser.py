"""Answers with given options, read off the logits: one pass for many questions, and nothing is generated.

Questions come in the order of their prompts' tokens, so that each shares the longest beginning with the one before it.
As many as a decode should hold are put together: the tokens of their prompts, and behind each prompt the tokens of its
options, as one tree of which every token is evaluated once. The last prompt stays in the cache for the next group.
"""

from __future__ import annotations

import bisect
import itertools
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from loop.inference.messages import Asked, Chosen, Item
from loop.inference.options import Bools, OptionTree, answered, draw, finished, log_probabilities, option_tree
from loop.inference.plan import TREE_BATCH, TREE_OUTPUTS, TREE_SEQUENCES
from loop.inference.sampling import FloatBlock
from loop.inference.tree import TreeContext

_TRUNK = 0  # the sequence that holds the last prompt
_GREEDY = Item(0, (), 0, 0.0, 1 << 30)


class Chooser:
    def __init__(self, tree: TreeContext, pieces: list[bytes], ends_turn: Bools) -> None:
        self._llama = tree
        self._pieces = pieces
        self._ends_turn = ends_turn
        self._pending: deque[Asked] = deque()
        self._trunk: tuple[int, ...] = ()

    @property
    def idle(self) -> bool:
        return not self._pending

    def submit(self, questions: Iterable[Asked], adapter: Path | None) -> None:
        """Questions to be answered with this adapter, which is that of all that are waiting."""
        if self._llama.use_adapter(adapter):
            self.forget()
        self._pending.extend(questions)

    def cancel(self) -> None:
        """Drops all questions. What is in the cache stays usable."""
        self._pending.clear()

    def forget(self) -> None:
        """What the cache holds is no longer valid."""
        self._llama.clear()
        self._trunk = ()

    def step(self) -> list[Chosen]:
        """Answers the next questions that go together into a decode."""
        group = self._take()
        plan = plan_tree(group, self._trunk)
        self._trunk = ()  # not to be relied on, should the decode fail
        self._llama.trim(_TRUNK, plan.held)
        for sequence, length in plan.shared.items():
            self._llama.share(_TRUNK, sequence, length)
        logits = self._evaluate(plan)
        chosen, row = [], 0
        for asked in group:
            tree = option_tree(asked.options)
            chosen.append(self._judge(asked, tree, logits[row : row + len(tree.nodes)]))
            row += len(tree.nodes)
        self._hold(group[-1].prompt, plan)
        return chosen

    def logits(self, tokens: Sequence[int], adapter: Path | None) -> FloatBlock:
        """Logits (len(tokens), vocabulary) of one sequence. Questions are dropped, and what the cache held is gone."""
        self.cancel()
        self._llama.use_adapter(adapter)
        self.forget()
        parts = []
        for start in range(0, len(tokens), TREE_OUTPUTS):
            part = tokens[start : start + TREE_OUTPUTS]
            places = range(start, start + len(part))
            parts.append(self._llama.decode(part, places, [(_TRUNK,)] * len(part), [True] * len(part)).copy())
        self.forget()
        return np.concatenate(parts)

    def _take(self) -> list[Asked]:
        """The next question, and those behind it that still fit."""
        group: list[Asked] = []
        tokens, outputs, sequences, before = 0, 0, 1, self._trunk
        while self._pending:
            asked = self._pending[0]
            tree = option_tree(asked.options)
            tokens += len(asked.prompt) - common(before, asked.prompt) + len(tree.nodes) - 1
            outputs += len(tree.nodes)
            sequences += tree.width
            if group and (tokens > TREE_BATCH or outputs > TREE_OUTPUTS or sequences > TREE_SEQUENCES):
                break
            group.append(self._pending.popleft())
            before = asked.prompt
        return group

    def _evaluate(self, plan: Plan) -> FloatBlock:
        """Logits of the wanted tokens, in the plan's order."""
        parts = []
        for start in range(0, len(plan.tokens), TREE_BATCH):
            part = slice(start, start + TREE_BATCH)
            found = self._llama.decode(plan.tokens[part], plan.positions[part], plan.owners[part], plan.wanted[part])
            parts.append(found if len(plan.tokens) <= TREE_BATCH else found.copy())
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _hold(self, prompt: tuple[int, ...], plan: Plan) -> None:
        """The last prompt becomes the trunk; all else is let go."""
        self._llama.trim(_TRUNK, 0)
        self._llama.share(plan.last, _TRUNK, len(prompt))
        for sequence in plan.shared:
            self._llama.trim(sequence, 0)
        self._trunk = prompt

    def _judge(self, asked: Asked, tree: OptionTree, logits: FloatBlock) -> Chosen:
        logs = log_probabilities(tree, logits, self._ends_turn)
        drawn = draw(tree, logits, (_GREEDY, *asked.draws), self._ends_turn)
        said = answered(tree, drawn[0][0], self._ends_turn)
        best = int(np.argmax(logs)) if said is None else said
        completions = [
            None if left else finished(key, tokens, self._pieces, self._ends_turn)
            for key, (tokens, left) in enumerate(drawn[1:])
        ]
        return Chosen(asked.key, best, logs, tuple(completions))


@dataclass
class Plan:
    """A group as one tree. held: tokens of the trunk that its first prompt begins with; shared: sequence -> tokens of
    the trunk that it begins with. The tokens to be evaluated have positions, sequences that own them, and whether
    their logits are wanted: of each question the end of its prompt, then the nodes of its options. last: a sequence
    that holds the whole last prompt.
    """

    held: int
    last: int
    shared: dict[int, int] = field(default_factory=dict)
    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    owners: list[tuple[int, ...]] = field(default_factory=list)
    wanted: list[bool] = field(default_factory=list)

    def add(self, tokens: Sequence[int], start: int, owners: tuple[int, ...]) -> None:
        self.tokens += tokens
        self.positions += range(start, start + len(tokens))
        self.owners += [owners] * len(tokens)
        self.wanted += [False] * len(tokens)


def plan_tree(group: Sequence[Asked], trunk: tuple[int, ...]) -> Plan:
    """Where every token of the questions goes; `trunk` is what sequence 0 holds."""
    befores = [trunk, *(asked.prompt for asked in group)]
    depths = [common(before, asked.prompt) for before, asked in zip(befores, group, strict=False)]
    trees = [option_tree(asked.options) for asked in group]
    firsts = list(itertools.accumulate((tree.width for tree in trees), initial=_TRUNK + 1))
    owned = [tuple(range(first, first + tree.width)) for first, tree in zip(firsts, trees, strict=False)]
    plan = Plan(held=depths[0], last=owned[-1][0])
    for own, held in zip(owned, itertools.accumulate(depths, min), strict=True):
        plan.shared |= dict.fromkeys(own, held)
    for k, asked in enumerate(group):
        end, tree = len(asked.prompt), trees[k]
        for start, stop, owners in _stretches(k, depths, owned, end):
            plan.add(asked.prompt[start:stop], start, owners)
        plan.wanted[-1] = True
        for node, leaves in zip(tree.nodes[1:], tree.leaves[1:], strict=True):
            plan.add(node[-1:], end + len(node) - 1, tuple(owned[k][leaf] for leaf in leaves))
            plan.wanted[-1] = True
    return plan


def _stretches(
    k: int, depths: Sequence[int], owned: Sequence[tuple[int, ...]], end: int
) -> list[tuple[int, int, tuple[int, ...]]]:
    """Of question k's prompt what is its own and not an earlier one's: (start, stop, sequences that share it)."""
    found, owners, stop, reach = [], owned[k], end, end
    for later in range(k + 1, len(depths)):
        reach = min(reach, depths[later])
        if reach <= depths[k]:
            break
        if reach < stop:
            found.append((reach, stop, owners))
            stop = reach
        owners += owned[later]
    return [(depths[k], stop, owners), *reversed(found)]


def common(before: tuple[int, ...], prompt: tuple[int, ...]) -> int:
    """How many tokens a prompt begins with as the one before it does; its last never counts, for its logits are wanted
    anew."""
    most = min(len(before), len(prompt) - 1)
    return bisect.bisect_left(range(most), True, key=lambda n: before[: n + 1] != prompt[: n + 1])
