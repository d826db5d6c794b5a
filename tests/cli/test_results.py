"""What commands say of real results: store, registry, gate, sandbox and compiler are real, the model is a script."""

import json
from pathlib import Path
from typing import Any

import pytest

from loop.cli import shapes
from loop.cli.main import main
from loop.cycle.run import run_cycle
from loop.home import Home
from loop.report.progress import Reporter
from tests.support.scripted_world import SETTINGS, run_implementation, scripted_context

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def world(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose cycles are scripted, whatever profile the command line asks for."""
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    monkeypatch.chdir(tmp_path)

    def scripted(settings: object, home: Home, reporter: Reporter | None = None) -> Any:
        return scripted_context(home)

    monkeypatch.setattr("loop.cycle.context.open_context", scripted)
    return home


@pytest.fixture
def promoted(world: Home) -> Home:
    """One cycle has run, and its adapter is in service."""
    with scripted_context(world) as ctx:
        assert run_implementation(ctx).promotion is not None
    return world


@pytest.fixture
def refused(world: Home) -> Home:
    """One cycle has run, and its adapter is worse than the base."""
    with scripted_context(world, base_skill=0.9, trained_skill=0.1) as ctx:
        assert run_implementation(ctx).promotion is None
    return world


def data_of(capsys: Capture, *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_status_tells_who_serves_and_how_it_measured(promoted: Home, capsys: Capture) -> None:
    data = data_of(capsys, "status")
    champion = data["champion"]["implementation"]
    assert champion["version"] == "v1"
    audit = data["audits"]["implementation"]
    assert audit["adapter"] == champion["sha256"]
    low, high = audit["ci"]
    assert low <= audit["pass_at_1"] <= high
    assert (audit["n_tasks"], audit["k"], data["cycles"]) == (14, SETTINGS.audit.k, 1)
    assert main(["status"]) == 0
    assert "implementation: v1" in capsys.readouterr().out


def test_log_tells_the_cycle_its_decision_and_the_promotion(promoted: Home, capsys: Capture) -> None:
    data = data_of(capsys, "log")
    assert [row["outcome"] for row in data["cycles"]] == ["promote"]
    assert [event["version"] for event in data["history"]] == ["v1"]
    assert main(["log"]) == 0
    text = capsys.readouterr().out
    assert "promote" in text
    assert "v1" in text


def test_log_tells_why_nothing_was_promoted(refused: Home, capsys: Capture) -> None:
    (row,) = data_of(capsys, "log")["cycles"]
    assert row["outcome"] == "reject"
    assert main(["log"]) == 0
    assert row["reasons"][0] in capsys.readouterr().out


def test_compare_names_what_the_challenger_can_no_longer_be_relied_on_for(world: Home, capsys: Capture) -> None:
    with scripted_context(world, base_skill=1.0, trained_skill=0.1) as ctx:
        assert run_implementation(ctx).promotion is None
    data = data_of(capsys, "compare", "champion", "challenger")
    assert data["lost"] > data["won"]
    named = {task["task_id"] for family in data["regressions"] for task in family["tasks"]}
    tasks = {task["task_id"]: task for task in data["tasks"]}
    assert named and all(tasks[name]["champion"] == 1.0 and tasks[name]["challenger"] < 1.0 for name in named)
    assert main(["compare", "champion", "challenger"]) == 0
    text = capsys.readouterr().out
    assert "regressions, of the tasks" in text and all(name in text for name in named)


def test_promote_with_nothing_better_exits_1_and_says_why(refused: Home, capsys: Capture) -> None:
    data = data_of(capsys, "promote", code=1)
    assert data["decision"] == "reject"
    assert data["reasons"]
    assert data["delta"] < 0
    assert {"p_value", "ci", "minimum_detectable_effect", "version"} <= data.keys()
    assert main(["promote"]) == 1
    said = capsys.readouterr()
    assert "REJECT" in said.out
    assert "the gate did not promote" in said.err


def test_a_forced_promotion_is_seen_for_ever(refused: Home, capsys: Capture) -> None:
    planned = data_of(capsys, "promote", "--force", "--reason", "an experiment", "--dry-run")
    assert planned["dry_run"] is True
    assert data_of(capsys, "status")["champion"]["implementation"]["version"] is None
    done = data_of(capsys, "promote", "--force", "--reason", "an experiment")
    assert (done["version"], done["forced_reason"], done["decision"]) == ("v1", "an experiment", "reject")
    assert main(["log"]) == 0
    assert "FORCED: an experiment" in capsys.readouterr().out


def test_rollback_puts_the_previous_champion_back(promoted: Home, capsys: Capture) -> None:
    assert data_of(capsys, "rollback", "--dry-run")["from"] == "v1"
    assert data_of(capsys, "status")["champion"]["implementation"]["version"] == "v1"
    data = data_of(capsys, "rollback")
    assert (data["from"], data["version"]) == ("v1", "base")
    assert data_of(capsys, "status")["champion"]["implementation"]["version"] is None
    assert data_of(capsys, "audit")["adapter"] == "base"


def test_audit_has_the_promised_fields(promoted: Home, capsys: Capture) -> None:
    data = data_of(capsys, "audit", "--split", "vault")
    assert data["split"] == "vault"
    assert data["adapter"] == data_of(capsys, "status")["champion"]["implementation"]["sha256"]
    measured = data["stages"]["implementation"]
    promised = {"pass_at_1", "pass_at_k", "ci", "n_tasks", "k", "format_errors", "tokens_per_call", "seconds"}
    assert promised <= measured.keys()
    assert len(data["tasks"]) == measured["n_tasks"]
    assert main(["audit"]) == 0
    assert "pass@1" in capsys.readouterr().out


def test_an_adapter_may_be_named_by_version_or_by_the_beginning_of_its_hash(promoted: Home, capsys: Capture) -> None:
    sha256 = data_of(capsys, "status")["champion"]["implementation"]["sha256"]
    for name in ("champion", "v1", sha256[:10]):
        assert data_of(capsys, "audit", "--adapter", name)["adapter"] == sha256
    assert main(["audit", "--adapter", "v9"]) == 2
    assert "'v9' is not known" in capsys.readouterr().err


def test_compare_is_the_gates_view_and_the_tasks_that_changed(promoted: Home, capsys: Capture) -> None:
    data = data_of(capsys, "compare", "base", "champion")
    assert data["decision"] == "promote"
    assert data["delta"] > 0
    assert len(data["tasks"]) == 14 == data["won"] + data["lost"] + data["tied"]
    assert main(["compare", "base", "champion"]) == 0
    assert "tasks won" in capsys.readouterr().out
    assert main(["compare", "base", "champion", "--split", "vault"]) == 2
    assert "never audited at implementation on the same vault tasks" in capsys.readouterr().err


def test_bench_tells_where_the_time_went(promoted: Home, capsys: Capture) -> None:
    rows = {row["name"]: row for row in data_of(capsys, "bench", "cycle")}
    kinds = [f"cycle.{kind}" for kind in ("sampling", "grading", "training", "other")]
    assert rows["cycle"]["value"] == pytest.approx(sum(rows[kind]["value"] for kind in kinds))
    share = rows["cycle.overhead"]
    assert share["ratio"] == pytest.approx(share["value"] / share["baseline"])
    assert all({"metric", "baseline", "ratio", "repeats", "machine"} <= row.keys() for row in rows.values())
    assert main(["bench", "cycle"]) == 0
    assert "none of sampling, grading, training" in capsys.readouterr().out


def test_the_steps_one_at_a_time_make_a_cycle(world: Home, capsys: Capture) -> None:
    assert data_of(capsys, "practice", "--dry-run")["dry_run"] is True
    practised = data_of(capsys, "practice")
    assert practised["samples"] == SETTINGS.practice.tasks * SETTINGS.practice.k
    assert data_of(capsys, "practice")["reused"] == practised["samples"]
    planned = data_of(capsys, "harvest", "--dry-run")
    harvested = data_of(capsys, "harvest")
    assert harvested["rows"] == planned["rows"] > 0
    assert sum(harvested["counters"].values()) == harvested["candidates"]
    assert Path(harvested["path"]).exists()
    assert data_of(capsys, "train", "--dry-run")["rows"] == harvested["rows"]
    trained = data_of(capsys, "train")
    assert Path(trained["gguf"]).exists()
    assert data_of(capsys, "promote")["decision"] == "promote"
    assert data_of(capsys, "status")["champion"]["implementation"]["sha256"] == trained["sha256"]


def test_steps_talk_to_people_too(world: Home, capsys: Capture) -> None:
    for command, word in (("practice", "answers pass"), ("harvest", "rows of"), ("train", "adapter ")):
        assert main([command]) == 0
        assert word in capsys.readouterr().out


def test_sql_reads_the_views(promoted: Home, capsys: Capture) -> None:
    (row,) = data_of(capsys, "db", "sql", "SELECT count(*) AS n, max(started) AS last FROM v_cycle_summary")
    assert row["n"] == 1
    assert isinstance(row["last"], str)


def test_a_runs_outcome_holds_both_audits_and_the_decision(world: Home) -> None:
    with scripted_context(world) as ctx:
        outcome = run_cycle(ctx)
    (data,) = json.loads(json.dumps(shapes.outcome(outcome)))["stages"].values()
    before, after = (data[side]["stages"]["implementation"]["pass_at_1"] for side in ("champion", "challenger"))
    assert data["delta"] == pytest.approx(after - before)
    assert (data["decision"], data["version"]) == ("promote", "v1")
    assert data["times"].keys() >= {"practice", "train"}
