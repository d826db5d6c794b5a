"""The gate stands before every promotion, and whoever goes round it is seen for ever."""

from __future__ import annotations

import dataclasses

import pytest

from loop.cycle.audit import audit
from loop.cycle.judge import judge
from loop.cycle.promote import PromotionRefused, promote, rollback
from loop.errors import UsageError
from loop.home import Home
from loop.store.projection import rebuild_promotions
from tests.support.scripted_world import run_implementation, scripted_context


def test_with_nothing_trained_there_is_nothing_to_promote(home: Home) -> None:
    with scripted_context(home) as ctx, pytest.raises(PromotionRefused, match="no adapter was trained") as caught:
        promote(ctx)
    assert caught.value.exit_code == 1
    assert caught.value.decision is None


def test_a_worse_challenger_is_refused_with_the_gates_reasons(home: Home) -> None:
    with scripted_context(home, base_skill=0.9, trained_skill=0.1) as ctx:
        outcome = run_implementation(ctx)
        with pytest.raises(PromotionRefused) as caught:
            promote(ctx)
        assert ctx.champion("implementation") == "base"
    assert caught.value.decision is not None
    assert caught.value.decision.delta == pytest.approx(outcome.decision.delta)
    assert outcome.decision.reasons[0] in caught.value.message


def test_after_a_promotion_nothing_better_is_left(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        with pytest.raises(PromotionRefused, match="no adapter was trained since"):
            promote(ctx)
        with pytest.raises(PromotionRefused, match="in service already"):
            promote(ctx, outcome.adapter.sha256)


def test_force_needs_a_reason_and_the_reason_stays_in_the_history(home: Home) -> None:
    with scripted_context(home, base_skill=0.9, trained_skill=0.1) as ctx:
        outcome = run_implementation(ctx)
        with pytest.raises(UsageError, match="needs a reason"):
            promote(ctx, force=True, reason=" ")
        done = promote(ctx, force=True, reason="the audit is stale")
        assert done.decision is not None
        assert done.decision.outcome != "promote"
        assert ctx.champion("implementation") == outcome.adapter.sha256
        assert [event.forced_reason for event in ctx.registry.history("implementation")] == ["the audit is stale"]
        with ctx.store.read() as connection:
            kept = connection.execute("SELECT forced_reason FROM promotions").fetchall()
    assert kept == [("the audit is stale",)]


def test_rollback_puts_the_previous_champion_back_and_the_next_audit_uses_it(home: Home) -> None:
    with scripted_context(home) as ctx:
        run_implementation(ctx)
        assert rollback(ctx) is None
        assert ctx.champion("implementation") == "base"
        assert run_implementation(ctx).champion.adapter == "base"


def test_a_dry_run_changes_nothing(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        rollback(ctx)
        with ctx.store.read() as connection:
            before = connection.execute("SELECT count(*) FROM decisions").fetchall()
        shown = promote(ctx, dry_run=True)
        assert (shown.adapter, shown.dry_run, shown.version) == (outcome.adapter.sha256, True, "")
        assert ctx.champion("implementation") == "base"
        with ctx.store.read() as connection:
            assert connection.execute("SELECT count(*) FROM decisions").fetchall() == before


def test_a_pair_that_was_never_audited_together_is_audited_first(home: Home) -> None:
    with scripted_context(home) as ctx:
        run_implementation(ctx)
        second = run_implementation(ctx)  # its challenger was audited beside the first one's, not beside the base
        assert second.promotion is None
        rollback(ctx)
        with ctx.store.read() as connection:
            before = connection.execute("SELECT count(*) FROM audits").fetchall()[0][0]
        with pytest.raises(PromotionRefused, match="never audited beside"):
            promote(ctx, second.adapter.sha256, dry_run=True)
        done = promote(ctx, second.adapter.sha256)
        assert (done.previous, done.version) == ("base", "v2")
        with ctx.store.read() as connection:
            assert connection.execute("SELECT count(*) FROM audits").fetchall()[0][0] == before + 2


def test_a_weak_sandbox_never_gates_a_promotion(home: Home) -> None:
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        weak = dataclasses.replace(outcome.challenger, tier="weak")
        decision = judge(ctx, None, outcome.champion, weak, dry_run=True).decision
    assert outcome.decision.outcome == "promote"
    assert decision.outcome == "inconclusive"
    assert "weak sandbox" in decision.reasons[0]


def test_the_promotions_table_can_be_dropped_and_drawn_again(home: Home) -> None:
    with scripted_context(home) as ctx:
        run_implementation(ctx)
        rollback(ctx)
        with ctx.store.read() as connection:
            before = connection.execute("SELECT * FROM promotions ORDER BY position").fetchall()
        with ctx.store.write() as connection:
            connection.execute("DELETE FROM promotions")
        assert rebuild_promotions(ctx.store, ctx.registry, "implementation") == 2
        with ctx.store.read() as connection:
            assert connection.execute("SELECT * FROM promotions ORDER BY position").fetchall() == before
    assert [row[2] for row in before] == ["promote", "rollback"]


def test_names_of_adapters_are_resolved(home: Home) -> None:
    with scripted_context(home) as ctx:
        sha256 = run_implementation(ctx).adapter.sha256
        assert [ctx.resolve_adapter(name, "implementation") for name in ("champion", "v1", sha256[:8], "base")] == [
            sha256
        ] * 3 + ["base"]
        with pytest.raises(UsageError, match="not known"):
            ctx.resolve_adapter("ffff", "implementation")


def test_damaged_weights_are_an_error_not_an_audit_of_something_else(home: Home) -> None:
    from loop.errors import RegistryError

    with scripted_context(home) as ctx:
        sha256 = run_implementation(ctx).adapter.sha256
        (home.adapters / sha256 / "adapter.gguf").write_text('{"skill": 1.0}')
        with pytest.raises(RegistryError, match="damaged"):
            audit(ctx, sha256, seed=99)
