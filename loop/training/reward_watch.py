"""Ends a GRPO run that has gone wrong: numbers that are none, a reward that collapsed, groups that teach nothing.

The loss of GRPO says nothing of progress (it is about zero at every step), so the rewards are watched. A step's mean
reward is noisy: it is of a few questions, and of other ones than the step's before. Windows of about `GROUPS` questions
are compared: with rewards of 0.1 and 1 their means differ by chance with a standard deviation of 0.08.
"""

from __future__ import annotations

import math

from loop.errors import TrainingError, TrainingLost
from loop.training.rewards import REWARDS

GROUPS = 40  # questions in a window, at least
LEAST_STEPS = 5  # of a window
KEPT = 0.5  # of what the start had above the worst honest answer: below this the reward has collapsed
FELL = 0.1  # and by no less than this
SILENT = 10  # steps running in which no group had answers of different worth
MASTERED = 0.95  # mean reward from which on silence is success
FLOOR = min(reward for kind, reward in REWARDS.items() if reward is not None and kind != "tamper")
UNGRADED = 0.5  # of a window's answers: more and the grader, not the model, is what fails


class RewardWatch:
    """Sees each step's loss, gradient norm, mean reward, share of silent groups and of answers without a verdict."""

    def __init__(self, prompts: int, learning_rate: float) -> None:
        self.window = max(LEAST_STEPS, math.ceil(GROUPS / prompts))
        self.learning_rate = learning_rate
        self.rewards: list[float] = []  # of steps that have one
        self.ungraded: list[float] = []
        self.silent = 0  # steps running
        self.varied = False  # whether any group ever had answers of different worth

    def add(self, step: int, logs: dict[str, float]) -> None:
        """`logs`: what TRL's GRPOTrainer logs, and `ungraded`. Raises TrainingLost, or TrainingError (the grader)."""
        loss, grad_norm = float(logs["loss"]), float(logs["grad_norm"])
        if not math.isfinite(loss) or not math.isfinite(grad_norm):
            raise self._lost(f"loss {loss}, gradient norm {grad_norm} at step {step}")
        self._graded(step, float(logs.get("ungraded") or 0.0))
        if logs.get("reward") is None:
            return  # no answer of this step has a verdict
        self.rewards.append(float(logs["reward"]))
        self._collapsed(step)
        if logs["frac_reward_zero_std"] < 1.0:
            self.silent, self.varied = 0, True
            return
        self.silent += 1
        if self.silent >= SILENT and not (self.varied and self._mean(-SILENT) >= MASTERED):
            raise self._silence(f"{self.silent} steps running")

    def finish(self) -> tuple[float, float]:
        """Mean reward of the first and of the last window (at most half of the steps each).

        Raises TrainingLost when no step taught anything: the adapter is then the base.
        """
        if not self.varied:
            raise self._silence("the whole training")
        window = max(1, min(self.window, len(self.rewards) // 2))
        return sum(self.rewards[:window]) / window, self._mean(-window)

    def _graded(self, step: int, ungraded: float) -> None:
        self.ungraded.append(ungraded)
        recent = self.ungraded[-LEAST_STEPS:]
        if len(recent) == LEAST_STEPS and sum(recent) / LEAST_STEPS > UNGRADED:
            raise TrainingError(
                f"the oracle failed on most answers of the last {LEAST_STEPS} steps (step {step})",
                fix="`loop doctor` checks the sandbox and the compiler",
            )

    def _collapsed(self, step: int) -> None:
        if len(self.rewards) < 2 * self.window:
            return
        first, recent = sum(self.rewards[: self.window]) / self.window, self._mean(-self.window)
        if recent - FLOOR < KEPT * (first - FLOOR) and recent < first - FELL:
            raise self._lost(f"the reward collapsed: {first:.3g} at the start, {recent:.3g} up to step {step}")

    def _mean(self, start: int) -> float:
        some = self.rewards[start:]
        return sum(some) / len(some)

    def _lost(self, what: str) -> TrainingLost:
        return TrainingLost(what, fix=f"lower grpo.learning_rate (now {self.learning_rate:g}), or raise grpo.beta")

    def _silence(self, how_long: str) -> TrainingLost:
        mean = self._mean(-self.silent) if self.rewards else math.nan
        return TrainingLost(
            f"in {how_long} all answers to each question were worth the same (mean reward {mean:.3g}): "
            "there is nothing to tell them apart by",
            fix="ask questions that are solved now and then, or raise grpo.group or sampling.temperature",
        )
