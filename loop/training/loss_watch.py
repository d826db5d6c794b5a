"""Ends a training run that has gone wrong: loss not a number, diverging, collapsed, or higher than at the start."""

from __future__ import annotations

import math

from loop.errors import TrainingLost

WINDOW = 5  # steps averaged before a run is called diverging: one bad batch is not a divergence
DIVERGED = 1.5  # times the worse of the first loss and of guessing uniformly
RAISED = (1.2, 0.1)  # factor and nats by which batches of the same run may differ
DEAD = 1e-3  # of the largest gradient norm: what is left when a model guesses uniformly whatever it is shown


class LossWatch:
    """Sees each step's loss (mean nats a label token) and gradient norm (before clipping).

    uniform: the loss of a uniform guess, ln(vocabulary); a model worse than that by half has been destroyed.
    """

    def __init__(self, uniform: float, learning_rate: float, knob: str = "train.learning_rate") -> None:
        self.uniform = uniform
        self.learning_rate = learning_rate
        self.knob = knob
        self.losses: list[float] = []
        self.grad_norms: list[float] = []

    def add(self, step: int, logs: dict[str, float]) -> None:
        """`logs`: the step's loss and grad_norm. Raises TrainingLost when they show that the run is lost."""
        loss, grad_norm = float(logs["loss"]), float(logs["grad_norm"])
        if not math.isfinite(loss) or not math.isfinite(grad_norm):
            raise self._failure(f"loss {loss}, gradient norm {grad_norm} at step {step}")
        self.losses.append(loss)
        self.grad_norms.append(grad_norm)
        recent = self.losses[-WINDOW:]
        ceiling = DIVERGED * max(self.losses[0], self.uniform)
        if len(recent) == WINDOW and sum(recent) / WINDOW > ceiling:
            raise self._failure(f"the loss diverged: {self.losses[0]:.3g} at the start, {loss:.3g} at step {step}")

    def finish(self) -> tuple[float, float]:
        """Mean loss of the first and of the last tenth of the steps. Raises TrainingLost when it rose or collapsed."""
        if not self.losses:
            raise self._failure("no step was made")
        tenth = max(1, len(self.losses) // 10)
        first, last = sum(self.losses[:tenth]) / tenth, sum(self.losses[-tenth:]) / tenth
        if last > RAISED[0] * first + RAISED[1]:
            raise self._failure(f"training raised the loss from {first:.3g} to {last:.3g}")
        if last >= 0.99 * self.uniform and max(self.grad_norms[-tenth:]) <= DEAD * max(self.grad_norms):
            raise self._failure(f"the model collapsed to a uniform guess (loss {last:.3g}, no gradient left)")
        return first, last

    def _failure(self, what: str) -> TrainingLost:
        return TrainingLost(what, fix=f"lower {self.knob} (now {self.learning_rate:g})")
