"""A training that is killed goes on from its last checkpoint, and ends where it would have ended."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
from pathlib import Path

import pytest

from loop.errors import TrainingError
from loop.training.checkpoints import COMPLETE, last_complete, work_of
from loop.training.process import ProcessTrainer
from loop.training.trainer import TrainResult, TrainSpec
from tests.support.processes import children_running


def train_until(spec: TrainSpec, text: str) -> None:
    """Trains, and kills the worker with SIGKILL when it reports `text`."""

    def kill(fraction: float, said: str) -> None:
        if text in said:
            for pid in children_running("loop.training.worker"):
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(TrainingError, match="SIGKILL"):
        ProcessTrainer().train(spec, kill)


@pytest.mark.slow
def test_a_training_killed_at_random_steps_ends_with_the_same_adapter(
    preferred: tuple[TrainSpec, TrainResult], tmp_path: Path
) -> None:
    unkilled = preferred[1]
    spec = dataclasses.replace(preferred[0], out=tmp_path / "adapter")
    rng = random.Random(os.getpid())
    made = {name: len(phase["loss"]) for name, phase in unkilled.metrics["phases"].items()}  # type: ignore[attr-defined]
    in_sft, in_dpo = rng.randint(3, 5), rng.randint(3, made["dpo"] - 1)  # behind the first checkpoint, at step 2
    train_until(spec, f"sft: step {in_sft}/")
    train_until(spec, f"dpo: step {in_dpo}/")
    said: list[str] = []
    result = ProcessTrainer().train(spec, lambda fraction, text: said.append(text))
    assert not [text for text in said if "sft: step" in text]  # that phase was complete
    sft, dpo = (result.metrics["phases"][name] for name in ("sft", "dpo"))  # type: ignore[index]
    assert sft["resumed_at"] in (2, 4) and dpo["resumed_at"] >= 2
    for name in ("sft", "dpo"):
        assert result.metrics["phases"][name]["loss"] == pytest.approx(  # type: ignore[index]
            unkilled.metrics["phases"][name]["loss"],  # type: ignore[index]
            abs=1e-4,
        ), (name, in_sft, in_dpo)
    assert result.sha256 == unkilled.sha256
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(tmp_path: Path) -> None:
    for number in (5, 10, 15):
        (tmp_path / f"checkpoint-{number}").mkdir()
    for number in (5, 10):
        (tmp_path / f"checkpoint-{number}" / COMPLETE).touch()
    assert last_complete(tmp_path) == tmp_path / "checkpoint-10"
    assert not (tmp_path / "checkpoint-15").exists()


def test_what_another_training_left_unfinished_is_not_gone_on_with(base: Path, examples: Path, tmp_path: Path) -> None:
    spec = TrainSpec(base=base, examples=examples, out=tmp_path / "adapter")
    first = work_of(spec)
    assert work_of(spec) == first and first.is_dir()
    assert work_of(dataclasses.replace(spec, learning_rate=0.5)) != first and not first.exists()
