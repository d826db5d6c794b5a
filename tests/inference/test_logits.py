"""Logits of a whole text, for comparing engine and trainer: the same from either of an engine's contexts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loop.errors import EngineError
from loop.inference import native
from loop.inference.llama import LlamaEngine
from loop.inference.native import LlamaContext


def test_logits_of_a_text_longer_than_a_batch_row_are_whole(engine: LlamaEngine) -> None:
    tokens = engine.tokenize("sum of the array " * 30)[:100]
    whole = engine.logits(tokens, None)
    assert len(whole) == 100
    assert np.allclose(whole[:20], engine.logits(tokens[:20], None), atol=1e-3)
    with pytest.raises(EngineError, match="do not fit"):
        engine.logits(tokens * 2, None)


def test_a_large_model_gives_them_from_the_context_it_samples_in(
    tiny_gguf: Path, engine: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no other; its cache is float16, as the exact one of a small model is not."""
    monkeypatch.setattr(native, "flash_attention", lambda size: False)
    context = LlamaContext(tiny_gguf, context=192, sequences=2, threads=1)
    tokens = context.tokenize("sum of the array " * 30)[:100]
    exact = engine.logits(tokens, None)
    for _ in range(2):
        assert np.allclose(context.logits(tokens), exact, atol=2e-2)
    assert not np.array_equal(context.logits(tokens), exact)
