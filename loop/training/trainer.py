"""The seam every training backend stands behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

Method = Literal["sft", "dpo", "sft+dpo", "grpo"]
Backend = Literal["auto", "trl", "unsloth"]
Precision = Literal["auto", "32bit", "16bit", "4bit", "fp8"]


@dataclass(frozen=True)
class DpoSpec:
    """Direct preference optimisation (arXiv 2305.18290) against where the phase began."""

    beta: float = 0.1
    learning_rate: float = 2e-4
    epochs: float = 1.0


@dataclass(frozen=True)
class GrpoSpec:
    """Group-relative policy optimisation (arXiv 2402.03300), rewarded by the oracle.

    temperature, max_tokens: of the answers that are sampled. cases, oracle_seed, sandbox, workers: of the oracle.
    """

    steps: int = 30
    prompts: int = 8
    group: int = 8
    learning_rate: float = 3e-3
    beta: float = 0.0
    temperature: float = 0.8
    max_tokens: int = 320
    cases: int = 24
    oracle_seed: int = 0
    sandbox: str = "auto"
    workers: int = 0


@dataclass(frozen=True)
class TrainSpec:
    """Everything that determines an adapter.

    base: directory with the frozen base in Hugging Face layout.
    examples: JSONL, a row a line (`loop.training.rows`): examples, pairs or prompts, as the method needs them.
    out: directory that receives adapter_model.safetensors, adapter_config.json, adapter.gguf, metrics.json.
    cache: what may be kept of compiled code and unfinished work between runs; None: nothing.
    hold_back: share of the tasks whose rows are watched, not trained on. patience: looks at them without progress
    before training stops. checkpoint: steps between checkpoints. devices: processes, one a GPU; 0: all there are.
    """

    base: Path
    examples: Path
    out: Path
    cache: Path | None = None
    method: Method = "sft"
    backend: Backend = "auto"
    precision: Precision = "auto"
    devices: int = 0
    seed: int = 0
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    learning_rate: float = 1e-3
    epochs: float = 3.0
    batch_size: int = 16
    max_length: int = 1024
    hold_back: float = 0.0
    patience: int = 2
    checkpoint: int = 25
    dpo: DpoSpec = DpoSpec()
    grpo: GrpoSpec = GrpoSpec()


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
