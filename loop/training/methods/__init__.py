"""How rows teach: one method a file, each with `train(phase, rows) -> metrics`. They run in the worker process.

A method is one or more phases, each of which goes on from where the one before it ended; the first begins at the
frozen base. A new one is a new file and a line here and in `loop.config.METHODS`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from loop.training.examples import TrainingSet
    from loop.training.phase import Phase

PHASES: dict[str, tuple[str, ...]] = {
    "sft": ("sft",),
    "dpo": ("dpo",),
    "sft+dpo": ("sft", "dpo"),
    "grpo": ("grpo",),
}


class PhaseMethod(Protocol):
    def train(self, phase: Phase, rows: TrainingSet) -> dict[str, Any]:
        """Trains `phase.loaded.model` in place; goes on from a checkpoint in `phase.work`. Raises TrainingError.

        Returns at least what `loop.training.phase.run` does, and rows, tokens, label_tokens.
        """


def method_named(name: str) -> PhaseMethod:
    """The method of one phase; imports what it needs."""
    return cast(PhaseMethod, importlib.import_module(f"loop.training.methods.{name}"))
