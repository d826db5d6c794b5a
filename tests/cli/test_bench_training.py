"""What is compared is when each way reaches the loss that all of them reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loop.cli.bench_training import result_rows
from loop.cli.main import main
from loop.errors import TrainingError
from loop.training.examples import Example, to_lines
from loop.training.trainer import TrainSpec
from loop.training.training_speed import Comparison, Course, _prepare


def course(*curve: tuple[float, int, float]) -> Course:
    return Course(curve, tokens=1000, seconds=curve[-1][0], peak_memory_bytes=1 << 20)


def test_the_time_to_a_loss_lies_between_the_looks_around_it() -> None:
    made = course((0.0, 0, 2.0), (10.0, 100, 1.0), (20.0, 200, 0.5))
    assert made.seconds_to(1.5) == 5.0
    assert made.seconds_to(0.75) == 15.0
    assert made.seconds_to(0.1) == float("inf")


def test_all_ways_are_timed_to_the_worst_of_their_best_losses() -> None:
    found = Comparison((90, 10))
    found.courses = {
        "ours": [course((0.0, 0, 2.0), (10.0, 100, 0.5))],
        "trl": [course((0.0, 0, 2.0), (20.0, 100, 1.25), (40.0, 200, 1.3))],
    }
    assert found.target(0) == 1.25
    assert (found.seconds("ours"), found.seconds("trl"), found.ratio("trl")) == (5.0, 20.0, 4.0)
    rows = {row["name"]: row for row in result_rows(found)}
    assert rows["training.trl"]["ratio"] == 4.0 and rows["training.trl"]["baseline"] == 5.0


def test_whole_tasks_are_held_out_and_too_few_rows_are_refused(tmp_path: Path) -> None:
    rows = [Example(f"p{i}", "c", f"s{i}", f"t{i // 2}") for i in range(80)]
    examples = tmp_path / "rows.jsonl"
    examples.write_text(to_lines(rows))
    spec = TrainSpec(base=tmp_path, examples=examples, out=tmp_path / "out", batch_size=4)
    _, held, counts = _prepare(spec, tmp_path, most=20)
    assert counts == (20, 8)
    tasks = [json.loads(line)["task_id"] for line in held.read_text().splitlines()]
    assert all(tasks.count(task) == 2 for task in tasks)
    with pytest.raises(TrainingError, match="too few"):
        _prepare(spec, tmp_path, most=5)


def test_without_a_training_set_the_bench_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("LOOP_HOME", str(tmp_path))
    assert main(["bench", "training"]) == 2
    assert "loop harvest" in capsys.readouterr().err
