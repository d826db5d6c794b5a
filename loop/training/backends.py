"""Training backends by name.

A backend is a module with `train(spec, out, report) -> metrics`: it writes adapter_model.safetensors and
adapter_config.json (PEFT layout) and reference.npz (`loop.training.reference`) into `out`. It is imported in the
worker process alone. A new one is a new file and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from loop.errors import ConfigError
from loop.training.trainer import TrainSpec

Report = Callable[[float, str], None]

BACKENDS = {"trl": "loop.training.trl_backend"}


class Backend(Protocol):
    def train(self, spec: TrainSpec, out: Path, report: Report) -> dict[str, object]:
        """Trains and writes the adapter into `out` (exists, empty). Returns metrics. Raises TrainingError."""


def backend_module(name: str) -> str:
    """The module that implements backend `name`. Raises ConfigError for an unknown name."""
    if name not in BACKENDS:
        raise ConfigError(f"unknown training backend '{name}'", fix=f"choose one of: {', '.join(sorted(BACKENDS))}")
    return BACKENDS[name]
