from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiny_qwen3 import make_tiny_qwen3


@pytest.fixture(scope="session")
def tiny_hf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_qwen3(tmp_path_factory.mktemp("tiny"))
