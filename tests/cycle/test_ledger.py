"""The audit ledger, and audits that grow: real store, gate and grader; model and trainer are scripts."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from loop.cycle import judge as judging
from loop.cycle.audit import audit, grow
from loop.cycle.context import Context
from loop.cycle.ledger import AuditSpent, attempt_on
from loop.cycle.promote import promote, rollback
from loop.errors import EngineError, UsageError
from loop.gate.decision import Policy
from loop.home import Home
from loop.store import ask_audits
from tests.support.scripted_world import SETTINGS, run_implementation, scripted_context

# Seven families show p = 1/128 at best, which the level of the third of these looks is the first to let pass.
GROWING = dataclasses.replace(
    SETTINGS,
    audit=dataclasses.replace(SETTINGS.audit, k=4, first=1),
    gate=dataclasses.replace(SETTINGS.gate, attempt_alpha=0.012),
)


def rows(ctx: Context, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with ctx.store.read() as connection:
        return connection.execute(sql, list(arguments)).fetchall()


def test_an_attempt_is_laid_down_once_and_closed_with_its_outcome(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        policy = Policy.from_settings(ctx.settings.gate)
        again = attempt_on(ctx, outcome.champion, outcome.challenger, policy)
        assert (again.number, again.alpha, again.looks) == (1, 0.05, (2,))
        found = rows(ctx, "SELECT number, alpha, outcome, champion_audit, challenger_audit FROM audit_attempts")
        assert found == [(1, 0.05, "promote", outcome.champion.audit_id, outcome.challenger.audit_id)]
        assert rows(ctx, "SELECT count(*) FROM audit_sets") == [(len(ctx.pack.split("audit")),)]


def test_a_dry_run_is_the_attempt_that_the_promotion_then_is(home: Home) -> None:
    with scripted_context(home) as ctx:
        first = run_implementation(ctx)
        second = run_implementation(ctx)
        rollback(ctx)
        assert second.promotion is None
        for adapter in ("base", second.adapter.sha256):
            audit(ctx, adapter)
        before = len(rows(ctx, "SELECT * FROM audit_attempts"))
        for dry_run in (True, True, False):
            promote(ctx, second.adapter.sha256, dry_run=dry_run)
        found = rows(ctx, "SELECT challenger, outcome FROM audit_attempts ORDER BY number")
        assert len(found) == before + 1 and found[-1] == (second.adapter.sha256, "promote")
        assert found[0] == (first.adapter.sha256, "promote")


def test_audits_grow_look_by_look_until_the_gate_can_tell(home: Home) -> None:
    with scripted_context(home, settings=GROWING) as ctx:
        outcome = run_implementation(ctx)
        assert (outcome.decision.outcome, outcome.decision.k, outcome.decision.looks) == ("promote", 3, (1, 2, 3, 4))
        assert outcome.champion.scores.k == outcome.challenger.scores.k == outcome.challenger.summary.k == 3
        assert outcome.decision.saved == pytest.approx(0.2)
        for report in (outcome.champion, outcome.challenger):
            counted = (
                "SELECT count(*) FILTER (idx >= 0), max(idx) FROM samples WHERE purpose = 'audit' AND audit_id = ?"
            )
            taken = rows(ctx, counted, report.audit_id)
            assert taken == [(3 * len(ctx.pack.split("audit")), 2)]
            assert rows(ctx, "SELECT k, budget, state FROM audits WHERE id = ?", report.audit_id) == [
                (3, 4, "finished")
            ]


def test_a_kill_while_audits_grow_leaves_them_as_they_were_and_the_next_run_ends_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def killed(ctx: Context, audit_id: str, k: int) -> Any:
        calls.append(k)
        if len(calls) == 4:  # the champion has its third completion, the challenger gets some of its own
            engine = ctx.engine("implementation")
            monkeypatch.setattr(engine, "generate", _cut_short(engine.generate))
        return grow(ctx, audit_id, k)

    with scripted_context(home, settings=GROWING) as ctx:
        monkeypatch.setattr(judging, "grow", killed)
        with pytest.raises(EngineError, match="cut"):
            run_implementation(ctx)
        assert calls == [2, 2, 3, 3]
        assert sorted(rows(ctx, "SELECT k FROM audits")) == [(2,), (3,)]
        shorter = rows(ctx, "SELECT id FROM audits WHERE k = 2")[0][0]
        assert rows(ctx, "SELECT max(samples) FROM v_audit_tasks WHERE audit_id = ?", shorter) == [(2,)]
    monkeypatch.undo()
    with scripted_context(home, settings=GROWING) as ctx:
        outcome = run_implementation(ctx)
        assert (outcome.cycle.number, outcome.decision.outcome, outcome.decision.k) == (1, "promote", 3)
        assert rows(ctx, "SELECT count(*) FROM audit_attempts") == [(1,)]


def _cut_short(generate: Any) -> Any:
    def cut(*arguments: Any, **named: Any) -> Any:
        stream = generate(*arguments, **named)
        yield next(stream)
        raise EngineError("cut")

    return cut


def test_scores_at_a_look_are_those_of_its_completions(home: Home) -> None:
    with scripted_context(home, settings=GROWING) as ctx:
        report = audit(ctx, "base")
        with ctx.store.read() as connection:
            early = ask_audits.audit_scores(connection, report.audit_id, 2)
            whole = ask_audits.audit_scores(connection, report.audit_id)
        assert {task.samples for task in early.tasks} == {2} and early.k == 2
        assert {task.samples for task in whole.tasks} == {4} and whole == report.scores
        assert [t.greedy_pass for t in early.tasks] == [t.greedy_pass for t in whole.tasks]
        with ctx.store.write() as connection:  # as an audit is that has some of its third completions
            connection.execute("UPDATE audits SET k = 2")
        with ctx.store.read() as connection:
            assert ask_audits.audit_scores(connection, report.audit_id) == early


def test_an_audit_does_not_go_on_under_other_settings(home: Home) -> None:
    with scripted_context(home, settings=GROWING) as ctx:
        begun = audit(ctx, "base", upto=1)
    warmer = dataclasses.replace(GROWING, sampling=dataclasses.replace(GROWING.sampling, temperature=0.3))
    with scripted_context(home, settings=warmer) as ctx, pytest.raises(UsageError, match="begun under other settings"):
        grow(ctx, begun.audit_id, 2)


def test_a_spent_audit_set_ends_the_cycle_before_anything_is_sampled(home: Home) -> None:
    once = dataclasses.replace(SETTINGS, gate=dataclasses.replace(SETTINGS.gate, alpha=0.05, attempts=1))
    with scripted_context(home, settings=once) as ctx:
        run_implementation(ctx)
        assert run_implementation(ctx).promotion is None  # what the promotion handed on
        samples = rows(ctx, "SELECT count(*) FROM samples")
        with pytest.raises(AuditSpent, match="2 challengers were judged") as refusal:
            run_implementation(ctx)
        assert "loop tasks mint" in refusal.value.fix and refusal.value.exit_code == 1
        assert rows(ctx, "SELECT count(*) FROM samples") == samples
        assert rows(ctx, "SELECT count(*) FROM audit_attempts") == [(2,)]
