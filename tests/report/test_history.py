"""Rows for the plot come out of the store of a real (scripted) run."""

from __future__ import annotations

import json

import pytest

from loop.cycle.audit import audit
from loop.home import Home
from loop.report.history import history, main
from tests.support.scripted_world import run_implementation, scripted_context

Capture = pytest.CaptureFixture[str]


def test_the_history_starts_at_the_base_and_holds_who_serves_after_each_cycle(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        audit(ctx, "base", split="vault")
    rows = history(home)
    assert [(row["split"], row["cycle"], row["adapter"]) for row in rows] == [
        ("audit", 0, "base"),
        ("audit", 1, outcome.adapter.sha256),
        ("vault", 0, "base"),
    ]
    assert rows[1]["pass_at_1"] == pytest.approx(outcome.challenger.summary.pass_at_1)
    assert rows[1]["audit_id"] == outcome.challenger.audit_id


def test_a_challenger_that_was_refused_does_not_serve(home: Home) -> None:
    with scripted_context(home, base_skill=0.9, trained_skill=0.1) as ctx:
        run_implementation(ctx)
    assert [(row["cycle"], row["adapter"]) for row in history(home)] == [(0, "base"), (1, "base")]


def test_a_home_without_a_store_is_one_clear_error(home: Home, capsys: Capture) -> None:
    assert main([str(home.root / "nothing")]) == 2
    assert "nothing has run" in capsys.readouterr().err


def test_the_rows_are_printed_as_json(home: Home, capsys: Capture) -> None:
    with scripted_context(home) as ctx:
        run_implementation(ctx)
    assert main([str(home.root)]) == 0
    assert {row["seed"] for row in json.loads(capsys.readouterr().out)} == {7}
