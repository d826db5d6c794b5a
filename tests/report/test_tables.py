from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from loop.cycle.records import CycleOutcome, Promotion, StageOutcome
from loop.gate.compare import TaskChange
from loop.gate.decision import Decision, Policy, decide
from loop.gate.estimate import summarise
from loop.report import tables
from loop.report.sheet import Row, Sheet, to_markdown
from loop.report.stages import stages_sheet
from tests.gate.audits import audit, world


@pytest.fixture
def decision() -> Decision:
    rng = np.random.default_rng(0)
    family = world(rng)
    rates = rng.random(len(family)) * 0.5
    champion, challenger = audit(rates, family, rng), audit(rates + 0.4, family, rng, adapter="c" * 64)
    return decide(champion, challenger, Policy(bootstrap=200), 1)


def printed(sheet: Sheet, width: int = 140) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(sheet)
    return stream.getvalue()


def test_a_decision_shows_each_family_the_interval_the_verdict_and_its_reasons(decision: Decision) -> None:
    text = printed(tables.decision_sheet(decision))
    for change in decision.families:
        (line,) = [row for row in text.splitlines() if row.split()[:1] == [change.family]]
        assert f"{change.delta:+.3f}" in line and f"{change.champion:.3f}" in line
    assert f"[{decision.ci[0]:.3f}, {decision.ci[1]:.3f}]" in text
    assert "decision: PROMOTE" in text and decision.reasons[0] in text
    assert "all: greedy" in text and "all: pass@4" in text and "all: format errors" in text


def test_a_regressed_family_is_named_as_such(decision: Decision) -> None:
    worst = replace(decision.families[0], state="regressed")
    text = printed(tables.decision_sheet(replace(decision, outcome="reject", families=(worst, *decision.families[1:]))))
    assert "regressed" in text and "decision: REJECT" in text


def test_the_markdown_of_a_decision_is_a_whole_table(decision: Decision) -> None:
    lines = to_markdown(tables.decision_sheet(decision)).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(decision.families) + 4
    assert {line.count("|") for line in table} == {8}
    assert any(line.startswith("- Promoted:") for line in lines)


def test_an_audit_shows_its_interval_and_its_noise() -> None:
    rng = np.random.default_rng(1)
    family = world(rng)
    summary = summarise(audit(rng.random(len(family)), family, rng))
    text = printed(tables.audit_sheet(summary))
    assert f"[{summary.ci[0]:.2f}, {summary.ci[1]:.2f}]" in text
    assert f"{summary.noise_floor:.3f} (standard error)" in text
    assert "not graded" not in text
    assert "3 completions were not graded" in printed(tables.audit_sheet(replace(summary, infra=3)))


def test_won_lost_and_tied_tasks_are_counted_and_the_largest_of_both_shown() -> None:
    changes = [TaskChange(f"w{i}", "fold", 0.0, 1.0, False, True, "won") for i in range(9)]
    changes += [TaskChange(f"l{i}", "fold", 0.5, 0.25, True, False, "lost") for i in range(3)]
    changes += [TaskChange("t", "fold", 1.0, 1.0, True, True, "tied")]
    sheet = tables.compare_sheet(changes, limit=6)
    assert sheet.title == "9 tasks won, 3 lost, 1 tied"
    assert [row.cells[0][0] for row in sheet.rows] == ["l", "l", "l", "w", "w", "w"]
    assert sheet.notes == ("6 smaller changes are not shown",)


def test_text_in_brackets_is_not_read_as_markup() -> None:
    sheet = Sheet("t[red]", ("a",), (Row(("[bold]x[/bold]",)),), notes=("[link]",))
    assert "[bold]x[/bold]" in printed(sheet) and "[link]" in printed(sheet) and "t[red]" in printed(sheet)


def test_what_is_printed_to_a_pipe_has_no_colours(decision: Decision, capsys: pytest.CaptureFixture[str]) -> None:
    tables.show_decision(decision)
    out = capsys.readouterr().out
    assert "\x1b" not in out and "decision: PROMOTE" in out


def ended(decision: Decision, promotion: Promotion | None) -> StageOutcome:
    """A stage's share of a cycle, of which only the decision and its consequence matter here."""
    return StageOutcome(*[None] * 6, decision, promotion)  # type: ignore[arg-type]


def test_a_cycle_is_a_row_a_stage_and_says_why_not_and_what_is_to_be_watched(decision: Decision) -> None:
    promoted = Promotion("scope", "c" * 64, "base", "v3", "commit", decision)
    watched = replace(decision, reasons=("Promoted: it is better.", "Family 'fold' fell."))
    refused = replace(decision, outcome="inconclusive", reasons=("Inconclusive: by too little.", "p is too large."))
    outcome = CycleOutcome(2, {"scope": ended(watched, promoted), "planning": ended(refused, None)}, {"routing": "few"})
    text = printed(stages_sheet(outcome), width=112)
    rows = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert rows["scope"].rstrip().endswith("PROMOTE v3")
    assert rows["planning"].rstrip().endswith("INCONCLUSIVE")
    assert rows["routing"].rstrip().endswith("NOT TRAINED")
    assert f"[{decision.ci[0]:.3f}, {decision.ci[1]:.3f}]" in rows["scope"], "cells are not wrapped"
    assert stages_sheet(outcome).notes == (
        "scope: Family 'fold' fell.",
        "planning: Inconclusive: by too little.",
        "planning: p is too large.",
        "few",
    )
