from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from loop.inference.llama import LlamaEngine
from loop.models.gguf_base import write_base_gguf
from tests.support.tiny_qwen3 import make_tiny_qwen3


@pytest.fixture(scope="session")
def tiny_hf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_qwen3(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_gguf(tiny_hf: Path) -> Path:
    return write_base_gguf(tiny_hf, tiny_hf / "base.gguf")


@pytest.fixture(scope="session")
def engine(tiny_gguf: Path) -> Iterator[LlamaEngine]:
    """Two workers with eight sequences each: requests cross worker and slot borders in every test."""
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=2) as opened:
        yield opened


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened
