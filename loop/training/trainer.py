"""The seam every training backend stands behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Example:
    """One row: rendered prompt text and the completion text that follows it (end-of-turn token included)."""

    prompt: str
    completion: str
    sample_id: str = ""


@dataclass(frozen=True)
class TrainSpec:
    """Everything that determines an adapter.

    base: directory with the frozen base in Hugging Face layout.
    examples: JSONL of {"prompt", "completion", "sample_id"}.
    out: directory that receives adapter_model.safetensors, adapter_config.json, adapter.gguf, metrics.json.
    """

    base: Path
    examples: Path
    out: Path
    seed: int = 0
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    learning_rate: float = 1e-3
    epochs: float = 3.0
    batch_size: int = 16
    max_length: int = 1024


@dataclass(frozen=True)
class TrainResult:
    """An adapter on disk. `sha256` is of the GGUF's bytes. metrics: loss curve, label tokens, tokens/s, peak memory."""

    out: Path
    gguf: Path
    sha256: str
    seconds: float
    metrics: dict[str, object] = field(default_factory=dict)


class Trainer(Protocol):
    def train(self, spec: TrainSpec, progress: Callable[[float, str], None]) -> TrainResult:
        """Trains from the frozen base in a killable process. progress(fraction done, short text).

        Raises TrainingError, and ModelError when the base is not whole.
        """
