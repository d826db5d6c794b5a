"""What grades are worth, over a whole cycle: weak sandboxes and class B never promote; weak ones are not harvested."""

from __future__ import annotations

import pytest

from evaluators.oracles import session
from evaluators.oracles.differential import DifferentialOracle
from loop.cycle.audit import audit
from loop.cycle.begin import begin_or_resume
from loop.cycle.grading import BANNER
from loop.cycle.harvest import harvest
from loop.cycle.practice import practice
from loop.cycle.promote import PromotionRefused, promote
from loop.cycle.train import TooFewTasks
from loop.home import Home
from loop.report.progress import NullReporter
from loop.report.tables import trust_notes
from loop.store import ask
from tests.support.scripted_world import run_implementation, scripted_context


class WeakOracles(session.Oracles):
    """The real one, on a machine whose canaries proved no more."""

    @property
    def tier(self) -> str:
        return "weak"


class Listener(NullReporter):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def say(self, text: str) -> None:
        self.heard.append(text)


def test_a_run_in_a_weak_sandbox_is_loud_and_teaches_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "Oracles", WeakOracles)
    with scripted_context(home, base_skill=1.0) as ctx:
        ctx.reporter = listener = Listener()
        with pytest.raises(TooFewTasks):
            run_implementation(ctx)
        assert BANNER in listener.heard
        counters = harvest(ctx, dry_run=True).counters
        report = audit(ctx, "base")
    assert counters["untrusted_sandbox"] > 0
    assert counters["kept"] == 0
    assert report.tier == "weak"
    assert any("WEAK SANDBOX" in note for note in trust_notes(report))


def test_audits_in_a_weak_sandbox_promote_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_context(home) as ctx:
        trained = run_implementation(ctx).adapter.sha256
        ctx.registry.rollback("implementation", None)
    monkeypatch.setattr(session, "Oracles", WeakOracles)
    with scripted_context(home) as ctx:
        for adapter in ("base", trained):
            audit(ctx, adapter)
        with pytest.raises(PromotionRefused, match="weak sandbox"):
            promote(ctx, trained)


def test_a_trusted_sandbox_says_nothing(home: Home) -> None:
    with scripted_context(home) as ctx:
        ctx.reporter = listener = Listener()
        practice(ctx, begin_or_resume(ctx))
    assert BANNER not in listener.heard


def test_a_gain_of_answers_that_judge_themselves_is_not_promoted(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DifferentialOracle, "oracle_class", "B")
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        assert ctx.champion("implementation") == "base"
        with ctx.store.read() as connection:
            classes = connection.execute("SELECT DISTINCT kind, oracle_class FROM verdicts").fetchall()
            stored = ask.status(connection, {"implementation": "base"})
    assert {kind for kind, _ in classes} >= {"pass", "wrong_answer", "format_error"}
    assert {found for _, found in classes} == {"B"}
    assert stored["class_b"] == stored["samples"]
    assert outcome.decision.delta > 0.5
    assert outcome.decision.outcome == "inconclusive"
    assert "class B alone" in outcome.decision.reasons[0]
    assert any("class B" in note for note in trust_notes(outcome.challenger))
