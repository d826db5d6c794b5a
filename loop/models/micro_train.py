"""Trains the micro model: Muon and AdamW on batches of similar length, shared by processes of one thread each.

Threads that meet after each of hundreds of tiny operations cost a model of this size more than they give, far more when
something else wants the cores. Processes meet once a step, to add up their gradients in shared memory.
"""

from __future__ import annotations

import copy
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Progress = Callable[[float, str], None]
Encoded = tuple[list[int], int]
"""Token ids of a row, and how many of them are the prompt."""
PATIENCE = 900.0
"""Seconds that a process waits for the others' gradients before it gives up."""


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the weights, besides the corpus's code.

    steps batches of at most `batch` tokens are drawn from a pool of `pool` rows. learning_rate is the peak; it falls to
    a tenth on a cosine. prompt_weight: what predicting a token of a prompt counts, where one of an answer counts 1.
    least_weight: what an answer counts as a whole, at least: a "yes" as much as some tokens of C.
    workers: processes that share each batch; part of the recipe, since sums of floats depend on it.
    """

    seed: int = 1
    vocabulary: int = 1_536
    hidden: int = 128
    layers: int = 5
    heads: int = 3
    kv_heads: int = 1
    head_dim: int = 64
    intermediate: int = 384
    context: int = 2_048
    pool: int = 90_000
    steps: int = 2_900
    batch: int = 6_144
    learning_rate: float = 6e-3
    warmup: int = 60
    prompt_weight: float = 0.15
    least_weight: float = 12.0
    workers: int = 2
    weight_decay: float = 0.05


def batches(pool: Sequence[Encoded], size: int, rng: random.Random) -> Iterator[list[Encoded]]:
    """Endless batches of rows of similar length, so that little is padding; at most `size` tokens each."""
    while True:
        order = sorted(range(len(pool)), key=lambda i: len(pool[i][0]) + rng.random() * 12)
        groups: list[list[Encoded]] = [[]]
        longest = 0
        for row in (pool[i] for i in order):
            longest = max(longest, len(row[0]))
            if groups[-1] and (len(groups[-1]) + 1) * longest > size:
                groups.append([])
                longest = len(row[0])
            groups[-1].append(row)
        rng.shuffle(groups)
        yield from groups


def train(model: Any, pool: Sequence[Encoded], recipe: Recipe, progress: Progress) -> tuple[float, int]:
    """Trains the model in place. Returns the loss, averaged over the last steps, and how many tokens were seen.

    Raises RuntimeError (BrokenBarrierError) when one of the processes ended before its time.
    """
    import torch.multiprocessing as processes

    context = processes.get_context("spawn")
    size = sum(p.numel() for p in model.parameters())
    meeting = _Meeting(_shared(recipe.workers, size), context.Barrier(recipe.workers))
    others = [
        context.Process(target=_work, args=(model, pool, recipe, meeting, rank), daemon=True)
        for rank in range(1, recipe.workers)
    ]
    for other in others:
        other.start()
    try:
        return _work(model, pool, recipe, meeting, 0, progress)
    finally:
        for other in others:
            other.join(10)
            other.kill()


@dataclass(frozen=True)
class _Meeting:
    """gradients: (processes, parameters and one more for the loss), in shared memory."""

    gradients: Any
    barrier: Any

    def add_up(self, parameters: Sequence[Any], rank: int, loss: float) -> float:
        """Puts the sum of all processes' gradients in place of one's own; returns the sum of their losses.

        Everyone adds in the same order, so that all have the same weights to the last bit.
        """
        import torch

        torch.cat([p.grad.flatten() for p in parameters], out=self.gradients[rank, 1:])
        self.gradients[rank, 0] = loss
        self.barrier.wait(PATIENCE)
        total = self.gradients.sum(0)
        self.barrier.wait(PATIENCE)
        at = 1
        for p in parameters:
            p.grad.copy_(total[at : at + p.numel()].view_as(p))
            at += p.numel()
        return float(total[0])


def _shared(workers: int, size: int) -> Any:
    import torch

    return torch.zeros((workers, size + 1)).share_memory_()  # type: ignore[no-untyped-call]


def _work(
    model: Any, pool: Sequence[Encoded], recipe: Recipe, meeting: _Meeting, rank: int, progress: Progress | None = None
) -> tuple[float, int]:
    """One process's share: of each batch every `workers`-th row."""
    import torch

    if rank:
        model = copy.deepcopy(model)  # a process is given the very memory of its parent's tensors
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    parameters = list(model.parameters())
    optimizers = _optimizers(model, recipe)
    source = batches(pool, recipe.batch, random.Random(recipe.seed))
    average, tokens, began = 0.0, 0, time.monotonic()
    for number in range(recipe.steps):
        for optimizer, peak in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = peak * _schedule(number, recipe)
        ids, weights = _tensors(next(source), model.config.pad_token_id, recipe)
        own = slice(rank, None, recipe.workers)
        loss = _loss(model, ids[own], weights[own]) / weights[:, 1:].sum()
        loss.backward()
        total = meeting.add_up(parameters, rank, loss.item())
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for optimizer, _ in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
        tokens += ids.numel()
        average = total if number == 0 else 0.95 * average + 0.05 * total
        if progress and number % 20 == 0:
            speed = tokens / (time.monotonic() - began)
            progress((number + 1) / recipe.steps, f"step {number} loss {average:.4f} {speed:,.0f} tokens/s")
    torch.set_num_threads(threads)
    return average, tokens


def _optimizers(model: Any, recipe: Recipe) -> list[tuple[Any, float]]:
    """(optimizer, peak learning rate). Muon on the matrices: far fewer steps than AdamW alone at this size."""
    import torch

    matrices = [p for name, p in model.named_parameters() if p.ndim > 1 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim <= 1 or "embed" in name]
    muon = torch.optim.Muon(matrices, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    return [(muon, recipe.learning_rate), (adam, recipe.learning_rate / 2)]


def _loss(model: Any, ids: Any, weights: Any) -> Any:
    """Weighted sum of the cross-entropies. Matrix products in bfloat16, half again as fast where processors have it."""
    import torch

    if not len(ids):
        return sum(p.sum() for p in model.parameters()) * 0.0
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(input_ids=ids).logits
    flat = logits[:, :-1].flatten(0, 1).float()
    each = torch.nn.functional.cross_entropy(flat, ids[:, 1:].flatten(), reduction="none")
    return (each * weights[:, 1:].flatten()).sum()


def _schedule(number: int, recipe: Recipe) -> float:
    """Linear warm-up, then a cosine down to a tenth."""
    if number < recipe.warmup:
        return (number + 1) / recipe.warmup
    done = (number - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return 0.1 + 0.45 * (1 + math.cos(math.pi * done))


def _tensors(batch: Sequence[Encoded], pad: int, recipe: Recipe) -> tuple[Any, Any]:
    """Token ids and what predicting each counts (batch x longest); padding counts nothing.

    No attention mask: padding stands behind the text, where causal attention never looks back from.
    """
    import torch

    longest = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), longest), pad)
    weights = torch.zeros((len(batch), longest))
    for i, (row, prompt) in enumerate(batch):
        ids[i, : len(row)] = torch.tensor(row)
        weights[i, :prompt] = recipe.prompt_weight
        weights[i, prompt : len(row)] = max(1.0, recipe.least_weight / (len(row) - prompt))
    return ids, weights
