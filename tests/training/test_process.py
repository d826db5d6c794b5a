"""Training for real, in its worker process, on a tiny random Qwen3."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from loop.errors import ConfigError, ModelError, TrainingError
from loop.models.digests import file_sha256
from loop.training.process import ROOT, ProcessTrainer
from loop.training.trainer import TrainResult, TrainSpec

Trained = tuple[TrainSpec, TrainResult]


def ignore(fraction: float, text: str) -> None:
    pass


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid: int) -> bool:
    """A zombie runs no longer."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_training_lowers_the_loss_on_its_rows(trained: Trained) -> None:
    metrics = trained[1].metrics
    losses = metrics["loss"]
    assert isinstance(losses, list) and len(losses) == metrics["steps"] == 9
    assert losses[-1] < 0.75 * losses[0]


def test_only_completion_tokens_are_labelled(trained: Trained) -> None:
    spec, result = trained
    tokenizer = Tokenizer.from_file(str(spec.base / "tokenizer.json"))
    rows = [json.loads(line) for line in spec.examples.read_text().splitlines()]
    completions = sum(len(tokenizer.encode(row["completion"]).ids) for row in rows)
    everything = completions + sum(len(tokenizer.encode(row["prompt"]).ids) for row in rows)
    assert result.metrics["label_tokens"] == 3 * completions
    assert result.metrics["tokens"] == 3 * everything
    by_step = result.metrics["phases"]["sft"]["step_tokens"]
    assert min(by_step) > 0 and sum(by_step) == 3 * everything  # each step's own, not the next one's


def test_the_same_seed_gives_the_same_adapter_and_the_base_stays_as_it_was(trained: Trained, tmp_path: Path) -> None:
    spec, result = trained
    before = {path.name: file_sha256(path) for path in spec.base.iterdir()}
    seen: list[float] = []
    again = ProcessTrainer().train(
        dataclasses.replace(spec, out=tmp_path / "again"), lambda fraction, text: seen.append(fraction)
    )
    assert again.sha256 == result.sha256 == file_sha256(again.gguf)
    assert {path.name: file_sha256(path) for path in spec.base.iterdir()} == before
    assert seen == sorted(seen) and seen[0] == 0.0 and seen[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_the_card_names_base_data_and_method_by_content(trained: Trained) -> None:
    spec, result = trained
    card = json.loads((result.out / "card.json").read_text())
    assert card["adapter_sha256"] == result.sha256
    assert card["base_sha256"] == file_sha256(spec.base / "model.safetensors")
    assert card["examples_sha256"] == file_sha256(spec.examples)
    assert card["hyperparameters"]["rank"] == 4 and card["hyperparameters"]["seed"] == 3
    assert card["metrics"]["peak_memory_bytes"] > 0
    assert str(spec.base.parent) not in json.dumps(card)
    assert card["base_sha256"] in (result.out / "README.md").read_text()


@pytest.mark.parametrize(("learning_rate", "epochs", "what"), [(1e30, 3, "loss nan"), (1e4, 6, "collapsed")])
def test_an_absurd_learning_rate_ends_without_an_adapter(
    trained: Trained, tmp_path: Path, learning_rate: float, epochs: float, what: str
) -> None:
    spec = dataclasses.replace(trained[0], out=tmp_path / "absurd", learning_rate=learning_rate, epochs=epochs)
    with pytest.raises(TrainingError, match=what) as caught:
        ProcessTrainer().train(spec, ignore)
    assert "learning_rate" in caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_a_killed_worker_is_a_training_error_and_leaves_what_was_there(trained: Trained, tmp_path: Path) -> None:
    spec = dataclasses.replace(trained[0], out=tmp_path / "adapter", epochs=1000)
    spec.out.mkdir()
    (spec.out / "kept").touch()

    def kill_at_a_step(fraction: float, text: str) -> None:
        if "step" in text:
            (worker,) = [pid for pid in children_of(os.getpid()) if b"loop.training.worker" in cmdline(pid)]
            os.kill(worker, signal.SIGKILL)

    with pytest.raises(TrainingError, match="SIGKILL"):
        ProcessTrainer().train(spec, kill_at_a_step)
    assert [path.name for path in tmp_path.iterdir() if ".work-" not in path.name] == ["adapter"]
    assert [path.name for path in spec.out.iterdir()] == ["kept"]


def cmdline(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_an_interrupt_kills_the_worker(trained: Trained, tmp_path: Path) -> None:
    workers: list[int] = []

    def interrupt(fraction: float, text: str) -> None:
        workers.extend(pid for pid in children_of(os.getpid()) if b"loop.training.worker" in cmdline(pid))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ProcessTrainer().train(dataclasses.replace(trained[0], out=tmp_path / "adapter"), interrupt)
    assert len(workers) == 1 and not running(workers[0])
    assert [path for path in tmp_path.iterdir() if ".work-" not in path.name] == []


def test_the_worker_dies_with_its_parent(trained: Trained, tmp_path: Path) -> None:
    spec = trained[0]
    program = (
        "import sys; from pathlib import Path; from loop.training.process import ProcessTrainer\n"
        "from loop.training.trainer import TrainSpec\n"
        "spec = TrainSpec(base=Path(sys.argv[1]), examples=Path(sys.argv[2]), out=Path(sys.argv[3]), epochs=1000)\n"
        "ProcessTrainer().train(spec, lambda fraction, text: print(text, flush=True))\n"
    )
    command = [sys.executable, "-c", program, str(spec.base), str(spec.examples), str(tmp_path / "adapter")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"loading libraries\n"
        (worker,) = children_of(parent.pid)
        parent.kill()
    deadline = time.monotonic() + 10
    while running(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(worker)


def test_the_log_of_a_worker_that_fails_is_in_the_error(trained: Trained, tmp_path: Path) -> None:
    broken = tmp_path / "base"
    broken.mkdir()
    for path in trained[0].base.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "tokenizer.json").write_text("{}")
    with pytest.raises(TrainingError, match=r"exit code 1\n(.*\n)*.*tokenizer"):
        ProcessTrainer().train(dataclasses.replace(trained[0], base=broken, out=tmp_path / "adapter"), ignore)
    assert not (tmp_path / "adapter").exists()


def test_bad_input_is_refused_before_a_process_starts(base: Path, examples: Path, tmp_path: Path) -> None:
    spec = TrainSpec(base=base, examples=examples, out=tmp_path / "adapter")
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(TrainingError, match="nothing for sft"):
        ProcessTrainer().train(dataclasses.replace(spec, examples=empty), ignore)
    with pytest.raises(TrainingError, match="no examples"):
        ProcessTrainer().train(dataclasses.replace(spec, examples=tmp_path / "missing"), ignore)
    with pytest.raises(ModelError):
        ProcessTrainer().train(dataclasses.replace(spec, base=tmp_path), ignore)
    with pytest.raises(ConfigError, match="choose one of: trl"):
        ProcessTrainer().train(dataclasses.replace(spec, backend="guesswork"), ignore)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="nothing for dpo"):
        ProcessTrainer().train(dataclasses.replace(spec, method="dpo"), ignore)
