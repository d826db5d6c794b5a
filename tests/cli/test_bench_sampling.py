"""`loop bench sampling`: every way samples, the figures are what they are called, and a soak watches memory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from loop.inference.sampling_speed import ONE_PROCESS, Comparison
from loop.inference.sampling_ways import Speed, Work, transformers
from tests.support.monotonous import monotonous_gguf
from tests.support.tiny_qwen3 import make_tiny_qwen3

Loop = Callable[..., "subprocess.CompletedProcess[str]"]
SMALL = ("--prompts", "2", "-k", "2", "--tokens", "6", "--repeats", "1")


def test_ways_are_compared_with_the_engine(loop: Loop, tmp_path: Path) -> None:
    base = make_tiny_qwen3(tmp_path / "tiny")
    done = loop("bench", "sampling", "--base", str(base), *SMALL, "--without", "transformers", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert "sampling.transformers" not in rows
    for way in ("engine", "decode", "create_completion"):
        for name in (f"sampling.{way}", f"sampling.{way}.cpu"):
            assert rows[name]["value"] > 0
            assert rows[name]["baseline"] == rows[f"sampling.engine{'.cpu' if name.endswith('cpu') else ''}"]["value"]
    assert rows["sampling.engine"]["ratio"] == 1.0


def test_transformers_counts_tokens_up_to_the_end_of_each_turn(tmp_path: Path) -> None:
    for token, tokens in (("<|im_end|>", 1), ("a", 6)):
        gguf = monotonous_gguf(make_tiny_qwen3(tmp_path / token), tmp_path / f"{token}-model", token)
        work = Work(str(gguf), str(gguf.parent), ("sum", "sum of all"), 3, 6, 64, 1, 4, 1)
        assert transformers(work).tokens == 2 * 3 * tokens


def test_a_prompt_that_does_not_fit_is_refused_before_anything_runs(loop: Loop, tmp_path: Path) -> None:
    base = make_tiny_qwen3(tmp_path / "tiny")
    done = loop("bench", "sampling", "--base", str(base), "--prompt-tokens", "300", "--set", "model.context=256")
    assert done.returncode == 1
    assert "do not fit a context of 256" in done.stderr and "model.context=" in done.stderr


def test_a_soak_tells_what_the_processes_held(loop: Loop) -> None:
    done = loop("bench", "sampling", "--soak", "200", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["sampling.soak"]["value"] == 200
    assert rows["sampling.soak.workers"]["value"] > 20
    assert rows["sampling.soak.workers"]["ratio"] == pytest.approx(1.0, abs=0.2)


def test_ratios_are_of_the_same_repeat_and_the_best_bare_loop_is_named() -> None:
    work = Work("g", "d", ("p",), 1, 1, 64, 2, 8, 1)
    speeds = {
        "engine": [Speed(100, 1.0, 2.0), Speed(10, 1.0, 2.0), Speed(50, 1.0, 2.0)],
        "decode": [Speed(200, 1.0, 1.0), Speed(20, 1.0, 1.0), Speed(50, 1.0, 1.0)],
        ONE_PROCESS: [Speed(20, 1.0, 0.1)] * 3,
    }
    found = Comparison(work, 1, speeds)
    assert found.ratio("decode") == 0.5
    assert found.per_second("decode") == 50
    assert found.best_decode() == "decode"
    assert found.best_decode(cpu=True) == ONE_PROCESS
