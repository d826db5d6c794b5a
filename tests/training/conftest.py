from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from loop.inference.chat import render_completion, render_prompt
from loop.inference.llama import LlamaEngine
from loop.models.gguf_base import write_base_gguf
from loop.training.examples import Example, Pair, to_lines
from loop.training.process import ProcessTrainer
from loop.training.trainer import DpoSpec, TrainResult, TrainSpec
from tests.support.tiny_qwen3 import make_tiny_qwen3

BODIES = {
    "odd": "a[i] % 2 != 0",
    "even": "a[i] % 2 == 0",
    "positive": "a[i] > 0",
    "negative": "a[i] < 0",
}


def write_examples(path: Path, count: int = 48) -> Path:
    rng = random.Random(0)
    lines = []
    for number in range(count):
        kind = rng.choice(sorted(BODIES))
        prompt = f"Write a C function `int f(const int *a, int n)` that returns the sum of the {kind} elements"
        prompt += "." * (number % 5)  # rows of several lengths
        code = (
            f"```c\nint f(const int *a, int n)\n{{\n    int sum = 0;\n    for (int i = 0; i < n; i++)\n"
            f"        if ({BODIES[kind]}) sum += a[i];\n    return sum;\n}}\n```"
        )
        row = {"prompt": render_prompt(prompt), "completion": render_completion(code), "sample_id": str(number)}
        lines.append(json.dumps(row) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def write_pairs(path: Path, count: int = 48) -> Path:
    """Two rows a question: one whose answer is learned, one that tells it from the answer to another question."""
    rng = random.Random(0)
    rows: list[Example | Pair] = []
    for number in range(count):
        right, wrong = rng.sample(sorted(BODIES), 2)
        prompt = render_prompt(f"Sum the {right} elements" + "." * (number % 5))
        chosen, rejected = (render_completion(f"sum where {BODIES[kind]}") for kind in (right, wrong))
        rows.append(Example(prompt, chosen, f"s{number}", f"t{number}"))
        rows.append(Pair(prompt, chosen, rejected, f"s{number}", f"r{number}", f"t{number}"))
    path.write_text(to_lines(rows), encoding="utf-8")
    return path


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads of this very process spin at their barriers, and crawl when anything else wants a core."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_qwen3(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_examples(tmp_path_factory.mktemp("examples") / "rows.jsonl")


@pytest.fixture(scope="session")
def trained(base: Path, examples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainSpec, TrainResult]:
    """One adapter, trained for real; treat it as read-only."""
    out = tmp_path_factory.mktemp("trained") / "adapter"
    spec = TrainSpec(base=base, examples=examples, out=out, seed=3, rank=4, alpha=8, epochs=3, learning_rate=1e-2)
    return spec, ProcessTrainer().train(spec, lambda fraction, text: None)


@pytest.fixture(scope="session")
def preferred(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainSpec, TrainResult]:
    """One adapter of two phases, with held-back rows and checkpoints; treat it as read-only."""
    folder = tmp_path_factory.mktemp("preferred")
    spec = TrainSpec(
        base=base, examples=write_pairs(folder / "rows.jsonl"), out=folder / "adapter", method="sft+dpo", rank=4,
        alpha=8, epochs=2, learning_rate=1e-2, hold_back=0.2, checkpoint=2, dpo=DpoSpec(learning_rate=5e-3, epochs=6),
    )  # fmt: skip
    return spec, ProcessTrainer().train(spec, lambda fraction, text: None)


@pytest.fixture(scope="session")
def engine(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    gguf = write_base_gguf(base, tmp_path_factory.mktemp("gguf") / "base.gguf")
    with LlamaEngine(gguf, context=512, parallel=4, threads=1) as engine:
        yield engine
