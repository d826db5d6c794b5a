"""How an engine is spread over processes, and what each of them asks of llama.cpp. Loads nothing heavy.

`loop.inference.native` does what stands here, and `loop.inference.memory` counts what it costs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loop.errors import EngineError

SMALL_MODEL = 64 << 20  # bytes of GGUF up to which one thread a worker is the better plan
ADAPTERS_KEPT = 4  # loaded adapters a worker keeps, the last ones used
_FEWEST_SEQUENCES = 8  # a worker with fewer wastes most of a decode on overhead
_MEGABATCH = 512  # tokens a decode call may hold; more only grows the scratch memory
# Of the context for judgments (`loop.inference.tree`), which evaluates many questions as one tree.
TREE_BATCH = 192  # tokens of a decode: with more, each token passes over more cells that are not its own
TREE_OUTPUTS = 64  # tokens whose logits a decode may ask for: three of a yes/no
TREE_SEQUENCES = 64  # paths through the tree, an option's each; llama.cpp has 256 at most
_FEWEST_OUTPUTS = 32  # tokens whose logits a decode call may ask for


def worker_environment(given: Mapping[str, str]) -> dict[str, str]:
    """What a worker runs under, where the given environment does not say otherwise.

    Threads that spin at llama.cpp's barriers are many times slower than sleeping ones when the graders want the cores
    as well, and ones that fall asleep at once are a quarter slower when nobody does: they spin for some microseconds.
    And glibc would give the memory of each step back to the system and ask for it anew: 9 % of a small model's time.
    """
    chosen = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(16 << 20)}
    if "OMP_WAIT_POLICY" not in given:
        chosen |= {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "1000"}
    return {**chosen, **given}


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker is started with. threads: of llama.cpp in this worker; sequences: decoded together in it."""

    model: Path
    context: int
    sequences: int
    threads: int


def plan_workers(model: Path, context: int, parallel: int, cores: int) -> list[WorkerSpec]:
    """How many workers, with how many sequences and threads each."""
    if context < 2 or parallel < 1:
        raise EngineError("an engine needs a context of at least 2 tokens and one sequence")
    workers, sequences = split(model.stat().st_size, parallel, cores)
    threads = 1 if model.stat().st_size <= SMALL_MODEL else cores
    return [WorkerSpec(model, context, sequences, threads)] * workers


def split(model_bytes: int, parallel: int, cores: int) -> tuple[int, int]:
    """Workers for a model of this size, and sequences of each."""
    small = model_bytes <= SMALL_MODEL
    workers = max(1, min(cores, parallel // _FEWEST_SEQUENCES)) if small else 1
    return workers, math.ceil(parallel / workers)


def flash_attention(model_bytes: int) -> bool:
    """Whether attention on a CPU is computed cell by cell. It skips what a sequence does not see, which is most of a
    small model's short, padded caches; plain products are faster over the long prompts of a large one."""
    return model_bytes <= SMALL_MODEL


def batch_size(sequences: int) -> int:
    """Tokens a decode call may hold."""
    return max(_MEGABATCH, sequences)


def output_size(sequences: int) -> int:
    """Tokens whose logits a decode call may ask for."""
    return max(_FEWEST_OUTPUTS, sequences)


def tree_cells(context: int) -> int:
    """Tokens that the context for judgments holds: the longest prompt, and a decode's worth of others."""
    return context + TREE_BATCH
