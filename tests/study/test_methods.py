"""A study runs its arms in homes of their own, goes on where it was stopped, and compares base and last champion."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loop.cli.main import main
from loop.cycle.context import Context
from loop.errors import TrainingLost, UsageError
from loop.report.progress import NullReporter
from loop.study import methods
from loop.study.arms import ARMS, arms_named
from loop.study.methods import Result, study
from loop.study.table import found_in, table
from tests.support.scripted_world import SETTINGS, scripted_context

SFT = ARMS[0]
PLAIN: dict[str, Any] = {"stage": "implementation", "cycles": 2, "reporter": NullReporter()}


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Contexts of the scripted world in place of real ones; the homes that were opened, in order."""
    opened: list[Path] = []

    def open_scripted(settings: Any, home: Any, reporter: Any) -> Context:
        opened.append(home.root)
        return scripted_context(home, settings=settings)

    monkeypatch.setattr(methods, "open_context", open_scripted)
    return opened


def test_a_study_runs_its_cycles_and_compares_base_and_last_champion(scripted: list[Path], tmp_path: Path) -> None:
    result = study(SFT, 3, SETTINGS, tmp_path, **PLAIN)
    assert result.base < 0.5 < 0.9 < result.final
    assert result.delta == pytest.approx(result.final - result.base)
    assert result.p_value < 0.05 and result.promoted == 1
    assert len(result.after) == 2 and result.after[0] > result.base
    assert result.practice_samples == 2 * SETTINGS.practice.tasks * SETTINGS.practice.k
    assert result.seconds > 0 and result.training_samples == 0
    opened = len(scripted)
    assert study(SFT, 3, SETTINGS, tmp_path, **PLAIN) == result  # read, not run
    assert len(scripted) == opened
    root = tmp_path / "home"
    (tmp_path / "sft-seed3").rename(root.with_name("x"))
    (root / "studies" / "methods").mkdir(parents=True)
    root.with_name("x").rename(root / "studies" / "methods" / "sft-seed3")
    assert found_in(root) == [result]


def test_arms_of_a_seed_share_what_no_way_of_learning_changes(scripted: list[Path], tmp_path: Path) -> None:
    plain = {**PLAIN, "cycles": 1}
    first = study(SFT, 3, SETTINGS, tmp_path, **plain)
    again = study(replace(SFT, name="twin"), 3, SETTINGS, tmp_path, **plain)
    assert (again.base, again.after, again.final, again.delta) == (first.base, first.after, first.final, first.delta)
    given = json.loads((tmp_path / "twin-seed3" / "shared.json").read_text())["seconds"]
    assert 0 < given < again.seconds and not (tmp_path / "sft-seed3" / "shared.json").exists()
    other = replace(SETTINGS, practice=replace(SETTINGS.practice, tasks=5))
    study(replace(SFT, name="other"), 3, other, tmp_path, **plain)
    assert not (tmp_path / "other-seed3" / "shared.json").exists()


def test_trainings_that_come_to_nothing_are_noted_and_the_gain_is_none(
    scripted: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(rows: Any) -> float:
        raise TrainingLost("the loss diverged", fix="lower train.learning_rate")

    monkeypatch.setattr(
        methods, "open_context", lambda s, home, r: scripted_context(home, settings=s, trained_skill=lost)
    )
    result = study(SFT, 3, SETTINGS, tmp_path, **PLAIN)
    assert result.notes == ("cycle 1: the loss diverged", "cycle 2: the loss diverged")
    assert (result.delta, result.promoted) == (0.0, 0)


def test_an_unknown_arm_is_refused_with_the_near_word() -> None:
    with pytest.raises(UsageError, match="did you mean 'sft'"):
        arms_named("sftt")
    assert [arm.name for arm in arms_named("grpo, sft")] == ["grpo", "sft"]
    assert arms_named("all") == ARMS


def test_the_table_has_a_line_an_arm_over_its_seeds() -> None:
    one = Result(
        arm="sft", seed=1, stage="implementation", cycles=3, base=0.4, after=(0.6, 0.7, 0.7), final=0.7, delta=0.3,
        ci=(0.2, 0.4), p_value=0.001, promoted=2, seconds=100, training_seconds=30, practice_samples=900,
        training_samples=0, rows=300,
    )  # fmt: skip
    grpo = replace(one, arm="grpo")
    again = replace(one, seed=2, delta=0.2, p_value=0.01)
    lines = table([replace(grpo, final=0.66), one, again, replace(grpo, seed=2, final=0.72), replace(grpo, seed=3)])
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| sft", "| grpo"]
    assert "| +25.0 |" in lines[2] and "| 0.0100 |  | 4/6 |" in lines[2]
    assert "| -1.0: -4.0, +2.0 |" in lines[3]  # of the seeds that both arms have
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    assert "| 0.0010 |  |" in table([grpo])[2]  # nothing to compare with


def test_a_dry_run_says_what_would_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("LOOP_HOME", str(tmp_path))
    assert main(["study", "methods", "--arms", "sft,grpo", "--seeds", "1,2", "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["runs"] == ["sft-seed1", "sft-seed2", "grpo-seed1", "grpo-seed2"] and plan["complete"] == []
    assert main(["study", "methods", "--seeds", "one"]) == 2
    assert "numbers" in capsys.readouterr().err
