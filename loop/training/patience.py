"""Early stopping that a kill does not change: whether to stop follows from the held-back losses so far, which are in
every checkpoint. (transformers' own counts in memory, and begins to count anew.)

Imports transformers: only for worker processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerState

STATE = "trainer_state.json"  # Trainer's own, in a checkpoint


class Patience(TrainerCallback):
    """Stops a training after so many looks at the held-back rows without progress."""

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if run_out(state.log_history, self.patience):
            control.should_training_stop = True


def run_out(history: Sequence[Mapping[str, Any]], patience: int) -> bool:
    """Whether the last `patience` looks were no better than the best one before them. history: Trainer's logs."""
    losses = [float(logs["eval_loss"]) for logs in history if "eval_loss" in logs]
    return bool(losses) and len(losses) - 1 - losses.index(min(losses)) >= patience


def stopped_at(checkpoint: Path, patience: int) -> TrainerState | None:
    """The state of a training that had stopped when it wrote this checkpoint; None where it was to go on."""
    state = TrainerState.load_from_json(str(checkpoint / STATE))
    return state if run_out(state.log_history, patience) else None
