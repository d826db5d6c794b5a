"""Several processes that train together: the same training, one adapter, and none of them left behind."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from loop.errors import ConfigError, TrainingError
from loop.training import launch
from loop.training.devices import Gpu
from loop.training.phase import restore_on_cpu
from loop.training.process import ROOT, ProcessTrainer, environment
from loop.training.trainer import TrainResult, TrainSpec

Trained = tuple[TrainSpec, TrainResult]

PROGRAM = """
import dataclasses, sys
from pathlib import Path
from loop.training.process import ProcessTrainer
from loop.training.trainer import TrainSpec
base, examples, out = map(Path, sys.argv[1:4])
spec = TrainSpec(base=base, examples=examples, out=out, epochs=1000, rank=4, alpha=8, devices=2)
ProcessTrainer().train(spec, lambda fraction, text: print(text, flush=True))
"""


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        found += [child, *descendants(child)]
    return found


def running(pid: int) -> bool:
    """A zombie runs no longer."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_two_processes_make_the_adapter_that_one_makes(trained: Trained, tmp_path: Path) -> None:
    spec, alone = trained
    told: list[float] = []
    result = ProcessTrainer().train(
        dataclasses.replace(spec, out=tmp_path / "two", devices=2), lambda fraction, text: told.append(fraction)
    )
    together, single = result.metrics, alone.metrics
    assert together["processes"] == 2 and single["processes"] == 1
    assert together["steps"] == single["steps"]
    assert together["label_tokens"] == single["label_tokens"] and together["tokens"] == single["tokens"]
    assert together["loss"] == pytest.approx(single["loss"], abs=0.02)
    assert told == sorted(told) and told[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["two"]
    assert {path.name for path in result.out.iterdir()} == {path.name for path in alone.out.iterdir()}


def test_no_process_outlives_the_trainer(trained: Trained, tmp_path: Path) -> None:
    spec = trained[0]
    command = [sys.executable, "-c", PROGRAM, str(spec.base), str(spec.examples), str(tmp_path / "adapter")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"loading libraries\n"
        family = descendants(parent.pid)
        while sum(b"loop.training.worker" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family) < 2:
            family = descendants(parent.pid)
        parent.kill()
    deadline = time.monotonic() + 10
    while any(map(running, family)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [pid for pid in family if running(pid)]


def test_one_process_a_card_and_never_more_than_there_are(
    base: Path, examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = TrainSpec(base=base, examples=examples, out=tmp_path / "adapter")
    monkeypatch.setattr(launch, "gpus", lambda: ())
    assert launch.processes_of(spec) == 1
    assert launch.processes_of(dataclasses.replace(spec, devices=4)) == 4
    monkeypatch.setattr(launch, "gpus", lambda: (Gpu("a", 1, 1), Gpu("b", 1, 1)))
    assert launch.processes_of(spec) == 2
    assert launch.processes_of(dataclasses.replace(spec, devices=1)) == 1
    with pytest.raises(ConfigError, match="there are 2 GPUs"):
        launch.processes_of(dataclasses.replace(spec, devices=3))
    with pytest.raises(TrainingError, match="5 rows cannot be dealt out to 2 processes"):
        launch.processes_of(dataclasses.replace(spec, batch_size=5))


def test_each_process_sees_a_card_and_none_joins_a_group_of_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert environment(tmp_path)["CUDA_VISIBLE_DEVICES"] == "0"
    assert environment(tmp_path, 3)["CUDA_VISIBLE_DEVICES"] == "0,1,2"
    assert not {"RANK", "WORLD_SIZE"} & set(environment(tmp_path, 3))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    assert environment(tmp_path, 3)["CUDA_VISIBLE_DEVICES"] == "5"


def test_a_checkpoint_of_several_processes_is_read_again_on_a_cpu(tmp_path: Path) -> None:
    """Trainer asks for "cpu:0" then, a place that torch of itself restores nothing to."""
    torch.save({"step": torch.arange(3)}, tmp_path / "optimizer.pt")
    restore_on_cpu()
    read = torch.load(tmp_path / "optimizer.pt", map_location=torch.device("cpu", 0), weights_only=True)
    assert read["step"].tolist() == [0, 1, 2]
