"""Training backends by name: who loads the frozen base and puts a fresh LoRA on it.

A backend is a module with `load(spec) -> Loaded`. It is imported in the worker process alone, before anything else that
imports torch. A new one is a new file and a line here.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from loop.errors import ConfigError
from loop.training.trainer import TrainSpec

BACKENDS = {"trl": "loop.training.backends.trl", "unsloth": "loop.training.backends.unsloth"}


@dataclass(frozen=True)
class Loaded:
    """A frozen base with a fresh LoRA, in memory.

    model: a PeftModel of a causal LM; nothing but the LoRA requires a gradient. device: "cpu" or "cuda".
    dtype: of the base as it lies in memory ("float32", "bfloat16", "nf4", "fp8").
    sampling, training: put the model into the mode that answers are generated in, and back; a backend whose kernels
    differ between the two (unsloth) needs them, others leave them as they are.
    """

    model: Any
    tokenizer: Any
    device: str
    dtype: str
    sampling: Callable[[Any], object] = lambda model: None
    training: Callable[[Any], object] = lambda model: None


class Backend(Protocol):
    def load(self, spec: TrainSpec) -> Loaded:
        """The base in `spec.precision` with a fresh LoRA drawn with `spec.seed`. Raises TrainingError."""


def choose(name: str) -> str:
    """The backend to use: `name`, or for "auto" unsloth where it is installed and a GPU is there, else trl.

    Raises ConfigError for an unknown name, and for unsloth where it is not installed.
    """
    from loop.training.devices import gpus

    installed = importlib.util.find_spec("unsloth") is not None
    if name == "auto":
        return "unsloth" if installed and gpus() else "trl"
    if name not in BACKENDS:
        raise ConfigError(f"unknown training backend '{name}'", fix=f"choose one of: {', '.join(sorted(BACKENDS))}")
    if name == "unsloth" and not installed:
        raise ConfigError(
            "train.backend is unsloth, which is not installed here",
            fix='make install EXTRAS=gpu,dev on a machine with a GPU, or train.backend = "trl"',
        )
    if name == "unsloth" and not gpus():
        raise ConfigError("train.backend is unsloth, which needs a GPU, and there is none", fix='train.backend = "trl"')
    return name


def backend_of(name: str) -> Backend:
    """The backend itself; imports what it needs."""
    return cast(Backend, importlib.import_module(BACKENDS[name]))
