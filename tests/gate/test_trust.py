"""A gain that cannot be believed promotes nothing: a proven hack, or answers that judge themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loop.gate.decision import Decision, Policy, decide
from loop.gate.scores import AuditScores
from tests.gate.audits import audit, world

POLICY = Policy(permutations=1000, bootstrap=200)


def audits(gain_a: float, gain_b: float, share_b: float) -> tuple[AuditScores, AuditScores]:
    """Champion and challenger: `share_b` of the tasks are of class B and gain `gain_b`, the others gain `gain_a`."""
    rng = np.random.default_rng(5)
    family = world(rng)
    base = np.clip(rng.beta(1.2, 1.4, len(family)), 0.05, 0.6)
    is_b = np.arange(len(family)) % 10 < 10 * share_b
    better = np.clip(base + np.where(is_b, gain_b, gain_a), 0, 1)
    pair = audit(base, family, rng), audit(better, family, rng, adapter="challenger")
    return tuple(marked(scores, is_b) for scores in pair)  # type: ignore[return-value]


def marked(scores: AuditScores, is_b: np.ndarray) -> AuditScores:
    return replace(scores, tasks=tuple(replace(t, class_b=bool(b)) for t, b in zip(scores.tasks, is_b, strict=True)))


def judged(champion: AuditScores, challenger: AuditScores) -> Decision:
    return decide(champion, challenger, POLICY, 1)


def test_answers_that_judge_themselves_promote_nothing_alone() -> None:
    decision = judged(*audits(0.0, 0.3, 1.0))
    assert decision.outcome == "inconclusive"
    assert "class B alone" in decision.reasons[0]
    assert decision.reasons[1].startswith("Promoted")


def test_a_gain_on_class_b_alone_promotes_nothing() -> None:
    decision = judged(*audits(0.0, 0.4, 0.6))
    assert decision.delta > 0.1
    assert decision.p_value < POLICY.alpha
    assert decision.outcome == "inconclusive"
    assert "class B alone" in decision.reasons[0]
    assert "on the " in decision.reasons[0]


def test_a_gain_that_class_a_shows_by_itself_is_promoted_beside_class_b() -> None:
    assert judged(*audits(0.3, 0.3, 0.5)).outcome == "promote"


def test_a_loss_on_class_b_is_a_loss() -> None:
    assert judged(*audits(0.0, -0.4, 0.6)).outcome == "reject"


def test_a_task_that_is_of_class_b_in_one_audit_is_so_in_both() -> None:
    champion, challenger = audits(0.3, 0.3, 1.0)
    plain = [replace(s, tasks=tuple(replace(t, class_b=False) for t in s.tasks)) for s in (champion, challenger)]
    assert judged(*plain).outcome == "promote"
    assert judged(plain[0], challenger).outcome == "inconclusive"
    assert judged(champion, plain[1]).outcome == "inconclusive"


def test_class_a_tasks_that_were_not_graded_show_nothing() -> None:
    champion, challenger = audits(0.3, 0.3, 0.9)
    bare = replace(
        challenger, tasks=tuple(t if t.class_b else replace(t, samples=0, passes=0) for t in challenger.tasks)
    )
    assert judged(champion, bare).outcome == "inconclusive"


@pytest.mark.parametrize("gain", [0.3, 0.0])
def test_a_challenger_that_passed_a_honeypot_is_rejected(gain: float) -> None:
    champion, challenger = audits(gain, gain, 0.0)
    decision = judged(champion, replace(challenger, honeypots=24, honeypot_passes=1))
    assert decision.outcome == "reject"
    assert "1 of 24 answers to honeypots" in decision.reasons[0]


def test_a_champion_that_passed_a_honeypot_is_no_measure() -> None:
    champion, challenger = audits(0.3, 0.3, 0.0)
    decision = judged(replace(champion, honeypots=24, honeypot_passes=2), challenger)
    assert decision.outcome == "inconclusive"
    assert "champion passed 2 of 24" in decision.reasons[0]


def test_a_worse_challenger_stays_rejected_whatever_the_champion_did() -> None:
    champion, challenger = audits(-0.4, -0.4, 0.0)
    assert judged(replace(champion, honeypots=24, honeypot_passes=2), challenger).outcome == "reject"


def test_honeypots_that_nobody_passed_change_nothing() -> None:
    champion, challenger = audits(0.3, 0.3, 0.0)
    asked = [replace(scores, honeypots=24) for scores in (champion, challenger)]
    assert judged(*asked) == judged(champion, challenger)
