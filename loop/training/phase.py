"""One method's share of a training: what every TRL trainer is told, watched for, and gone on with after a kill.

Imports torch: only for worker processes.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import PrinterCallback, TrainerCallback

from loop.errors import TrainingError
from loop.training.backends import Loaded
from loop.training.checkpoints import COMPLETE, last_complete
from loop.training.patience import Patience, stopped_at
from loop.training.trainer import TrainSpec

WARMUP = 0.05  # of the steps
MAX_GRAD_NORM = 1.0
MEMORY = "memory_bytes"
PAGE = os.sysconf("SC_PAGE_SIZE")
Report = Callable[[float, str], None]


class Watch(Protocol):
    """Sees what a trainer logs at a step, and ends a run that is lost."""

    def add(self, step: int, logs: dict[str, float]) -> None:
        """Raises TrainingError when this step shows that the run is lost."""


@dataclass(frozen=True)
class Phase:
    """work: the phase's own directory, which outlives a kill: checkpoints, and what the trainers write besides.

    callbacks: whoever else looks on (transformers.TrainerCallback).
    """

    name: str
    spec: TrainSpec
    loaded: Loaded
    work: Path
    report: Report
    callbacks: tuple[TrainerCallback, ...] = ()


def processes() -> int:
    """How many processes train together (torchrun says so)."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def barrier() -> None:
    """Waits for the other processes, where there are any."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()


def _cpu_storage(storage: Any, location: str) -> Any:
    return storage if location.startswith("cpu:") else None


def restore_on_cpu() -> None:
    """Lets torch read a checkpoint onto "cpu:0", as Trainer asks when several processes share a CPU."""
    torch.serialization.register_package(30, lambda storage: None, _cpu_storage)


def arguments(
    phase: Phase, *, learning_rate: float, steps: int, together: int, watched: bool, batch_size: int | None = None
) -> dict[str, Any]:
    """What all of TRL's configurations have in common.

    steps: optimiser steps in all. together: rows that go through the model together in one process; a step has
    `batch_size` (default: the spec's) rows all the same, over all processes. watched: whether there are held-back rows.
    """
    spec, cuda = phase.spec, phase.loaded.device == "cuda"
    rows = batch_size or spec.batch_size
    every = max(1, min(spec.checkpoint, math.ceil(steps / 2)))  # a short training is looked at once before its end
    looked = {
        "eval_strategy": "steps",
        "eval_steps": every,
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "per_device_eval_batch_size": together,
    }
    return {
        "output_dir": str(phase.work),
        "seed": spec.seed,
        "data_seed": spec.seed,
        "per_device_train_batch_size": together,
        "gradient_accumulation_steps": max(1, rows // (together * processes())),
        "learning_rate": learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": max(1, round(WARMUP * steps)),
        "max_grad_norm": MAX_GRAD_NORM,
        "weight_decay": 0.0,
        "use_cpu": not cuda,
        "bf16": cuda,
        "gradient_checkpointing": cuda,
        "dataloader_pin_memory": cuda,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,  # a NaN must be seen, not averaged away
        "save_strategy": "steps",
        "save_steps": every,
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
        **(looked if watched else {"eval_strategy": "no"}),
    }


def memory_now(device: str) -> int:
    """Bytes that the training holds: on the card, or resident."""
    if device == "cuda":
        return int(torch.cuda.memory_allocated())
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def share_of_batch(spec: TrainSpec) -> int:
    """Rows of a step that one process has. Raises TrainingError when they cannot be dealt out evenly."""
    if spec.batch_size % processes():
        raise TrainingError(
            f"a step of {spec.batch_size} rows cannot be dealt out to {processes()} processes",
            fix=f"make train.batch_size a multiple of {processes()}, or set train.devices",
        )
    return spec.batch_size // processes()


def run(
    trainer: Any, phase: Phase, watch: Watch, *, watched: bool, tokens: Callable[[], int] | None = None
) -> dict[str, Any]:
    """Trains, from the last whole checkpoint where there is one. Returns what was measured.

    tokens: how many have gone through the model so far, where no batch says it (grpo). loss, grad_norm, and of each
    step step_seconds, step_tokens and memory_bytes (resident, or on the card), those before a kill too; held_back:
    [step, loss]; steps, resumed_at, train_seconds (of this process alone). Raises TrainingError when the watch does.
    """
    trainer.remove_callback(PrinterCallback)
    for callback in (_Watcher(watch, phase, tokens or _counted(trainer)), *phase.callbacks):
        trainer.add_callback(callback)
    if watched:
        trainer.add_callback(Patience(phase.spec.patience))
    checkpoint = last_complete(phase.work)
    if processes() > 1 and phase.loaded.device == "cpu":
        restore_on_cpu()
    started = time.monotonic()
    stopped = stopped_at(checkpoint, phase.spec.patience) if checkpoint and watched else None
    if stopped is None:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    else:  # killed between its last look and its end
        _show(watch, stopped.log_history)
        trainer.state = stopped
        trainer._load_from_checkpoint(stopped.best_model_checkpoint)
    history = trainer.state.log_history
    return {
        "steps": trainer.state.global_step,
        "planned_steps": trainer.state.max_steps,
        "resumed_at": int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0,
        "best_step": trainer.state.best_global_step if watched else None,
        "loss": [round(float(row["loss"]), 5) for row in history if "loss" in row],
        "grad_norm": [round(float(row["grad_norm"]), 5) for row in history if "grad_norm" in row],
        **{name: [row[name] for row in history if name in row] for name in ("step_seconds", "step_tokens", MEMORY)},
        "held_back": [[row["step"], round(float(row["eval_loss"]), 5)] for row in history if "eval_loss" in row],
        "train_seconds": round(time.monotonic() - started, 3),
    }


def _counted(trainer: Any) -> Callable[[], int]:
    """How many tokens the steps so far were given. (The collator is a batch ahead of them.)"""
    plain, seen = trainer.training_step, [0]

    def step(model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        seen[0] += int(inputs["attention_mask"].sum())
        return plain(model, inputs, *more, **named)

    trainer.training_step = step
    return lambda: seen[0]


def _show(watch: Watch, history: list[dict[str, float]]) -> None:
    for logs in history:
        if "loss" in logs:
            watch.add(int(logs["step"]), logs)


class _Watcher(TrainerCallback):
    """Shows each step to the watch, those before a kill too, and marks checkpoints that are whole."""

    def __init__(self, watch: Watch, phase: Phase, tokens: Callable[[], int]) -> None:
        self.watch = watch
        self.phase = phase
        self.tokens = tokens
        self.seen = 0, 0.0  # tokens and time at the last step

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.seen = self.tokens(), time.monotonic()
        _show(self.watch, state.log_history)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if logs is None or "loss" not in logs:
            return  # a look at the held-back rows, or the summary at the end
        now = self.tokens(), time.monotonic()
        measured = {
            "step_tokens": now[0] - self.seen[0],
            "step_seconds": round(now[1] - self.seen[1], 3),
            MEMORY: memory_now(self.phase.loaded.device),
        }
        self.seen = now
        state.log_history[-1] |= measured  # a checkpoint keeps it
        self.watch.add(state.global_step, logs)
        text = f"step {state.global_step}/{state.max_steps}, loss {logs['loss']:.3f}"
        self.phase.report(state.global_step / state.max_steps, text)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        barrier()  # each process writes the state of its own random numbers
        if state.is_world_process_zero:
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE).touch()


def part_of(phase: Phase, name: str, low: float, high: float) -> Phase:
    """The phase under another name, whose whole progress is the stretch from low to high of this one's."""
    tell = phase.report
    return replace(
        phase,
        name=name,
        work=phase.work / name,
        report=lambda fraction, text: tell(low + (high - low) * fraction, f"{name}: {text}"),
    )
