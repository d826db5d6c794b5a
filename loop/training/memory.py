"""What a training will take of memory, before it is started.

The weights, adapters and optimiser are counted from the shape. Activations are what autograd keeps for the backward
pass of a layer, counted tensor by tensor with `torch.autograd.graph.saved_tensors_hooks` on Qwen3 with a LoRA on all
seven matrices. On a CPU the whole was compared with real trainings, and the allocator's share is from there
(docs/scale.md); for a GPU all of it is computed and none of it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from loop.errors import TrainingError
from loop.models.gguf_base import load_config
from loop.models.shapes import Shape, shape_of
from loop.training.devices import free_memory, gpus
from loop.training.launch import processes_of
from loop.training.rows import micro_batch
from loop.training.trainer import TrainSpec

GIB = 1 << 30
LIBRARIES = 525 << 20  # measured: a worker on a CPU with torch, transformers, peft and trl, and next to no model
CONTEXT = 600 << 20  # CUDA's own, with the kernels of the libraries; computed with, not measured
HEAP = 2.2  # measured on a CPU: times what autograd keeps, for temporaries and what the allocator does not give back
CACHED = 1.1  # of torch's caching allocator on a GPU; assumed
NF4 = 0.5 + (1 + 4 / 256) / 64  # bytes a weight: 4 bits; a constant of 8 bits for 64; one of 32 bits for 256 of those
FP8_ROW = 4  # bytes: a row's scale
CACHE_TOKENS = 131_072  # of answers that GRPO draws together, at most; larger steps are drawn in parts
CHUNK = 4096, 32_768  # positions and logits of them that TRL's and Unsloth's losses have in memory at once
CPU_LOGITS = 4  # float32 copies of a CPU's logits: themselves, their exponentials, and the gradients of both


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes of one process, on its device.

    adapters: the LoRA's parameters and gradients. reference: of the adapter that a preference is measured against.
    activations: what the backward pass needs. loss: logits. sampling: the cache of the answers that GRPO draws, which
    is given back before a step is made. process: libraries, or CUDA's context.
    """

    weights: int
    adapters: int
    optimiser: int
    reference: int
    activations: int
    loss: int
    sampling: int
    process: int

    @property
    def total(self) -> int:
        """Sampling and learning take turns: the larger of both counts."""
        standing = self.weights + self.adapters + self.optimiser + self.reference + self.process
        return standing + max(self.activations + self.loss, self.sampling)


@dataclass(frozen=True)
class Batch:
    """What goes through the model together at most: tokens in all, tokens of one row, positions with a label."""

    tokens: int
    longest: int
    labels: int


def batch_of(spec: TrainSpec, longest: int, labels: int, processes: int = 1) -> Batch:
    """The worst batch of rows of at most `longest` tokens, `labels` of them labelled."""
    rows = micro_batch(max(1, spec.batch_size // processes), longest)
    return Batch(rows * longest, longest, rows * labels)


def predict(shape: Shape, spec: TrainSpec, batch: Batch, *, gpu: bool) -> TrainingMemory:
    """What one process of `spec` takes with such a batch."""
    precision = precision_of(spec, gpu=gpu)
    parameters = lora_parameters(shape, spec)
    value = 2 if precision == "4bit" else 4  # bytes: TRL trains the LoRA of a 4-bit base in bfloat16
    prefers = spec.method in ("dpo", "sft+dpo")
    rows = 2 if prefers else 1  # a pair is two rows
    kept = rows * activation_bytes(shape, spec, batch, gpu=gpu)
    return TrainingMemory(
        weights=base_bytes(shape, precision),
        adapters=2 * value * parameters,
        optimiser=2 * value * parameters,
        reference=value * parameters if prefers else 0,
        activations=round(kept * (CACHED if gpu else HEAP)),
        loss=rows * loss_bytes(shape, batch, gpu=gpu),
        sampling=sampling_bytes(shape, spec, batch, gpu=gpu) if spec.method == "grpo" else 0,
        process=CONTEXT if gpu else LIBRARIES,
    )


def precision_of(spec: TrainSpec, *, gpu: bool) -> str:
    return spec.precision if spec.precision != "auto" else "16bit" if gpu else "32bit"


def base_bytes(shape: Shape, precision: str) -> int:
    """The frozen base. Embedding, output and norms stay 16 bits wide beside quantized matrices."""
    if precision in ("32bit", "16bit"):
        return (4 if precision == "32bit" else 2) * shape.parameters
    widths = _widths(shape)
    matrices = shape.layers * sum(rows * columns for rows, columns in widths.values())
    outputs = shape.layers * sum(columns for _, columns in widths.values())
    quantized = NF4 * matrices if precision == "4bit" else matrices + FP8_ROW * outputs
    return round(quantized) + 2 * (shape.parameters - matrices)


def lora_parameters(shape: Shape, spec: TrainSpec) -> int:
    """A is (rank, inputs) and B is (outputs, rank), for each adapted matrix of each layer."""
    widths = _widths(shape)
    return shape.layers * spec.rank * sum(sum(widths[target]) for target in spec.targets)


def activation_bytes(shape: Shape, spec: TrainSpec, batch: Batch, *, gpu: bool) -> int:
    """What autograd keeps. On a GPU layers are computed again (gradient checkpointing): each one's input, in bfloat16,
    and all of the layer that the backward pass is in; under autocast norms are float32, and the LoRA is cast."""
    hidden, inner, q, kv, heads = shape.hidden, shape.inner, shape.q_width, shape.kv_width, shape.heads + shape.kv_heads
    if gpu:
        layer = 18 * hidden + 8 * inner + 10 * q + 8 * kv + 14 * spec.rank + 4 * heads
        cast = 2 * lora_parameters(shape, spec) // shape.layers
        return batch.tokens * (2 * hidden * shape.layers + layer) + cast
    layer = 4 * (4 * hidden + 4 * inner + 3 * (q + kv) + 7 * spec.rank + 2 * heads + 2)
    return batch.tokens * shape.layers * layer


def loss_bytes(shape: Shape, batch: Batch, *, gpu: bool) -> int:
    """Logits: in chunks on a GPU; all of the labelled positions' at once on a CPU (`loop.training.plain_head`)."""
    if gpu:
        return 4 * min(CHUNK[0], batch.labels) * min(CHUNK[1], shape.vocabulary)
    return 4 * CPU_LOGITS * batch.labels * shape.vocabulary


def sampling_bytes(shape: Shape, spec: TrainSpec, batch: Batch, *, gpu: bool) -> int:
    """Keys and values of the answers that are drawn together, at their full length."""
    answers = min(spec.grpo.prompts * spec.grpo.group, max(1, CACHE_TOKENS // batch.longest))
    return answers * batch.longest * shape.layers * 2 * shape.kv_width * (2 if gpu else 4)


def preflight(spec: TrainSpec, longest: int, labels: int) -> TrainingMemory:
    """What the training will take of the memory there is: a card's, or the machine's on a CPU.

    longest, labels: tokens of the longest row and of the longest completion, or more. Raises TrainingError where it
    cannot fit, ConfigError for more processes than cards.
    """
    shape, cards, processes = shape_of(load_config(spec.base)), gpus(), processes_of(spec)
    longest = min(longest, spec.max_length)
    batch = batch_of(spec, longest, min(labels, longest), processes)
    needed = predict(shape, spec, batch, gpu=bool(cards))
    free = min(card.free for card in cards[:processes]) if cards else free_memory() // processes
    if needed.total > free:
        place = ("the GPU" if cards else "the machine") if processes == 1 else "each GPU" if cards else "each process"
        raise TrainingError(
            f"training {spec.base.name} wants {needed.total / GIB:.2f} GiB, and {place} has {free / GIB:.2f} GiB free:"
            f" {describe(needed)}",
            fix=_fix(spec, needed, gpu=bool(cards)),
        )
    return needed


def describe(memory: TrainingMemory) -> str:
    """The parts that there are, in GiB."""
    parts = {field.name: int(getattr(memory, field.name)) for field in fields(memory)}
    return ", ".join(f"{name} {size / GIB:.2f}" for name, size in parts.items() if size)


def _fix(spec: TrainSpec, memory: TrainingMemory, *, gpu: bool) -> str:
    """The knobs of the largest part. train.batch_size is none: rows go through the model a few at a time anyway."""
    passing = max(memory.activations + memory.loss, memory.sampling)
    if memory.sampling == passing and passing >= memory.weights:
        return "lower grpo.prompts, grpo.group or sampling.max_tokens"
    if passing >= memory.weights:
        return "lower model.context (rows that are longer are left out)"
    if gpu and precision_of(spec, gpu=True) in ("32bit", "16bit"):
        return 'train.precision = "4bit"'
    if memory.adapters + memory.optimiser > memory.weights:
        return "lower train.rank, or adapt fewer train.targets"
    return "choose a smaller model.base, or end what else holds memory"


def _widths(shape: Shape) -> dict[str, tuple[int, int]]:
    """(inputs, outputs) of the matrices that can be adapted, of one layer."""
    hidden, inner, q, kv = shape.hidden, shape.inner, shape.q_width, shape.kv_width
    return {
        "q_proj": (hidden, q),
        "k_proj": (hidden, kv),
        "v_proj": (hidden, kv),
        "o_proj": (q, hidden),
        "gate_proj": (hidden, inner),
        "up_proj": (hidden, inner),
        "down_proj": (inner, hidden),
    }
