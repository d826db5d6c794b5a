"""`loop tasks check`: what is wrong with a task is named, and what was checked is remembered."""

import json
from dataclasses import replace
from typing import Any

import pytest

from loop.cli.main import main
from loop.home import Home
from loop.tasks.pack import load_pack
from loop.tasks.task import Pack

Capture = pytest.CaptureFixture[str]
PROMISED = {"id", "type", "ok", "mutation_score", "mutants", "killed", "equivalent", "survivors", "problems"}
GOOD = load_pack("kata").tasks[0]
EMPTY = replace(GOOD, spec=replace(GOOD.spec, reference=f"{GOOD.spec.signature} {{ return 0; }}", edge_cases=()))


@pytest.fixture(autouse=True)
def small_pack(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack of two tasks, one of which asks for nothing."""
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    monkeypatch.setattr("loop.tasks.pack.load_pack", lambda name: Pack("kata", (GOOD, EMPTY)))


def checked(capsys: Capture, *arguments: str, code: int) -> list[dict[str, Any]]:
    assert main(["tasks", "check", *arguments, "--json"]) == code
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_pack_is_named_or_taken_from_the_settings_and_one_bad_task_is_exit_1(capsys: Capture) -> None:
    rows = checked(capsys, "kata", code=1)
    assert rows == checked(capsys, code=1)
    assert all(row.keys() >= PROMISED for row in rows)
    assert [row["ok"] for row in rows] == [True, False]
    assert "'return 0' passes all 24 cases" in rows[1]["problems"]


def test_a_task_is_named_by_the_beginning_of_its_id(capsys: Capture) -> None:
    (row,) = checked(capsys, GOOD.id[:12], "--runs", "2", code=0)
    assert row["id"] == GOOD.id
    assert row["type"] == "function"
    assert row["mutation_score"] >= 0.95
    assert row["killed"] + row["equivalent"] + len(row["survivors"]) == row["mutants"]


def test_a_second_check_remembers_and_fresh_does_not(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    first = checked(capsys, GOOD.id, code=0)
    monkeypatch.setattr("evaluators.gate.check.subjects", None)
    assert checked(capsys, GOOD.id, code=0) == first
    assert main(["tasks", "check", GOOD.id, "--fresh"]) != 0


def test_people_get_a_summary_and_the_names_of_what_is_not_noticed(capsys: Capture) -> None:
    rare = "return n > 1 && a[0] == 17 && a[1] == 13 ? -3 : n;"
    weak = replace(EMPTY.spec, reference=f"{EMPTY.spec.signature} {{ {rare} }}")
    task = replace(EMPTY, spec=weak)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loop.tasks.pack.load_pack", lambda name: Pack("kata", (GOOD, task)))
        assert main(["tasks", "check", "kata", "-q", "--threshold", "1"]) == 1
    out = capsys.readouterr().out
    assert "1 of 2 tasks are sound" in out
    assert f"{task.id}: weak" in out and "not noticed: " in out
    assert "median" in out and "1 weak" in out and "equivalent" in out


def test_a_pack_that_is_not_there_is_a_usage_error(capsys: Capture) -> None:
    assert main(["tasks", "check", "katta"]) == 2
    assert "no task 'katta'" in capsys.readouterr().err
