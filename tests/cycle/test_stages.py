"""A cycle over projects: every stage has its own questions, practice, training set, adapter, audit and decision."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from loop.cycle.audit import audit
from loop.cycle.begin import begin_or_resume, cycle_number
from loop.cycle.calls import balanced
from loop.cycle.chain import audit_chain, wilson
from loop.cycle.harvest import harvest
from loop.cycle.practice import practice
from loop.cycle.promote import promote, rollback
from loop.cycle.records import ChainReport, CycleOutcome
from loop.cycle.run import PLAIN, run_cycle
from loop.errors import UsageError
from loop.home import Home, open_home
from loop.inference.scripted import ScriptedEngine
from loop.pipeline.stage import Call
from loop.stage_names import STAGES
from loop.store import ask, ask_audits
from tests.support.staged_world import STAGED, staged_context


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, oracle_cache: object) -> tuple[Home, ChainReport, CycleOutcome]:
    """A home after one cycle of all stages, the chain before it, and what came of it."""
    root = tmp_path_factory.mktemp("whole")
    (root / "cache").symlink_to(str(oracle_cache))
    home = open_home(root)
    with staged_context(home, skill=0.0) as ctx:
        before = audit_chain(ctx)
    with staged_context(home, skill={stage: 0.4 for stage in STAGES} | {"implementation": 0.2}) as ctx:
        return home, before, run_cycle(ctx)


def test_every_stage_is_practised_trained_and_judged_by_itself(
    whole: tuple[Home, ChainReport, CycleOutcome],
) -> None:
    home, _, outcome = whole
    assert tuple(outcome.stages) == STAGES
    assert not outcome.failed
    with staged_context(home) as ctx, ctx.store.read() as connection:
        serving = {stage: ctx.champion(stage) for stage in STAGES}
        adapters = ask.rows(connection, "SELECT sha256, stage, dataset FROM adapters")
        mixed = connection.execute(
            "SELECT count(*) FROM adapters a JOIN dataset_rows r ON r.manifest = a.dataset"
            " JOIN samples s ON s.id = r.sample_id WHERE s.stage <> a.stage"
        ).fetchall()
        cycles = ask.cycles(connection)
    assert {row["stage"] for row in adapters} == set(STAGES)
    assert mixed == [(0,)]
    for stage, done in outcome.stages.items():
        assert done.challenger.summary.pass_at_1 == 1.0
        assert done.decision.outcome == "promote", (stage, done.decision.reasons)
        assert serving[stage] == done.adapter.sha256
    assert {(row["number"], row["stage"], row["state"]) for row in cycles} == {(1, s, "finished") for s in STAGES}


def test_the_chain_is_run_end_to_end_with_what_serves_and_can_be_asked_for_in_sql(
    whole: tuple[Home, ChainReport, CycleOutcome],
) -> None:
    home, before, outcome = whole
    assert outcome.chain is not None
    assert before.solved == 0
    assert outcome.chain.solved == len(outcome.chain.tasks) == STAGED.audit.chain
    with staged_context(home) as ctx:
        with ctx.store.read() as connection:
            audit_id = outcome.chain.audit_id
            rows = ask.rows(connection, "SELECT * FROM v_trajectories WHERE audit_id = ?", [audit_id])
            calls = connection.execute(
                "SELECT count(*), count(DISTINCT trajectory), count(DISTINCT stage) FROM v_samples WHERE audit_id = ?",
                [audit_id],
            ).fetchall()
            prompts = connection.execute(
                "SELECT count(*) FROM samples s LEFT JOIN prompts p ON p.sha256 = s.prompt_sha256 WHERE p.text IS NULL"
            ).fetchall()
        again = audit_chain(ctx)
    assert {row["outcome"] for row in rows} == {"pass"}
    assert calls[0][:2] == (sum(row["calls"] for row in rows), len(rows))
    assert calls[0][2] >= 4  # planning is asked only on its route
    assert prompts == [(0,)]
    assert again.reused
    assert again.tasks == outcome.chain.tasks


def test_plans_and_code_are_credited_with_what_came_of_them_and_judgments_with_their_labels(
    whole: tuple[Home, ChainReport, CycleOutcome], tmp_path: Path
) -> None:
    home, before, outcome = whole
    assert outcome.chain is not None
    copy = shutil.copy(home.store, tmp_path)
    with duckdb.connect(copy) as connection:
        connection.execute("UPDATE verdicts SET kind = 'wrong_answer'")  # by no label, and yet the attempts passed
        rows = ask.rows(connection, "SELECT c.*, s.label FROM v_credit c JOIN v_samples s ON s.id = c.sample_id")
    written = [row for row in rows if row["stage"] == "implementation" or row["question"] == "points"]
    judged = [row for row in rows if row not in written]
    assert {(row["audit_id"], row["credited"]) for row in written} == {
        (before.audit_id, False),
        (outcome.chain.audit_id, True),
    }
    assert {row["stage"] for row in judged} == {"routing", "scope", "precision"}
    assert {(row["label"] is None, row["credited"]) for row in judged} <= {(True, None), (False, False)}


def test_an_adapter_that_did_worse_at_its_stage_is_not_excused_by_the_others(home: Home) -> None:
    skills = {"routing": 0.3, "scope": 1.0}
    with staged_context(home, skill=skills, trained=0.7, stages="routing,scope") as ctx:
        outcome = run_cycle(ctx)
        assert outcome.stages["scope"].decision.outcome == "reject"
        assert ctx.champion("scope") == "base"
        assert outcome.stages["routing"].decision.delta > 0


def test_yes_to_everything_is_seen_in_the_precision(home: Home) -> None:
    with staged_context(home) as ctx:
        ctx._engine.script = lambda request, adapter, rng: "yes"  # type: ignore[union-attr]
        report = audit(ctx, "base", stage="scope")
        with ctx.store.read() as connection:
            row = ask_audits.audit_row(connection, report.audit_id)
    assert report.measures is not None and row is not None
    assert report.measures.recall == 1.0
    assert report.measures.precision is not None and report.measures.precision < 1.0
    assert (row["judged_precision"], row["judged_recall"]) == (report.measures.precision, 1.0)
    assert report.summary.pass_at_1 < 1.0


def test_an_unfinished_cycle_goes_on_with_the_stages_that_are_left(home: Home) -> None:
    with staged_context(home, stages="routing,scope") as ctx:
        first = begin_or_resume(ctx, "routing")
        assert first is not None
        with pytest.raises(KeyboardInterrupt):
            run_cycle(ctx, replace(PLAIN, judge=_interrupted))
        assert cycle_number(ctx) == 1
        outcome = run_cycle(ctx)
        assert (outcome.number, tuple(outcome.stages)) == (1, ("routing", "scope"))
        assert outcome.stages["routing"].cycle.id == first.id
        assert outcome.stages["routing"].cycle.resumed
        assert cycle_number(ctx) == 2


def _interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_stage_that_solves_too_little_ends_early_and_stops_no_other(home: Home) -> None:
    with staged_context(home, skill={"scope": 0.4, "planning": 0.0}, stages="scope,planning") as ctx:
        outcome = run_cycle(ctx)
        assert tuple(outcome.failed) == ("planning",)
        assert "training wants" in outcome.failed["planning"]
        assert tuple(outcome.stages) == ("scope",)
        assert cycle_number(ctx) == 2


def test_judgments_are_harvested_with_no_label_crowding_out_the_others(home: Home) -> None:
    with staged_context(home, skill=1.0) as ctx:
        cycle = begin_or_resume(ctx, "precision")
        assert cycle is not None
        practice(ctx, cycle)
        made = harvest(ctx, cycle)
        with ctx.store.read() as connection:
            labels = dict(
                connection.execute(
                    "SELECT label, count(*) FROM dataset_rows r JOIN samples s ON s.id = r.sample_id"
                    " WHERE manifest = ? GROUP BY label",
                    [made.manifest],
                ).fetchall()
            )
    assert sum(made.counters.values()) == made.candidates
    assert max(labels.values()) <= 2 * min(labels.values())
    assert Path(made.path).read_text().count('"prompt"') == made.rows


def test_a_promotion_and_a_rollback_concern_one_stage(home: Home) -> None:
    with staged_context(home, stages="scope,precision") as ctx:
        done = run_cycle(ctx).stages
        rollback(ctx, stage="scope")
        assert ctx.champion("scope") == "base"
        assert ctx.champion("precision") == done["precision"].adapter.sha256
        again = promote(ctx, done["scope"].adapter.sha256)
        assert (again.stage, again.version) == ("scope", "v2")
        with pytest.raises(UsageError, match="serves scope"):
            ctx.resolve_adapter(done["scope"].adapter.sha256[:12], "planning")


def test_a_prompt_that_cannot_be_made_to_fit_is_not_asked_and_counts_as_unreadable(home: Home) -> None:
    with staged_context(home) as ctx:
        ctx.settings = replace(ctx.settings, model=replace(ctx.settings.model, context=64))
        report = audit(ctx, "base", stage="scope")
        assert isinstance(ctx.engine("scope"), ScriptedEngine)
        assert ctx.engine("scope").served == []  # type: ignore[attr-defined]
        with ctx.store.read() as connection:
            said = connection.execute(
                "SELECT DISTINCT kind, starts_with(evidence, 'not asked') FROM verdicts"
            ).fetchall()
    assert said == [("format_error", True)]
    assert report.summary.format_errors == 1.0


def test_questions_are_taken_in_turns_from_each_label() -> None:
    calls = [
        Call("t", "scope", f"f{i}", f"p{i}", options=("yes", "no"), label="yes" if i < 2 else "no") for i in range(9)
    ]

    chosen = balanced(calls, 4, random.Random(1))
    assert sorted(str(call.label) for call in chosen) == ["no", "no", "yes", "yes"]
    assert balanced(calls, 0, random.Random(1)) == calls


def test_the_interval_of_a_share_is_wilsons() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 16)[0] == 0.0
