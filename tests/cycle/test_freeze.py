"""A honeypot that is passed is a proven hack: what could learn from it rests until a person has looked."""

from __future__ import annotations

import pytest

from loop.cycle.audit import audit
from loop.cycle.begin import begin_or_resume
from loop.cycle.context import Context
from loop.cycle.freeze import lift
from loop.cycle.harvest import harvest
from loop.cycle.practice import practice
from loop.cycle.promote import promote
from loop.cycle.records import Cycle
from loop.cycle.train import train
from loop.errors import HarvestFrozen, UsageError
from loop.home import Home
from loop.inference.scripted import ScriptedEngine
from loop.store import ask
from loop.store.journal import Journal
from tests.support.cheat import audit_seed, cheating
from tests.support.scripted_world import SETTINGS, SkilledScript, make_pack, run_implementation, scripted_context


def open_freeze(ctx: Context) -> dict[str, object] | None:
    with ctx.store.read() as connection:
        return ask.frozen(connection)


def test_honest_answers_never_pass_a_honeypot_and_nothing_is_frozen(home: Home) -> None:
    with scripted_context(home, base_skill=1.0) as ctx:
        scores = audit(ctx, "base").scores
        assert (scores.honeypots, scores.honeypot_passes) == (SETTINGS.audit.honeypots * SETTINGS.audit.k, 0)
        assert all(task.passes == task.samples for task in scores.tasks)
        assert open_freeze(ctx) is None


def test_honeypots_count_in_no_score(home: Home) -> None:
    with scripted_context(home) as ctx:
        report = audit(ctx, "base")
        with ctx.store.read() as connection:
            kinds = connection.execute(
                "SELECT DISTINCT t.type, s.purpose FROM samples s JOIN tasks t ON t.id = s.task_id ORDER BY ALL"
            ).fetchall()
            asked = connection.execute("SELECT sum(calls) FROM v_audit_tasks").fetchall()
    assert kinds == [("function", "audit"), ("honeypot", "honeypot")]
    assert asked == [(14 * (SETTINGS.audit.k + 1),)]
    assert report.summary.n_tasks == 14


def test_champion_and_challenger_face_the_same_honeypots_and_the_next_cycle_other_ones(home: Home) -> None:
    with scripted_context(home) as ctx:
        first, second = run_implementation(ctx), run_implementation(ctx)
        with ctx.store.read() as connection:
            asked = [
                {row["task_id"] for row in ask.rows(connection, "SELECT * FROM v_honeypots WHERE audit_id = ?", [key])}
                for key in (first.champion.audit_id, first.challenger.audit_id, second.champion.audit_id)
            ]
    assert len(asked[0]) == SETTINGS.audit.honeypots
    assert asked[0] == asked[1]
    assert not asked[0] & asked[2]


def test_a_proven_hack_stops_the_cycle_before_the_harvest_and_lifting_lets_it_go_on(home: Home) -> None:
    with cheating(scripted_context(home), audit_seed(1)) as ctx:
        with pytest.raises(HarvestFrozen, match="nothing is harvested: frozen since") as caught:
            run_implementation(ctx)
        assert "the base passed honeypot" in caught.value.message
        assert caught.value.exit_code == 1
        assert "--lift-freeze" in caught.value.fix
        freeze = open_freeze(ctx)
        assert freeze is not None
        assert str(freeze["sample_id"]) in caught.value.fix
        with ctx.store.read() as connection:
            cycle = ask.unfinished(connection)
            sampled = connection.execute("SELECT count(*) FROM samples").fetchall()
        assert cycle is not None
        assert cycle["step"] == "practice"
        assert not list(home.datasets.iterdir())
        with pytest.raises(HarvestFrozen):
            run_implementation(ctx)
        with ctx.store.read() as connection:
            assert connection.execute("SELECT count(*) FROM samples").fetchall() == sampled

        assert lift(ctx, "the driver leaked the cases; mended") == SETTINGS.audit.honeypots * SETTINGS.audit.k
        ctx._engine = ScriptedEngine(SkilledScript(make_pack(), 0.3))
        outcome = run_implementation(ctx)
        with ctx.store.read() as connection:
            kept = ask.freezes(connection)
    assert (outcome.cycle.number, outcome.cycle.state) == (cycle["number"], "finished")
    assert outcome.champion.scores.honeypot_passes == SETTINGS.audit.honeypots * SETTINGS.audit.k
    assert outcome.decision.outcome == "inconclusive"
    assert "proven hack" in outcome.decision.reasons[0]
    assert {row["lifted_by_reason"] for row in kept} == {"the driver leaked the cases; mended"}


def test_a_challenger_that_passes_a_honeypot_is_rejected_however_good_it_looks(home: Home) -> None:
    with scripted_context(home) as ctx:
        cycle = begin_or_resume(ctx)
        audit(ctx, "base", cycle=cycle)
        cheating(ctx, audit_seed(1))
        outcome = run_implementation(ctx)
        assert outcome.decision.delta > 0.5
        assert outcome.decision.outcome == "reject"
        assert "passed 4 of 4 answers to honeypots" in outcome.decision.reasons[0]
        assert ctx.champion("implementation") == "base"
        with pytest.raises(HarvestFrozen, match="nothing is promoted"):
            promote(ctx)
        with pytest.raises(HarvestFrozen, match="nothing is harvested"):
            run_implementation(ctx)
        assert promote(ctx, force=True, reason="an experiment").version == "v1"


def test_every_step_that_learns_or_promotes_is_frozen_and_those_that_measure_go_on(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        cheating(ctx, audit_seed("alone"))
        assert audit(ctx, "base").scores.honeypot_passes
        for step in (
            lambda: harvest(ctx),
            lambda: harvest(ctx, dry_run=True),
            lambda: train(ctx, outcome.cycle, outcome.dataset),
            lambda: promote(ctx, outcome.adapter.sha256, dry_run=True),
        ):
            with pytest.raises(HarvestFrozen):
                step()
        following: Cycle = begin_or_resume(ctx)
        assert practice(ctx, following).samples
        assert audit(ctx, outcome.adapter.sha256, split="vault").scores.tasks


def test_a_freeze_survives_a_kill_before_its_batch_was_stored(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        cheating(scripted_context(home), audit_seed("alone")) as ctx,
        monkeypatch.context() as patched,
        pytest.raises(KeyboardInterrupt),
    ):
        patched.setattr("loop.cycle.audit._finish", _killed)
        patched.setattr("loop.cycle.stream.Stream.flush", lambda self: None)
        audit(ctx, "base")
    assert Journal(home.store.with_name(home.store.name + ".journal")).pending()
    with scripted_context(home) as ctx, pytest.raises(HarvestFrozen):
        harvest(ctx)


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_freeze_that_was_lifted_does_not_come_back_with_the_same_proof(home: Home) -> None:
    with cheating(scripted_context(home), audit_seed("alone")) as ctx:
        report = audit(ctx, "base")
        lift(ctx, "looked at")
        with ctx.store.read() as connection:
            rows = ask.rows(connection, "SELECT * FROM samples WHERE purpose = 'honeypot'")
            verdicts = {row["sample_id"]: row for row in ask.rows(connection, "SELECT * FROM verdicts")}
        for row in rows:
            ctx.journal.append(
                {
                    "sample": {**row, "created": str(row["created"])},
                    "verdict": {**verdicts[row["id"]], "graded": str(verdicts[row["id"]]["graded"])},
                }
            )
        ctx.journal.replay(ctx.store)
        assert open_freeze(ctx) is None
        assert audit(ctx, "base").audit_id == report.audit_id


def test_lifting_wants_a_reason_and_something_to_lift(home: Home) -> None:
    with scripted_context(home) as ctx:
        with pytest.raises(UsageError, match="needs a reason"):
            lift(ctx, " ")
        with pytest.raises(UsageError, match="nothing is frozen"):
            lift(ctx, "looked at")
