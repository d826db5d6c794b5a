"""TRL's log-probabilities in plain torch, for a CPU.

TRL 1.15 computes them in Triton kernels alone, for every method (`trl.trainer.utils.add_fused_lm_head`), and CPU builds
of torch carry no Triton. `install` puts this in the kernel's place: the same numbers, a gradient through the
log-probabilities, no chunks (what goes through the model together is bounded by the caller).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from loop.errors import TrainingError

NAME = "_ChunkedLogProbFunction"
Outputs = tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]


class PlainLogProb:
    """Stands where the autograd function does: called as `apply`, with its arguments."""

    @staticmethod
    def apply(
        hidden: torch.Tensor,  # (positions, hidden)
        weight: torch.Tensor,  # (vocabulary, hidden)
        bias: torch.Tensor | None,
        targets: torch.Tensor,  # (positions,)
        temperature: float,
        chunk_size: int,
        softcap: float | None = None,
        logit_scale: float = 1.0,
        outputs: tuple[str, ...] = (),
    ) -> Outputs:
        """log p(target), and of what `outputs` names: entropy, log sum p^2, mean logit, is the target likeliest.

        (positions,) each, float32; only the first has a gradient.
        """
        logits = F.linear(hidden, weight, bias).float() * logit_scale
        if softcap is not None:
            logits = softcap * torch.tanh(logits / softcap)
        logits = logits / temperature
        chosen = logits.gather(1, targets[:, None]).squeeze(1)
        log_probs = chosen - torch.logsumexp(logits, dim=1)
        with torch.no_grad():
            return log_probs, *_measured(logits.detach(), targets, outputs)


def _measured(logits: torch.Tensor, targets: torch.Tensor, outputs: tuple[str, ...]) -> Any:
    spread = logits.log_softmax(dim=1) if {"entropy", "log_sum_sq_probs"} & set(outputs) else logits
    return (
        -(spread.exp() * spread).sum(dim=1) if "entropy" in outputs else None,
        torch.logsumexp(2 * spread, dim=1) if "log_sum_sq_probs" in outputs else None,
        logits.mean(dim=1) if "mean_logits" in outputs else None,
        logits.argmax(dim=1) == targets if "is_top1" in outputs else None,
    )


def install() -> None:
    """Puts the plain function where TRL looks for its kernel. Raises TrainingError when TRL has no such place."""
    import trl.trainer.utils as trl_utils

    if not hasattr(trl_utils, NAME):
        raise TrainingError(
            f"this TRL has no {NAME}, which is replaced on a CPU", fix="install the versions of constraints.txt"
        )
    setattr(trl_utils, NAME, PlainLogProb)
