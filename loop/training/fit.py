"""What the worker process does: the base with a fresh LoRA, one phase after the other, then reference logits.

A phase that is complete is marked with its adapter and its measurements, so that a killed training goes on in the phase
that it was in. With several processes only the first one writes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from loop.errors import TrainingError
from loop.training.backends import Loaded, backend_of
from loop.training.examples import Asked, Example, Pair, TrainingSet, read_set, require
from loop.training.job import Job
from loop.training.methods import PHASES, method_named
from loop.training.peft_logits import reference_of, write_texts
from loop.training.phase import Phase, barrier, part_of, processes
from loop.training.reference import FILE, TEXTS, save_reference, spread
from loop.training.tokens import encoder

Report = Callable[[float, str], None]
ADAPTER, METRICS = "adapter.safetensors", "phase.json"  # of a phase that is complete
PLAIN_BACKENDS, PLAIN_TYPES = ("trl",), ("float32", "bfloat16")
"""Whose model in memory computes as the engine does: others have a quantized base, or kernels of their own, and leave
the texts to a process that loads the plain base again (`loop.training.peft_logits`)."""
READY, TRAINED = 0.05, 0.95  # where a training's progress is when it begins to learn, and when it has learned
SUMMED = ("steps", "tokens", "label_tokens", "train_seconds")  # over the phases
COUNTED = ("tokens", "label_tokens", "tokens_per_second")  # by each process of its own rows


def fit(job: Job, report: Report) -> dict[str, Any]:
    """Writes the adapter and its reference logits into `job.out`; its measurements. Raises TrainingError."""
    spec, first = job.spec, int(os.environ.get("RANK", "0")) == 0
    rows = read_set(spec.examples)
    require(rows, spec.method, spec.examples)
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    loaded = backend_of(job.backend).load(spec)
    spec = replace(spec, backend=job.backend)  # type: ignore[arg-type]
    report(READY, f"{loaded.dtype} base on {loaded.device}, {processes()} process(es)")
    whole = Phase(spec.method, spec, loaded, job.work, report)
    names = PHASES[spec.method]
    width = (TRAINED - READY) / len(names)
    phases = {
        name: _phase(part_of(whole, name, READY + width * at, READY + width * (at + 1)), rows, first=first)
        for at, name in enumerate(names)
    }
    metrics = _measured(loaded, phases)
    if first:
        _save(loaded.model, job.out)
        wanted = [_texts(row) for row in spread(_rows(rows, spec.method))]
        if job.backend in PLAIN_BACKENDS and loaded.dtype in PLAIN_TYPES:
            report(TRAINED, "reference logits")
            model = loaded.model.float()
            save_reference(reference_of(model, encoder(loaded.tokenizer), wanted, spec.base, job.out), job.out / FILE)
        else:
            write_texts(wanted, job.out / TEXTS)
    return metrics


def _phase(phase: Phase, rows: TrainingSet, *, first: bool) -> dict[str, Any]:
    """Trains the phase, or takes what it had made before a kill."""
    done = phase.work / METRICS
    if done.exists():
        set_peft_model_state_dict(phase.loaded.model, load_file(phase.work / ADAPTER))
        found: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return found
    phase.work.mkdir(parents=True, exist_ok=True)
    measured = _of_all(phase.name, method_named(phase.name).train(phase, rows))
    if first:
        state = {
            name: p.detach().cpu().contiguous() for name, p in get_peft_model_state_dict(phase.loaded.model).items()
        }
        save_file(state, phase.work / ADAPTER)
        partial = done.with_suffix(".partial")
        partial.write_text(json.dumps(measured), encoding="utf-8")
        partial.replace(done)
        for checkpoint in phase.work.glob("checkpoint-*"):
            shutil.rmtree(checkpoint, ignore_errors=True)
    return measured


def _of_all(name: str, measured: dict[str, Any]) -> dict[str, Any]:
    """What every process has counted of its own rows, added up; GRPO's counts are TRL's, of all processes."""
    barrier()
    if processes() == 1 or name == "grpo":
        return measured
    names = [name for name in COUNTED if name in measured]
    parts: list[list[float]] = [[] for _ in range(processes())]
    torch.distributed.all_gather_object(parts, [measured[name] for name in names])
    sums = (sum(column) for column in zip(*parts, strict=True))
    return {**measured, **{name: round(value, 1) for name, value in zip(names, sums, strict=True)}}


def _measured(loaded: Loaded, phases: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The phases' measurements one after the other, and the run's own. rows, losses, rate: of the last phase."""
    cuda = loaded.device == "cuda"
    last = list(phases.values())[-1]
    return {
        **{name: value for name, value in last.items() if name not in SUMMED},
        **{name: round(sum(phase[name] for phase in phases.values()), 3) for name in SUMMED},
        "phases": phases,
        "trainable_parameters": sum(p.numel() for p in loaded.model.parameters() if p.requires_grad),
        "peak_memory_bytes": peak_memory(cuda=cuda),
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "dtype": loaded.dtype,
        "processes": processes(),
        "threads": torch.get_num_threads(),
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft")},
    }


def _rows(rows: TrainingSet, method: str) -> Sequence[Example | Pair | Asked]:
    return rows.asked if method == "grpo" else rows.pairs if method == "dpo" else rows.examples


def _texts(row: Example | Pair | Asked) -> tuple[str, ...]:
    """What is compared between trainer and engine, tokenised apart."""
    if isinstance(row, Example):
        return (row.prompt, row.completion)
    return (row.prompt, row.chosen) if isinstance(row, Pair) else (row.prompt,)


def _save(model: Any, out: Path) -> None:
    weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
    broken = [name for name, p in weights.items() if not bool(torch.isfinite(p).all())]
    if broken:
        raise TrainingError(
            f"{len(broken)} of {len(weights)} adapter tensors are not finite", fix="lower the learning rate"
        )
    model.save_pretrained(out, save_embedding_layers=False, selected_adapters=["default"])


def peak_memory(*, cuda: bool) -> int:
    """Bytes: of the device on CUDA, resident on a CPU. (getrusage's maximum would count what this process was forked
    from.)"""
    if cuda:
        return torch.cuda.max_memory_allocated()
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
