"""Reference logits are those of the base that the engine has, whatever the training made of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from loop.inference.llama import LlamaEngine
from loop.training import fit, peft_logits
from loop.training.export import export_gguf
from loop.training.job import Job
from loop.training.parity import check_logits
from loop.training.reference import FILE, TEXTS
from loop.training.trainer import TrainResult, TrainSpec


@pytest.mark.usefixtures("one_thread")
def test_after_a_quantized_training_the_plain_base_is_loaded_again(
    trained: tuple[TrainSpec, TrainResult], engine: LlamaEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "PLAIN_TYPES", ())  # as if the base in memory were nf4
    spec = dataclasses.replace(trained[0], out=tmp_path / "adapter", epochs=1)
    spec.out.mkdir()
    fit.fit(Job("trl", spec, spec.out, tmp_path / "work"), lambda fraction, text: None)
    assert not (spec.out / FILE).exists()
    peft_logits.main(spec.base, spec.out, spec.out / TEXTS, spec.out / FILE)
    gguf = export_gguf(spec.out, spec.base, spec.out / "adapter.gguf")
    report = check_logits(spec.base, spec.out, gguf, engine)
    assert report.adapter_diff < 1e-4 and report.texts >= 6


def test_the_plain_base_is_loaded_as_wide_as_there_is_room_for() -> None:
    assert peft_logits.placed(10**9, 0, 7 * 10**9) == ("cpu", torch.float32)
    assert peft_logits.placed(10**9, 0, 5 * 10**9) == ("cpu", torch.bfloat16)
    assert peft_logits.placed(10**9, 24 * 10**9, 1) == ("cuda", torch.float32)
    assert peft_logits.placed(10**9, 3 * 10**9, 10**12) == ("cuda", torch.bfloat16)
