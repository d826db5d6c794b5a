from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from loop.config import GateSettings
from loop.errors import UsageError
from loop.gate.compare import TaskChange, compare_tasks, regressions, tally
from loop.gate.decision import Decision, Policy, decide
from loop.gate.scores import AuditScores
from tests.gate.audits import audit, world

POLICY = Policy()
QUICK = Policy(permutations=1000, bootstrap=200)


def scene(seed: int, gain: float, **sizes: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray, np.ndarray]:
    """A generator, family indices, the champion's true rates, and the challenger's: higher where there is room."""
    rng = np.random.default_rng(seed)
    family = world(rng, **sizes)
    base = np.clip(rng.beta(1.2, 1.4, len(family)), 0.02, 0.98)
    better = base + gain * (1 - base) / (1 - base).mean() if gain > 0 else np.clip(base + gain, 0, 1)
    return rng, family, base, np.clip(better, 0, 1)


def audits(seed: int, gain: float, **sizes: int) -> tuple[AuditScores, AuditScores]:
    rng, family, base, better = scene(seed, gain, **sizes)
    return audit(base, family, rng), audit(better, family, rng, adapter="challenger")


def in_family(scores: AuditScores, number: int, **changes: object) -> AuditScores:
    name = f"family{number:02d}"
    return replace(scores, tasks=tuple(replace(t, **changes) if t.family == name else t for t in scores.tasks))


def test_a_challenger_thirty_points_better_is_promoted_every_time() -> None:
    decisions = [decide(*audits(seed, 0.30), QUICK, seed) for seed in range(60)]
    assert all(d.promoted for d in decisions)
    assert np.mean([d.delta for d in decisions]) == pytest.approx(0.30, abs=0.04)


def test_thirty_points_are_seen_with_the_fewest_families_and_tasks() -> None:
    outcomes = [decide(*audits(seed, 0.30, families=10, smallest=8, largest=8), QUICK, seed) for seed in range(60)]
    assert sum(d.promoted for d in outcomes) >= 58


def test_an_equal_challenger_is_promoted_less_often_than_alpha() -> None:
    promoted = sum(decide(*audits(seed, 0.0), QUICK, seed).promoted for seed in range(400))
    assert promoted / 400 <= POLICY.alpha


def test_gains_and_losses_that_cancel_over_families_are_promoted_less_often_than_alpha() -> None:
    promoted, runs = 0, 200
    for seed in range(runs):
        rng, family, base, _ = scene(seed, 0.0)
        shifted = np.clip(base + rng.normal(0, 0.08, 12)[family], 0, 1)
        promoted += decide(audit(base, family, rng), audit(shifted, family, rng), QUICK, seed).promoted
    assert promoted / runs <= POLICY.alpha + 0.02


def test_an_audit_against_itself_promotes_nothing() -> None:
    champion, _ = audits(0, 0.0)
    decision = decide(champion, replace(champion, audit_id="again"), POLICY, 1)
    assert decision.outcome == "reject" and decision.delta == 0.0 and decision.p_value == 1.0
    assert "exactly as the champion" in decision.reasons[0]
    assert decision.minimum_detectable_effect > 0


def test_a_worse_challenger_is_rejected_and_not_called_inconclusive() -> None:
    decisions = [decide(*audits(seed, -0.20), QUICK, seed) for seed in range(30)]
    assert {d.outcome for d in decisions} == {"reject"}


def test_a_challenger_without_effect_on_a_large_audit_is_rejected() -> None:
    rng, family, base, _ = scene(3, 0.0, families=14, smallest=60, largest=60)
    same = audit(base, family, rng, k=16)
    changed = tuple(replace(t, greedy_pass=not t.greedy_pass) for t in same.tasks)
    decision = decide(same, replace(same, adapter="challenger", tasks=changed), POLICY, 1)
    assert decision.outcome == "reject" and decision.ci[1] < POLICY.eta
    assert "ruled out" in decision.reasons[0]


def test_a_small_gain_on_a_small_audit_is_inconclusive_and_says_what_could_be_seen() -> None:
    decisions = [decide(*audits(seed, 0.05, families=8, smallest=5, largest=8), QUICK, seed) for seed in range(40)]
    undecided = [d for d in decisions if d.outcome == "inconclusive"]
    assert len(undecided) >= 24
    for decision in undecided:
        assert f"{decision.delta * 100:+.1f} points" in decision.reasons[0]
        assert decision.p_value < POLICY.alpha or "shows gains from" in decision.reasons[1]


def test_a_real_gain_smaller_than_eta_is_not_promoted() -> None:
    champion, challenger = audits(2, 0.30)
    decision = decide(champion, challenger, replace(POLICY, eta=0.60), 1)
    assert decision.p_value < POLICY.alpha and decision.outcome == "reject"


def test_too_few_families_can_never_promote_and_the_reason_says_so() -> None:
    decision = decide(*audits(3, 0.30, families=4, smallest=30, largest=30), POLICY, 1)
    assert decision.outcome == "inconclusive" and decision.p_value == pytest.approx(1 / 16)
    assert any("more families" in reason for reason in decision.reasons)


def test_a_collapse_of_one_family_refuses_a_large_gain() -> None:
    champion, challenger = audits(4, 0.35, smallest=12, largest=12)
    champion = in_family(champion, 5, passes=3)
    decision = decide(champion, in_family(challenger, 5, passes=0, greedy_pass=False), POLICY, 1)
    assert decision.p_value < POLICY.alpha and decision.delta > POLICY.eta
    assert decision.outcome == "reject"
    assert [f.family for f in decision.families if f.state == "regressed"] == ["family05"]
    assert any("Family 'family05' went from 0.75 to 0.00" in reason for reason in decision.reasons)


def test_one_noisy_family_is_told_but_does_not_refuse_a_large_gain() -> None:
    rng = np.random.default_rng(7)
    family = np.repeat(np.arange(12), 10)
    base = np.full(120, 0.4)
    champion, challenger = audit(base, family, rng), audit(base + 0.4, family, rng, adapter="challenger")
    old = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    new = [0, 4, 1, 1, 0, 4, 1, 0, 2, 2]  # a fall of 12 points, by luck
    place = {t.task_id: i % 10 for i, t in enumerate(champion.tasks)}
    for counts, scores in ((old, champion), (new, challenger)):
        changed = tuple(
            replace(t, passes=counts[place[t.task_id]]) if t.family == "family03" else t for t in scores.tasks
        )
        champion, challenger = (
            (replace(scores, tasks=changed), challenger)
            if scores is champion
            else (champion, replace(scores, tasks=changed))
        )
    decision = decide(champion, challenger, POLICY, 1)
    assert decision.promoted
    assert [f.family for f in decision.families if f.state == "watch"] == ["family03"]
    assert any("family03" in reason for reason in decision.reasons)


def test_equal_families_are_seldom_taken_for_regressed() -> None:
    blamed = 0
    for seed in range(200):
        decision = decide(*audits(seed, 0.05), QUICK, seed)
        blamed += any(f.state == "regressed" for f in decision.families)
    assert blamed / 200 <= 0.05


def test_a_collapse_in_pass_at_k_refuses_a_gain_in_pass_at_1() -> None:
    rng = np.random.default_rng(8)
    family = np.repeat(np.arange(12), 20)
    always = np.arange(240) % 10 < 7  # the challenger repeats itself: all right on 7 tasks of 10, never on the others
    champion = audit(np.full(240, 0.5), family, rng)
    challenger = audit(always.astype(float), family, rng, adapter="challenger")
    decision = decide(champion, challenger, POLICY, 1)
    assert decision.delta > 0.15 and decision.p_value < POLICY.alpha
    assert decision.outcome == "reject"
    assert any(reason.startswith("Pass@4 fell from 0.9") for reason in decision.reasons)


def test_a_rise_of_format_errors_refuses_a_gain() -> None:
    rng, family, base, better = scene(9, 0.30)
    champion = audit(base, family, rng)
    challenger = audit(better, family, rng, adapter="challenger", format_rate=0.6)
    decision = decide(champion, challenger, POLICY, 1)
    assert decision.outcome == "reject"
    assert any(reason.startswith("Format errors rose from 0.000 to") for reason in decision.reasons)


def test_a_rise_of_format_errors_that_could_be_noise_asks_for_more() -> None:
    champion, challenger = audits(10, 0.30, smallest=12, largest=12)
    six = challenger.tasks[:72:12]  # one task in each of six families gives nothing usable
    noisy = tuple(replace(t, passes=0, format_errors=4) if t in six else t for t in challenger.tasks)
    policy = replace(POLICY, format_margin=5 / 144)
    decision = decide(champion, replace(challenger, tasks=noisy), policy, 1)
    assert decision.p_value < POLICY.alpha and decision.delta > POLICY.eta
    assert decision.outcome == "inconclusive"
    assert any("more samples would tell" in reason for reason in decision.reasons)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("hole", [{"infra": 1}, {"samples": 3, "passes": 1}, {"samples": 0, "passes": 0, "infra": 4}])
def test_a_hole_left_by_the_grader_makes_even_a_large_gain_inconclusive(side: int, hole: dict[str, int]) -> None:
    pair = list(audits(11, 0.30))
    tasks = pair[side].tasks
    pair[side] = replace(pair[side], tasks=(replace(tasks[0], **hole), *tasks[1:]))
    decision = decide(*pair, POLICY, 1)
    assert decision.outcome == "inconclusive" and decision.holes >= 1
    assert "not graded" in decision.reasons[0]


@pytest.mark.parametrize("change", [{"seed": 2}, {"k": 8}, {"temperature": 1.0}, {"split": "vault"}])
def test_audits_under_other_settings_are_not_compared(change: dict[str, object]) -> None:
    champion, challenger = audits(12, 0.30)
    with pytest.raises(UsageError, match=f"differ in {next(iter(change))}"):
        decide(champion, replace(challenger, **change), POLICY, 1)


def test_audits_of_other_tasks_are_not_compared() -> None:
    champion, challenger = audits(13, 0.30)
    with pytest.raises(UsageError, match="not of the same tasks"):
        decide(champion, replace(challenger, tasks=challenger.tasks[1:]), POLICY, 1)
    with pytest.raises(UsageError, match="another family"):
        decide(champion, in_family(challenger, 0, family="renamed"), POLICY, 1)
    with pytest.raises(UsageError, match="twice"):
        decide(champion, replace(challenger, tasks=(*challenger.tasks, challenger.tasks[0])), POLICY, 1)


def test_the_order_of_tasks_changes_nothing() -> None:
    champion, challenger = audits(14, 0.05)
    shuffled = replace(challenger, tasks=tuple(reversed(challenger.tasks)))
    assert decide(champion, shuffled, POLICY, 1) == decide(champion, challenger, POLICY, 1)


def test_a_decision_survives_json() -> None:
    decision = decide(*audits(15, 0.10), POLICY, 1)
    document = json.loads(json.dumps(decision.to_json()))
    assert Decision.from_json(document) == decision
    assert document["decision"] == decision.outcome
    with pytest.raises(UsageError, match="not a decision"):
        Decision.from_json({"outcome": "promote"})


def test_the_policy_is_built_from_the_settings() -> None:
    assert Policy.from_settings(GateSettings()) == Policy()
    assert Policy.from_settings(replace(GateSettings(), eta=0.07)).eta == 0.07


@pytest.mark.parametrize("families", [40, 1000])
def test_a_thousand_tasks_and_ten_thousand_swaps_take_less_than_a_second(families: int) -> None:
    rng = np.random.default_rng(16)
    family = np.arange(1000) % families
    champion, challenger = audit(rng.random(1000), family, rng), audit(rng.random(1000), family, rng)
    decide(*audits(0, 0.0), QUICK, 1)  # imports
    start = time.process_time()
    decision = decide(champion, challenger, POLICY, 1)
    assert not decision.exact and time.process_time() - start < 1.0


def test_tasks_are_told_apart_as_won_lost_and_tied() -> None:
    champion, challenger = audits(17, 0.0)
    changes = compare_tasks(champion, challenger)
    assert len(changes) == len(champion.tasks)
    for change in changes:
        gain = change.challenger - change.champion
        assert change.outcome == ("won" if gain > 0 else "lost" if gain < 0 else "tied")
    assert changes[0].challenger - changes[0].champion == min(c.challenger - c.champion for c in changes)


def test_regressions_are_what_was_solved_reliably_and_is_no_longer_family_by_family() -> None:
    changes = [
        TaskChange("a", "fold", 1.0, 0.5, True, True, "lost"),
        TaskChange("b", "fold", 1.0, 0.0, True, False, "lost"),
        TaskChange("c", "fold", 1.0, 1.0, True, True, "tied"),
        TaskChange("d", "scan", 1.0, 1.0, True, False, "tied"),  # the greedy answer alone
        TaskChange("e", "map", 1.0, 0.0, False, False, "lost"),  # it was not reliable before
        TaskChange("f", "map", 0.5, 0.0, True, False, "lost"),
        TaskChange("g", "map", 0.0, 1.0, False, True, "won"),
    ]
    found = [(family.family, family.reliable, [c.task_id for c in family.tasks]) for family in regressions(changes)]
    assert found == [("fold", 3, ["b", "a"]), ("scan", 1, ["d"])]
    assert tally(changes) == {"won": 1, "lost": 4, "tied": 2}
