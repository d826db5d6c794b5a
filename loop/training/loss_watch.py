"""Ends a training run that has gone wrong: loss not a number, diverging, or higher at the end than at the start."""

from __future__ import annotations

import math

from loop.errors import TrainingError

WINDOW = 5  # steps averaged before a run is called diverging: one bad batch is not a divergence
DIVERGED = 1.5  # times the worse of the first loss and of guessing uniformly
RAISED = (1.2, 0.1)  # factor and nats by which batches of the same run may differ


class LossWatch:
    """Sees each step's loss (mean nats a label token) and gradient norm (before clipping).

    uniform: the loss of a uniform guess, ln(vocabulary); a model worse than that by half has been destroyed.
    """

    def __init__(self, uniform: float, learning_rate: float) -> None:
        self.uniform = uniform
        self.learning_rate = learning_rate
        self.losses: list[float] = []
        self.grad_norms: list[float] = []

    def add(self, step: int, loss: float, grad_norm: float) -> None:
        """Raises TrainingError when this step shows that the run is lost."""
        if not math.isfinite(loss) or not math.isfinite(grad_norm):
            raise self._failure(f"loss {loss}, gradient norm {grad_norm} at step {step}")
        self.losses.append(loss)
        self.grad_norms.append(grad_norm)
        recent = self.losses[-WINDOW:]
        ceiling = DIVERGED * max(self.losses[0], self.uniform)
        if len(recent) == WINDOW and sum(recent) / WINDOW > ceiling:
            raise self._failure(f"the loss diverged: {self.losses[0]:.3g} at the start, {loss:.3g} at step {step}")

    def finish(self) -> tuple[float, float]:
        """Mean loss of the first and of the last tenth of the steps. Raises TrainingError when it rose clearly."""
        if not self.losses:
            raise self._failure("no step was made")
        tenth = max(1, len(self.losses) // 10)
        first, last = sum(self.losses[:tenth]) / tenth, sum(self.losses[-tenth:]) / tenth
        if last > RAISED[0] * first + RAISED[1]:
            raise self._failure(f"training raised the loss from {first:.3g} to {last:.3g}")
        return first, last

    def _failure(self, what: str) -> TrainingError:
        return TrainingError(what, fix=f"lower train.learning_rate (now {self.learning_rate:g})")
