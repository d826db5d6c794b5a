"""A few given answers as a tree of tokens: how probable each is, and whether a draw ends in one of them.

The probability that a model writes an option o = (t_1, ..., t_n), and then ends, after a prompt x is the product along
its tokens (the chain rule; as in Brown et al. 2020, "Language Models are Few-Shot Learners", section 2.4, which
compares the likelihood of whole answers):

    P(o | x) = p(t_1 | x) p(t_2 | x, t_1) ... p(t_n | x, t_1 .. t_(n-1)) * sum over e of p(e | x, o)

with e the tokens that end a turn. The end belongs to it: else an option that another begins with would always win, and
one after which the model goes on talking would count as an answer.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from loop.inference.messages import Finished, Item
from loop.inference.sampling import SEED_MASK, FloatBlock, sample

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Tokens = tuple[int, ...]


@dataclass(frozen=True)
class OptionTree:
    """Nodes are what options begin with: node 0 is nothing, a node's parent comes before it.

    nodes: the tokens up to each node. children: for each node, next token -> node. ends: node -> the option that ends
    there. leaves: for each node, the numbers of the leaves under it (or of itself); `width` leaves in all.
    """

    nodes: tuple[Tokens, ...]
    children: tuple[dict[int, int], ...]
    ends: dict[int, int]
    leaves: tuple[tuple[int, ...], ...]
    width: int


@functools.lru_cache(maxsize=256)
def option_tree(options: tuple[Tokens, ...]) -> OptionTree:
    """The tree of options, each of at least one token, no two alike."""
    nodes = sorted({option[:n] for option in options for n in range(len(option) + 1)})
    number = {node: i for i, node in enumerate(nodes)}
    children: tuple[dict[int, int], ...] = tuple({} for _ in nodes)
    for node, i in number.items():
        if node:
            children[number[node[:-1]]][node[-1]] = i
    tips = [node for node in nodes if not children[number[node]]]
    leaves = tuple(tuple(k for k, tip in enumerate(tips) if tip[: len(node)] == node) for node in nodes)
    ends = {number[option]: k for k, option in enumerate(options)}
    return OptionTree(tuple(nodes), children, ends, leaves, len(tips))


def log_probabilities(tree: OptionTree, logits: FloatBlock, ends_turn: Bools) -> tuple[float, ...]:
    """log P(o | x) of each option. logits: (nodes, vocabulary), what comes after each node."""
    peak = logits.max(axis=1)
    whole = peak + np.log(np.exp(logits - peak[:, None]).sum(axis=1, dtype=np.float64))
    found = {0: 0.0}
    logs = [0.0] * len(tree.ends)
    for node, following in enumerate(tree.children):
        for token, child in following.items():
            found[child] = found[node] + float(logits[node, token] - whole[node])
        if node in tree.ends:
            last = logits[node, ends_turn].astype(np.float64)
            logs[tree.ends[node]] = found[node] + float(np.logaddexp.reduce(last) - whole[node])
    return tuple(logs)


def draw(tree: OptionTree, logits: FloatBlock, items: Sequence[Item], ends_turn: Bools) -> list[tuple[Tokens, bool]]:
    """For each item the tokens that generating it would sample, and whether that goes on elsewhere than the tree knows.

    Its noise is that of generation (`loop.inference.sampling`), so it is the same draw and not one like it. logits: as
    for `log_probabilities`.
    """
    drawn: list[list[int]] = [[] for _ in items]
    left = [False] * len(items)
    at = dict.fromkeys(range(len(items)), 0)
    while at:
        live = list(at)
        tokens = sample(
            logits[[at[i] for i in live]],
            np.array([items[i].temperature for i in live], dtype=np.float32),
            np.array([items[i].seed & SEED_MASK for i in live], dtype=np.uint64),
            np.array([len(drawn[i]) for i in live], dtype=np.uint64),
        )
        for i, token in zip(live, tokens.tolist(), strict=True):
            drawn[i].append(token)
            child = tree.children[at[i]].get(token)
            if ends_turn[token] or len(drawn[i]) >= items[i].limit:
                del at[i]
            elif child is None:
                left[i] = True
                del at[i]
            else:
                at[i] = child
    return list(zip(map(tuple, drawn), left, strict=True))


def answered(tree: OptionTree, drawn: Tokens, ends_turn: Bools) -> int | None:
    """The option that a draw is, whole and with its end; None when it is something else."""
    if not ends_turn[drawn[-1]] or drawn[:-1] not in tree.nodes:
        return None
    return tree.ends.get(tree.nodes.index(drawn[:-1]))


def finished(key: int, tokens: Tokens, pieces: Sequence[bytes], ends_turn: Bools) -> Finished:
    """A draw that ended as generation reports it."""
    stopped = bool(ends_turn[tokens[-1]])
    shown = tokens[:-1] if stopped else tokens
    text = b"".join(pieces[token] for token in shown).decode("utf-8", errors="replace")
    return Finished(key, text, len(tokens), stopped)
