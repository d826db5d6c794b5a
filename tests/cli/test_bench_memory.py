"""`loop bench memory`: the micro model answers the stages' questions, and takes what was predicted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

Loop = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_micro_model_takes_what_was_predicted(loop: Loop) -> None:
    done = loop("bench", "memory", "--task", "base64", "--calls", "2", "--tokens", "2", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    whole = rows["memory.micro.f32"]
    parts = [row["value"] for name, row in rows.items() if row["metric"] == "bytes predicted"]
    assert whole["baseline"] == sum(parts)
    assert whole["value"] > rows["memory.micro.f32.idle"]["value"] > 0
    assert whole["ratio"] == pytest.approx(1.0, abs=0.25)


def test_an_unknown_reference_task_is_refused(loop: Loop) -> None:
    done = loop("bench", "memory", "--task", "base63")
    assert done.returncode == 2
    assert "base63" in done.stderr


def test_trainings_are_computed_by_method_and_precision(loop: Loop) -> None:
    done = loop("bench", "memory", "--training", "--profile", "qwen3-1.7b", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout) if "implementation" in row["stages"]}
    whole, small = (rows[f"training.qwen3-1.7b.sft.{name}"] for name in ("16bit", "4bit"))
    assert small["parts"]["weights"] < 0.45 * whole["parts"]["weights"]
    assert whole["tokens"] == 8192
    assert rows["training.qwen3-1.7b.grpo.16bit"]["parts"]["sampling"] > 0
    assert "training.qwen3-1.7b.configured" in rows
