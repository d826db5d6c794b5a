"""The controls on a scripted model: what they measure, not what a real model does in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loop.report.progress import NullReporter
from loop.study import controls
from tests.support.scripted_world import SETTINGS, make_pack, scripted_context

PRACTICE = {task.id for task in make_pack().split("practice")}


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(settings: Any, home: Any, reporter: Any, **parts: Any) -> Any:
        return scripted_context(home, settings=settings)

    monkeypatch.setattr(controls, "open_context", opened)


def test_an_adapter_against_itself_is_judged_as_often_as_asked_with_the_ledgers_shares(tmp_path: Path) -> None:
    found = controls.same(SETTINGS, tmp_path, NullReporter(), attempts=3)
    decisions = found.figures["decisions"]
    assert found.held and found.figures["promoted"] == 0 and len(decisions) == 3
    assert len({decision["delta"] for decision in decisions}) > 1  # other seeds, other answers
    assert all(decision["alpha"] == SETTINGS.gate.attempt_alpha for decision in decisions)
    assert "0 of 3 attempts promoted" in found.says


def test_a_leak_is_made_of_audit_answers_alone_and_told_by_the_vault_only_where_the_vault_lags(tmp_path: Path) -> None:
    """The scripted trainer makes a model that is good everywhere: nothing lags, so nothing may be called exposed."""
    settings = replace(SETTINGS, audit=replace(SETTINGS.audit, honeypots=1))
    found = controls.leaked(settings, tmp_path, NullReporter())
    assert found.figures["outcome"] == "promote"
    assert not found.held and "NOT exposed" in found.says
    (rows,) = (tmp_path / "leaked" / "datasets").glob("*.jsonl")
    leaked = {json.loads(line)["task_id"] for line in rows.read_text().splitlines()}
    assert leaked and not leaked & PRACTICE
