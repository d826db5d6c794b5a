"""What a training takes is predicted, and one that cannot fit is refused before a process starts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from loop.errors import TrainingError
from loop.models.gguf_base import load_config
from loop.models.shapes import SHAPES, shape_of
from loop.training import launch, memory, process
from loop.training.demand import demands
from loop.training.devices import Gpu, free_memory
from loop.training.memory import Batch, base_bytes, batch_of, lora_parameters, predict, preflight
from loop.training.process import ProcessTrainer
from loop.training.trainer import TrainResult, TrainSpec

LARGE = SHAPES["qwen3-1.7b"]
SPEC = TrainSpec(base=Path("b"), examples=Path("e"), out=Path("o"), rank=32)


def cards(monkeypatch: pytest.MonkeyPatch, *free: int) -> None:
    found = tuple(Gpu("card", size, size) for size in free)
    monkeypatch.setattr(memory, "gpus", lambda: found)
    monkeypatch.setattr(launch, "gpus", lambda: found)


def test_a_real_training_takes_what_was_predicted(trained: tuple[TrainSpec, TrainResult]) -> None:
    spec, result = trained
    shape = shape_of(load_config(spec.base))
    assert lora_parameters(shape, spec) == result.metrics["trainable_parameters"]
    predicted = predict(shape, spec, batch_of(spec, 160, 80), gpu=False).total
    assert result.metrics["peak_memory_bytes"] == pytest.approx(predicted, rel=0.1)


def test_weights_are_those_of_the_type_they_are_loaded_in() -> None:
    matrices = 28 * (2 * 2048 * (2048 + 1024) + 3 * 2048 * 6144)
    rest = LARGE.parameters - matrices
    assert base_bytes(LARGE, "32bit") == 2 * base_bytes(LARGE, "16bit") == 4 * LARGE.parameters
    # 4.127 bits a weight: QLoRA, arXiv:2305.14314, section 3
    assert base_bytes(LARGE, "4bit") == pytest.approx(2 * rest + matrices * 4.127 / 8, rel=1e-4)
    assert matrices + 2 * rest < base_bytes(LARGE, "fp8") < 1.01 * (matrices + 2 * rest)


def test_rows_that_go_together_and_not_the_batch_decide() -> None:
    few, many = (dataclasses.replace(SPEC, batch_size=size) for size in (4, 64))
    assert batch_of(few, 1024, 300) == batch_of(many, 1024, 300) == Batch(4096, 1024, 1200)
    assert batch_of(many, 9000, 300) == Batch(9000, 9000, 300)
    assert batch_of(few, 1024, 300, processes=4) == Batch(1024, 1024, 300)


def test_a_gpu_keeps_a_layers_input_and_a_cpu_all_of_it() -> None:
    batch = Batch(4096, 4096, 1024)
    on_card, on_cpu = (predict(LARGE, SPEC, batch, gpu=gpu) for gpu in (True, False))
    assert on_card.activations * 10 < on_cpu.activations
    assert on_card.loss * 4 < on_cpu.loss
    pairs = predict(LARGE, dataclasses.replace(SPEC, method="dpo"), batch, gpu=True)
    assert pairs.activations == pytest.approx(2 * on_card.activations, rel=1e-6) and pairs.reference > 0


def test_a_training_that_cannot_fit_is_refused_with_numbers_and_the_knob(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = dataclasses.replace(SPEC, base=base)
    cards(monkeypatch)
    monkeypatch.setattr(memory, "free_memory", lambda: 1 << 40)
    assert preflight(spec, 500, 300).total < 2 << 30
    monkeypatch.setattr(memory, "free_memory", lambda: 1 << 28)
    with pytest.raises(
        TrainingError, match=r"wants \d\.\d\d GiB, and the machine has 0\.25 GiB free: weights"
    ) as caught:
        preflight(spec, 500, 300)
    assert "model.context" in caught.value.fix


def test_each_card_must_hold_a_whole_training(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "shape_of", lambda config: LARGE)
    spec = dataclasses.replace(SPEC, base=base, max_length=2048)
    cards(monkeypatch, 24 << 30, 24 << 30)
    preflight(spec, 2048, 500)
    cards(monkeypatch, 24 << 30, 4 << 30)
    with pytest.raises(TrainingError, match=r"each GPU has 4\.00 GiB free") as caught:
        preflight(spec, 2048, 500)
    assert caught.value.fix == 'train.precision = "4bit"'
    preflight(dataclasses.replace(spec, precision="4bit"), 2048, 500)
    preflight(dataclasses.replace(spec, devices=1), 2048, 500)
    group = dataclasses.replace(spec, devices=1, method="grpo")
    cards(monkeypatch, 16 << 30)
    with pytest.raises(TrainingError) as caught:
        preflight(group, 2048, 500)
    assert "grpo.group" in caught.value.fix


def test_the_trainer_asks_before_it_starts_a_process(
    base: Path, examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 1 << 28)
    monkeypatch.setattr(process, "worker", None)
    cards(monkeypatch)
    with pytest.raises(TrainingError, match=r"0\.25 GiB free"):
        ProcessTrainer().train(
            TrainSpec(base=base, examples=examples, out=tmp_path / "adapter"), lambda fraction, text: None
        )
    assert list(tmp_path.iterdir()) == []


def test_memory_that_is_free_is_less_than_there_is() -> None:
    total = int(Path("/proc/meminfo").read_text().split()[1]) << 10
    assert 0 < free_memory() < total


def test_stages_that_train_alike_are_told_together() -> None:
    from loop.config import Settings

    found = demands(Settings(), gpu=False)
    assert sorted(stage for demand in found for stage in demand.stages) == sorted(
        ("routing", "scope", "precision", "planning", "implementation")
    )
    assert len(found) < 5
    assert {demand.spec.method for demand in demands(Settings(), gpu=True, method="grpo")} == {"grpo"}
