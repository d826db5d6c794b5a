"""What an engine is predicted to take, held against what llama.cpp says that it allocates."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from gguf import GGUFReader

from loop.inference import plan
from loop.inference.memory import EngineMemory, adapter_bytes, judging_bytes, predict
from loop.inference.plan import SMALL_MODEL, plan_workers
from loop.models.gguf_base import write_base_gguf
from loop.models.quantize import TYPES, quantize
from loop.models.shapes import SHAPES, Shape, shape_of
from loop.models.weight_types import weight_bytes
from tests.support.random_adapter import random_adapter
from tests.support.tiny_qwen3 import make_tiny_qwen3

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "import sys; from pathlib import Path; from loop.inference import plan\n"
    "from loop.inference.native import LlamaContext\n"
    "plan.SMALL_MODEL, (model, *numbers) = int(sys.argv[1]), sys.argv[2:]\n"
    "for i in range(0, len(numbers), 2):\n"
    "    context, sequences = map(int, numbers[i : i + 2])\n"
    "    print('case', file=sys.stderr, flush=True)\n"
    "    LlamaContext(Path(model), context=context, sequences=sequences, threads=1)\n"
)
# Where the largest tensor stands: attention scores, the feed-forward part, the logits.
SHAPES_TRIED = {
    "attention": {"hidden": 64, "heads": 8, "kv_heads": 2, "head_dim": 16, "intermediate": 64},
    "feed-forward": {"hidden": 64, "heads": 2, "kv_heads": 1, "head_dim": 32, "intermediate": 1024},
    "wide heads": {"hidden": 64, "heads": 4, "kv_heads": 4, "head_dim": 64, "intermediate": 96},
}
CASES = [(256, 1), (1024, 1), (300, 3), (512, 16), (2048, 2)]


def allocated(gguf: Path, cases: list[tuple[int, int]], *, small: int = SMALL_MODEL) -> list[dict[str, float]]:
    """What llama.cpp logs for each (context, sequences): buffer -> MiB. small: size of the largest small model."""
    numbers = [str(number) for case in cases for number in case]
    command = [sys.executable, "-c", CODE, str(small), str(gguf), *numbers]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=True)
    found = []
    for part in done.stderr.split("case\n")[1:]:
        lines = re.findall(r"(model|KV|compute|output) buffer size = +([\d.]+) MiB", part)
        found.append({name: float(size) for name, size in lines})
    return found


@pytest.mark.parametrize("small", [SMALL_MODEL, 0], ids=["as a small model", "as a large model"])
@pytest.mark.parametrize("name", SHAPES_TRIED)
def test_cache_and_scratch_are_what_llama_cpp_allocates(
    tmp_path: Path, name: str, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attention is computed in another way for large models, which takes more scratch memory."""
    monkeypatch.setattr(plan, "SMALL_MODEL", small)
    directory = make_tiny_qwen3(tmp_path / "tiny", **SHAPES_TRIED[name])
    shape = described(directory)
    gguf = write_base_gguf(directory, tmp_path / "m.gguf", ftype="f16")
    for (context, sequences), real in zip(CASES, allocated(gguf, CASES, small=small), strict=True):
        said = predicted(shape, "f16", context, sequences)
        assert said.cache / 2**20 == pytest.approx(real["KV"], abs=0.01)
        assert said.output / 2**20 == pytest.approx(real["output"], abs=0.01)
        assert said.weights / 2**20 == pytest.approx(real["model"], abs=0.01)
        assert said.compute / 2**20 == pytest.approx(real["compute"], rel=0.1, abs=0.1), (context, sequences)


@pytest.mark.parametrize(("hidden", "tied"), [(256, True), (96, False)])
def test_weights_are_counted_to_the_byte_at_every_quantization(tmp_path: Path, hidden: int, tied: bool) -> None:
    directory = make_tiny_qwen3(tmp_path / "tiny", hidden=hidden, layers=17, intermediate=256, tied=tied)
    shape = described(directory)
    full = write_base_gguf(directory, tmp_path / "f16.gguf", ftype="f16")
    for name in ("f16", *TYPES):
        gguf = full if name == "f16" else quantize(full, tmp_path / "small.gguf", name)
        assert weight_bytes(shape, name) == sum(int(tensor.n_bytes) for tensor in GGUFReader(gguf).tensors), name


def test_the_context_for_judgments_is_what_llama_cpp_allocates(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from loop.inference.native import LlamaContext\n"
        "from loop.inference.tree import TreeContext; context = int(sys.argv[2])\n"
        "one = LlamaContext(Path(sys.argv[1]), context=context, sequences=1, threads=1)\n"
        "print('tree', file=sys.stderr, flush=True); TreeContext(one, context=context, threads=1)\n"
    )
    directory = make_tiny_qwen3(tmp_path / "tiny", **SHAPES_TRIED["attention"])
    for kind, context in (("f16", 300), ("f32", 2048)):
        gguf = write_base_gguf(directory, tmp_path / f"{kind}.gguf", ftype=kind)
        command = [sys.executable, "-c", code, str(gguf), str(context)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=True)
        sizes = re.findall(r"(?:KV|compute|output) buffer size = +([\d.]+) MiB", done.stderr.split("tree\n")[1])
        said = judging_bytes(described(directory), context, exact=kind == "f32") / 2**20
        assert said == pytest.approx(sum(map(float, sizes)), rel=0.1, abs=0.1)


def test_an_engine_that_does_not_judge_has_no_second_context() -> None:
    shape = SHAPES["qwen3-0.6b"]
    plain, judging = (predict(shape, "q8_0", context=512, parallel=1, cores=2, judges=j) for j in (False, True))
    assert plain.judging == 0
    assert judging.total == plain.total + judging.judging


def test_an_adapter_takes_what_its_file_holds(tiny_hf: Path, tmp_path: Path) -> None:
    gguf = random_adapter(tiny_hf, tmp_path / "adapter", seed=1)
    held = sum(int(tensor.n_bytes) for tensor in GGUFReader(gguf).tensors)
    assert adapter_bytes(described(tiny_hf), rank=4) == held


def test_only_as_many_adapters_count_as_stay_loaded() -> None:
    shape = SHAPES["qwen3-0.6b"]
    sizes = [predict(shape, "q8_0", context=512, parallel=1, cores=2, adapters=n, rank=16).adapters for n in range(8)]
    assert sizes[0] == 0
    assert sizes[2] == 2 * sizes[1]
    assert sizes[4] < sizes[5] == sizes[6] == sizes[7]  # the fifth is loaded before the oldest of four goes


def test_small_models_are_counted_once_a_worker(tiny_gguf: Path, tiny_hf: Path) -> None:
    said = predict(described(tiny_hf), "f32", context=512, parallel=32, cores=4)
    planned = plan_workers(tiny_gguf, 512, 32, 4)
    assert said.workers == len(planned) == 4
    assert said.total == 4 * said.worker
    assert said.cache == predicted(described(tiny_hf), "f32", 512, planned[0].sequences).cache


def test_a_real_shape_takes_what_is_known_of_it() -> None:
    """Qwen3-0.6B: 112 KiB of cache a token at float16 (28 layers x 8 heads x 128 x 2 x 2 bytes)."""
    said = predict(SHAPES["qwen3-0.6b"], "bf16", context=4096, parallel=2, cores=2)
    assert said.cache == 2 * 4096 * 112 * 1024
    assert said.weights == pytest.approx(2 * 596_049_920, rel=0.001)
    assert (said.workers, said.output) == (1, 2 * 4 * 151_936)


def described(directory: Path) -> Shape:
    from loop.models.gguf_base import load_config

    return shape_of(load_config(directory))


def predicted(shape: Shape, quantization: str, context: int, sequences: int) -> EngineMemory:
    """One worker with this many sequences."""
    return predict(shape, quantization, context=context, parallel=sequences, cores=1)
