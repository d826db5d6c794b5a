"""Long rows go through the model a few at a time, and the step is the same step."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from loop.training import rows as training_rows
from loop.training.fit import fit
from loop.training.job import Job
from loop.training.trainer import TrainResult, TrainSpec


@pytest.mark.parametrize(
    "batch_size, longest, rows",
    [(16, 100, 16), (16, 312, 16), (16, 313, 8), (16, 567, 8), (16, 1_024, 4), (6, 1_000, 3), (7, 9_000, 1)],
)  # fmt: skip
def test_rows_that_go_together_divide_the_batch_and_fit(batch_size: int, longest: int, rows: int) -> None:
    assert training_rows.micro_batch(batch_size, longest) == rows


@pytest.mark.usefixtures("one_thread")
def test_a_step_in_parts_has_the_loss_and_gradient_of_the_whole(
    trained: tuple[TrainSpec, TrainResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained[1].metrics
    monkeypatch.setattr(training_rows, "TOGETHER", 600)
    spec = dataclasses.replace(trained[0], out=tmp_path / "parts")
    spec.out.mkdir()
    parts = fit(Job("trl", spec, spec.out, tmp_path / "work"), lambda fraction, text: None)
    assert parts["steps"] == whole["steps"]
    assert parts["label_tokens"] == whole["label_tokens"]
    assert parts["loss"] == pytest.approx(whole["loss"], abs=2e-3)
    assert parts["grad_norm"] == pytest.approx(whole["grad_norm"], rel=0.02)
