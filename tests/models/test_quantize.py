"""Quantized bases: made once by llama.cpp's own quantizer, and adapters work on them as on the full base."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from loop.errors import ModelError
from loop.home import Home, open_home
from loop.inference.llama import LlamaEngine
from loop.models import catalogue
from loop.models.gguf_base import write_base_gguf
from loop.models.quantize import TYPES, quantize
from tests.support.random_adapter import random_adapter
from tests.support.tiny_qwen3 import make_tiny_qwen3

TOKENS = list(range(40, 80))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of 256: the width that every quantization fits."""
    return make_tiny_qwen3(tmp_path_factory.mktemp("tiny"), seed=4, hidden=256, head_dim=64, intermediate=256)


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return open_home(tmp_path_factory.mktemp("home"))


def logits(gguf: Path, adapter: Path | None = None) -> np.ndarray:
    with LlamaEngine(gguf, context=64, parallel=1, threads=1) as engine:
        return np.asarray(engine.logits(TOKENS, adapter))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Root-mean-square difference relative to the spread of `other`."""
    return float(np.sqrt(np.mean((one - other) ** 2)) / other.std())


def test_fewer_bits_are_a_smaller_file_and_a_greater_distance(tiny: Path, kept_home: Home) -> None:
    full = logits(catalogue.resolve(str(tiny), kept_home).gguf)
    sizes, distances = [], []
    for name in ("q8_0", "q6_k", "q4_k_m", "q2_k"):
        gguf = catalogue.resolve(str(tiny), kept_home, quantization=name).gguf
        sizes.append(gguf.stat().st_size)
        distances.append(distance(logits(gguf), full))
    assert sizes == sorted(sizes, reverse=True)
    assert distances == sorted(distances)
    assert distances[0] < 0.05 < distances[-1]


def test_a_quantized_base_is_made_once_and_keeps_the_identity_of_its_weights(tiny: Path, kept_home: Home) -> None:
    plain = catalogue.resolve(str(tiny), kept_home)
    first = catalogue.resolve(str(tiny), kept_home, quantization="q4_k_m")
    made = first.gguf.stat().st_mtime_ns
    again = catalogue.resolve(str(tiny), kept_home, quantization="q4_k_m")
    assert again == first
    assert again.gguf.stat().st_mtime_ns == made
    assert (first.sha256, first.hf_dir) == (plain.sha256, plain.hf_dir)
    assert first.gguf != plain.gguf


def test_a_damaged_quantized_base_is_made_again(tiny: Path, kept_home: Home) -> None:
    gguf = catalogue.resolve(str(tiny), kept_home, quantization="q5_0").gguf
    whole = gguf.read_bytes()
    gguf.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert catalogue.resolve(str(tiny), kept_home, quantization="q5_0").gguf.read_bytes() == whole


def test_our_q8_is_bit_for_bit_that_of_llama_cpp(tiny: Path, tmp_path: Path) -> None:
    full = write_base_gguf(tiny, tmp_path / "full.gguf")
    theirs = GGUFReader(quantize(full, tmp_path / "theirs.gguf", "q8_0"))
    ours = GGUFReader(write_base_gguf(tiny, tmp_path / "ours.gguf", ftype="q8_0"))
    want = {tensor.name: (tensor.tensor_type, np.asarray(tensor.data)) for tensor in theirs.tensors}
    assert len(want) == len(ours.tensors)
    for tensor in ours.tensors:
        kind, data = want[tensor.name]
        assert tensor.tensor_type == kind
        assert np.array_equal(np.asarray(tensor.data), data), tensor.name


@pytest.mark.parametrize("quantization", ["q8_0", "q4_k_m"])
def test_an_adapter_works_on_a_quantized_base(tiny: Path, kept_home: Home, tmp_path: Path, quantization: str) -> None:
    adapter = random_adapter(tiny, tmp_path / "adapter", seed=1)
    full = catalogue.resolve(str(tiny), kept_home).gguf
    quantized = catalogue.resolve(str(tiny), kept_home, quantization=quantization).gguf
    base, changed = logits(quantized), logits(quantized, adapter)
    want = logits(full, adapter) - logits(full)
    cosine = float(np.sum((changed - base) * want) / np.linalg.norm(changed - base) / np.linalg.norm(want))
    assert distance(changed, base) > 0.1
    assert cosine > 0.9


def test_what_cannot_be_quantized_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "source.gguf"
    source.write_bytes(b"GGUF nonsense")
    with pytest.raises(ModelError, match="did not quantize"):
        quantize(source, tmp_path / "out" / "small.gguf", "q4_0")
    assert not list((tmp_path / "out").iterdir())
    with pytest.raises(ModelError, match="no weights of type w8a8") as caught:
        quantize(source, tmp_path / "small.gguf", "w8a8")
    assert all(name in caught.value.fix for name in TYPES)
