"""A whole cycle over a scripted model: everything but the model and the trainer is real."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evaluators.verdict import Kind
from loop.cycle.audit import audit
from loop.cycle.begin import begin_or_resume
from loop.cycle.practice import practice, practice_tasks
from loop.cycle.records import STEPS
from loop.cycle.times import overhead
from loop.cycle.train import TooFewTasks
from loop.errors import ParityError, StoreError, TrainingLost, UsageError
from loop.home import Home
from loop.inference.scripted import ScriptedEngine
from loop.store import ask, write
from tests.support.scripted_world import SETTINGS, SkillTrainer, run_implementation, scripted_context, with_run

AUDIT_SAMPLES = 14 * (SETTINGS.audit.k + 1)
HONEYPOT_SAMPLES = SETTINGS.audit.honeypots * SETTINGS.audit.k
PRACTICE_SAMPLES = SETTINGS.practice.tasks * SETTINGS.practice.k


def test_a_better_adapter_is_promoted_and_every_row_can_be_walked_to_its_source(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        assert outcome.decision.outcome == "promote"
        assert outcome.promotion is not None
        assert ctx.champion("implementation") == outcome.adapter.sha256
        with ctx.store.read() as connection:
            lineage = ask.lineage(connection, outcome.adapter.sha256)
            summary = ask.cycles(connection)[0]
    assert len(lineage) == outcome.dataset.rows
    assert {row["kind"] for row in lineage} == {"pass"}
    assert {row["source_cycle"] for row in lineage} == {"c0001-implementation"}
    assert (summary["state"], summary["outcome"], summary["version"]) == ("finished", "promote", "v1")
    assert summary["practice_samples"] == PRACTICE_SAMPLES


def test_champion_and_challenger_face_the_same_tasks_seeds_and_hidden_cases(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        with ctx.store.read() as connection:
            asked = [
                connection.execute(
                    "SELECT task_id, idx, seed, temperature, oracle FROM v_samples WHERE audit_id = ? AND oracle <> ''"
                    " ORDER BY ALL",
                    [report.audit_id],
                ).fetchall()
                for report in (outcome.champion, outcome.challenger)
            ]
    graded_by_both = {row[:4] for row in asked[0]} & {row[:4] for row in asked[1]}
    assert len(graded_by_both) > AUDIT_SAMPLES // 2
    oracles = [{row[:4]: row[4] for row in rows} for rows in asked]
    assert all(oracles[0][key] == oracles[1][key] for key in graded_by_both)


def test_a_worse_adapter_is_not_promoted_and_the_decision_is_kept(home: Home) -> None:
    with scripted_context(home, base_skill=0.9, trained_skill=0.1) as ctx:
        outcome = run_implementation(ctx)
        assert outcome.promotion is None
        assert outcome.decision.outcome == "reject"
        assert ctx.champion("implementation") == "base"
        with ctx.store.read() as connection:
            kept = ask.status(connection, {"implementation": "base"})["decision"]
    assert kept["outcome"] == "reject"
    assert kept["delta"] == pytest.approx(outcome.decision.delta)
    assert kept["reasons"]


def test_the_next_cycle_practises_with_the_new_champion_on_other_tasks_and_keeps_the_old_rows(home: Home) -> None:
    with scripted_context(home) as ctx:
        first = run_implementation(ctx)
        second = run_implementation(ctx)
        tasks = [{t.id for t in practice_tasks(ctx, outcome.cycle)} for outcome in (first, second)]
    assert second.cycle.number == 2
    assert second.cycle.champion == second.practice.adapter == second.champion.adapter == first.adapter.sha256
    assert not tasks[0] & tasks[1]
    assert second.dataset.cycles == ("c0001-implementation", "c0002-implementation")
    assert second.dataset.rows > first.dataset.rows


def test_training_is_always_from_the_frozen_base(home: Home) -> None:
    with scripted_context(home) as ctx:
        run_implementation(ctx)
        run_implementation(ctx)
        assert isinstance(ctx.trainer, SkillTrainer)
        assert {spec.base for spec in ctx.trainer.trained} == {ctx.base("implementation").hf_dir}


def test_a_finished_cycle_asked_for_again_is_a_new_one_but_its_audits_are_answered_from_the_store(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        assert isinstance(ctx.engine("implementation"), ScriptedEngine)
        served = len(ctx.engine("implementation").served)
        again = audit(ctx, "base", cycle=outcome.cycle)
        assert again.reused
        assert again.scores == outcome.champion.scores
        assert len(ctx.engine("implementation").served) == served


def test_the_same_seed_gives_the_same_cycle(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Home(tmp_path_factory.mktemp("other"))
    for path in (other.adapters, other.models, other.datasets, other.scratch):
        path.mkdir()
    other.cache.symlink_to(home.cache.resolve())
    outcomes = []
    for place in (home, other):
        with scripted_context(place) as ctx:
            outcomes.append(run_implementation(ctx))
    a, b = outcomes
    assert (a.dataset.manifest, a.adapter.sha256, a.decision) == (b.dataset.manifest, b.adapter.sha256, b.decision)
    assert a.champion.audit_id == b.champion.audit_id


def test_another_seed_gives_other_samples(home: Home) -> None:
    with scripted_context(home) as ctx:
        first = audit(ctx, "base")
    with scripted_context(home, settings=with_run(SETTINGS, seed=8)) as ctx:
        second = audit(ctx, "base")
    assert first.audit_id != second.audit_id
    assert not second.reused


def test_an_unfinished_cycle_of_other_settings_is_abandoned_and_said_so(home: Home) -> None:
    with scripted_context(home) as ctx:
        practice(ctx, begin_or_resume(ctx))
    with scripted_context(home, settings=with_run(SETTINGS, seed=8)) as ctx:
        cycle = begin_or_resume(ctx)
        with ctx.store.read() as connection:
            rows = {row["cycle_id"]: row for row in ask.cycles(connection)}
    assert cycle.number == 2
    assert rows["c0001-implementation"]["state"] == "abandoned"
    assert "other settings" in rows["c0001-implementation"]["reason"]


def test_how_many_cores_are_used_is_no_reason_to_begin_anew(home: Home) -> None:
    with scripted_context(home) as ctx:
        begun = begin_or_resume(ctx)
    faster = replace(SETTINGS, grade=replace(SETTINGS.grade, workers=1), run=replace(SETTINGS.run, cycles=3))
    with scripted_context(home, settings=faster) as ctx:
        resumed = begin_or_resume(ctx)
    assert (resumed.id, resumed.resumed) == (begun.id, True)


def test_too_few_solved_tasks_end_the_cycle_and_the_next_one_practises_others(home: Home) -> None:
    strict = replace(SETTINGS, train=replace(SETTINGS.train, min_tasks=7))
    with scripted_context(home, base_skill=0.6, settings=strict) as ctx:
        with pytest.raises(TooFewTasks, match="training wants 7"):
            run_implementation(ctx)
        with ctx.store.read() as connection:
            assert ask.cycles(connection)[0]["state"] == "failed"
        outcome = run_implementation(ctx)
    assert outcome.cycle.number == 2
    assert outcome.dataset.cycles == ("c0001-implementation", "c0002-implementation")


def test_a_training_whose_numbers_went_wrong_ends_the_cycle_with_the_reason_and_leaves_no_adapter(home: Home) -> None:
    def diverge(rows: list[dict[str, str]]) -> float:
        raise TrainingLost("the loss diverged: 2 at the start, 9 at step 7", fix="lower train.learning_rate")

    with scripted_context(home, trained_skill=diverge) as ctx:
        with pytest.raises(TrainingLost, match="diverged"):
            run_implementation(ctx)
        with ctx.store.read() as connection:
            last = ask.cycles(connection)[0]
            assert (last["state"], last["challenger"]) == ("failed", "")
            assert "the loss diverged" in last["reason"]
            assert ask.rows(connection, "SELECT sha256 FROM adapters") == []


def test_every_step_is_timed_and_the_split_sums_to_the_whole(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
    assert set(outcome.times) == {*STEPS, "between-steps"}
    assert outcome.times["practice"].grading > 0
    assert 0 < overhead(outcome.times) < 1


def test_practice_is_not_audited(home: Home) -> None:
    with scripted_context(home) as ctx, pytest.raises(UsageError, match="trained on"):
        audit(ctx, "base", split="practice")


def test_an_answer_without_code_is_a_format_error_apart_from_wrong_ones(home: Home) -> None:
    with scripted_context(home, base_skill=0.0) as ctx:
        report = practice(ctx, begin_or_resume(ctx))
    assert set(report.kinds) == {Kind.FORMAT_ERROR, Kind.WRONG_ANSWER}
    assert sum(report.kinds.values()) == report.samples == PRACTICE_SAMPLES


def test_the_training_file_is_named_by_the_hash_of_its_bytes(home: Home) -> None:
    import hashlib

    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
    data = outcome.dataset.path.read_bytes()
    assert outcome.dataset.path.stem == hashlib.sha256(data).hexdigest() == outcome.dataset.manifest
    row = json.loads(data.splitlines()[0])
    assert row["prompt"].endswith("<think>\n\n</think>\n\n")
    assert row["completion"].endswith("```<|im_end|>")


def test_a_store_that_cannot_be_written_leaves_every_graded_completion_in_the_journal(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("no space left", fix="free disk space")

    with scripted_context(home) as ctx:
        cycle = begin_or_resume(ctx)
        with monkeypatch.context() as patched, pytest.raises(StoreError, match="no space"):
            patched.setattr(write, "insert_graded", full)
            audit(ctx, "base", cycle=cycle)
        graded = {row["sample"]["id"] for row in ctx.journal.pending()}
        audit(ctx, "base", cycle=cycle)
        with ctx.store.read() as connection:
            kept = {row["id"] for row in ask.rows(connection, "SELECT id FROM samples")}
    assert graded
    assert graded <= kept
    assert len(kept) == AUDIT_SAMPLES + HONEYPOT_SAMPLES


def test_a_parity_mismatch_stops_the_cycle_before_the_adapter_is_kept(home: Home) -> None:
    def mismatch(*_: object) -> dict[str, object]:
        raise ParityError("the engine's logits differ from PEFT's")

    with scripted_context(home, parity=mismatch) as ctx:
        with pytest.raises(ParityError, match="differ"):
            run_implementation(ctx)
        with ctx.store.read() as connection:
            kept = ask.rows(connection, "SELECT * FROM adapters")
            unfinished = ask.unfinished(connection)
        assert ctx.champion("implementation") == "base"
    assert not kept
    assert not list(home.adapters.iterdir())
    assert unfinished is not None
    with scripted_context(home) as ctx:
        assert run_implementation(ctx).cycle.number == unfinished["number"]
