"""`loop bench grading`: its figures, and the exit code when the two ways disagree. The model is a script."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluators.bench.grading import Comparison, Difference
from loop.cli.bench_grading import measurements, soak_measurements
from loop.cli.main import main
from loop.home import Home
from loop.report.progress import Reporter
from tests.support.scripted_world import scripted_context

Capture = pytest.CaptureFixture[str]
PROMISED = {"name", "metric", "value", "baseline", "ratio", "repeats", "machine"}


@pytest.fixture
def world(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    monkeypatch.chdir(tmp_path)

    def scripted(settings: object, home: Home, reporter: Reporter | None = None) -> Any:
        return scripted_context(home)

    monkeypatch.setattr("loop.cycle.context.open_context", scripted)
    return home


def compared(**seconds: list[float]) -> Comparison:
    return Comparison(10, 4, "standard", {way.replace("_", " "): times for way, times in seconds.items()})


def test_it_reports_both_sets_the_sandbox_and_the_disagreements(world: Home, capsys: Capture) -> None:
    code = main(["bench", "grading", "--completions", "8", "--repeats", "1", "--set", "grade.cases=4", "--json"])
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert all(row.keys() >= PROMISED for row in rows.values())
    assert {"grading.mix", "grading.distinct", "grading.sandbox"} <= rows.keys()
    assert rows["grading.mix.differences"]["value"] == rows["grading.distinct.differences"]["value"] == 0


def test_a_soak_reports_what_is_left(world: Home, capsys: Capture) -> None:
    code = main(["bench", "grading", "--completions", "8", "--soak", "16", "--set", "grade.cases=4", "--json"])
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert rows["grading.soak"]["value"] >= 16
    assert rows["grading.soak.left.processes"]["value"] == 0
    assert rows["grading.soak.resident"]["metric"] == "MiB"


def test_ratios_are_taken_within_a_repeat() -> None:
    distinct = compared(ours=[1.0, 2.0, 4.0], obvious=[3.0, 8.0, 12.0], without_sandbox=[1.0, 1.0, 4.0])
    rows = {row["name"]: row for row in measurements({"mix": distinct, "distinct": distinct}, 3)}
    assert (rows["grading.mix"]["value"], rows["grading.mix"]["baseline"]) == (5.0, 1.25)
    assert rows["grading.mix"]["ratio"] == 3.0
    assert rows["grading.sandbox"]["ratio"] == 1.0


def test_a_verdict_that_differs_is_shown_and_ends_with_1(
    world: Home, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disagree(answers: Any, conditions: Any, repeats: int, **_: Any) -> Comparison:
        found = compared(ours=[1.0], obvious=[1.0], without_sandbox=[1.0])
        found.differences = [Difference("t/0", "sanitizer", "pass", "heap-buffer-overflow", "int f;")]
        return found

    monkeypatch.setattr("evaluators.bench.grading.compare", disagree)
    assert main(["bench", "grading", "--completions", "2"]) == 1
    assert "t/0: sanitizer (heap-buffer-overflow), obvious: pass" in capsys.readouterr().out


def test_memory_is_compared_between_the_ends_of_a_soak() -> None:
    samples = [{"resident": (100 + n) << 20, "boxes": 1 << 20, "descriptors": 9, "processes": 4} for n in range(20)]
    done = {"executions": 40, "seconds": 2.0, "left": {"stray files": 1}, "samples": samples}
    rows = {row["name"]: row for row in soak_measurements(done)}
    assert (rows["grading.soak.resident"]["baseline"], rows["grading.soak.resident"]["value"]) == (100.5, 118.5)
    assert rows["grading.soak.left.stray-files"]["value"] == 1
