"""`loop diagnose` and the line in `loop status`: the verdict, why, and what to do."""

import json
from dataclasses import replace
from typing import Any

import pytest

from loop.cli.diagnose import as_json, gap_sheet
from loop.cli.main import main
from loop.diagnosis.judge import diagnose
from loop.home import Home
from loop.report.sheet import to_markdown
from loop.store import write
from loop.store.db import Store
from tests.diagnosis.test_judge import CONVERGED, GAP

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def failed(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A cycle of scope ended early, and nothing was audited."""
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    row: dict[str, Any] = {
        "id": "c1", "number": 1, "seed": 1, "settings_sha256": "s", "state": "failed", "step": "practice",
        "reason": "the loss diverged", "champion": "base", "stage": "scope",
    }  # fmt: skip
    with Store(home.store).write() as connection:
        write.insert(connection, "cycles", [row])
    return home


def test_each_stage_has_a_verdict_with_what_to_do(failed: Home, capsys: Capture) -> None:
    assert main(["diagnose", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert set(data["stages"]) == {"scope"}
    found = data["stages"]["scope"]
    assert found["verdict"] == "unmeasured"
    assert found["todo"] == ["loop audit --stage scope: measures what serves"]
    assert "the loss diverged" in found["reasons"][1]
    assert data["rules"]["plateau"] == 3
    assert main(["diagnose", "--stage", "scope"]) == 0
    assert "scope: UNMEASURED. What serves has no finished audit." in capsys.readouterr().out


def test_status_says_it_in_a_line(failed: Home, capsys: Capture) -> None:
    assert main(["status"]) == 0
    assert "  unmeasured: What serves has no finished audit. `loop diagnose --stage scope`" in capsys.readouterr().out
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["diagnosis"]["scope"]["verdict"] == "unmeasured"


def test_a_home_in_which_nothing_ran_has_no_diagnosis(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    assert main(["diagnose"]) == 0
    assert "nothing was measured yet" in capsys.readouterr().out
    assert main(["diagnose", "--stage", "scope", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stages"]["scope"]["verdict"] == "unmeasured"


def test_the_facts_stand_beside_the_verdict_and_the_gap_is_a_table() -> None:
    found = diagnose(replace(CONVERGED, gaps=(GAP,)))
    data = json.loads(json.dumps(as_json(found)))
    assert data["audit"]["curve"].keys() == {"pass@1", "pass@4"}
    assert (data["practice"]["learning"], data["gaps"][0]["gap"]) == (10, 0.2)
    assert "| 2026-01-01T00:00:00 | v3 | aaaaaaaaaaaa | 0.900 | 0.700 | +0.200 | 0.050 |" in to_markdown(
        gap_sheet(found)
    )
