"""A training's picture: the same metrics give the same bytes, and what has no losses is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loop.errors import UsageError
from loop.report.training_plot import main, plot_training

PHASE: dict[str, Any] = {
    "loss": [2.0, 1.5, 1.0],
    "grad_norm": [1.0, 0.8, 0.5],
    "step_tokens": [100, 120, 90],
    "step_seconds": [0.1, 0.0, 0.1],
    "memory_bytes": [1 << 30] * 3,
    "held_back": [[2, 1.6], [3, 1.2]],
}


def test_the_same_metrics_give_the_same_picture_with_a_row_a_phase(tmp_path: Path) -> None:
    metrics = {"phases": {"sft": PHASE, "dpo": {**PHASE, "held_back": []}}}
    plot_training(metrics, tmp_path / "a.svg")
    plot_training(metrics, tmp_path / "b.svg")
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert text.count('id="axes_') == 8


@pytest.mark.parametrize("metrics", [{}, {"phases": {"sft": {"loss": []}}}])
def test_metrics_without_losses_are_refused(tmp_path: Path, metrics: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no phases with losses"):
        plot_training(metrics, tmp_path / "a.svg")


def test_a_format_that_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.odt has no format"):
        plot_training({"phases": {"sft": PHASE}}, tmp_path / "a.odt")


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json"), str(tmp_path / "a.svg")]) == 2
    assert "none.json" in capsys.readouterr().err
