"""Audits that grow: several looks, one error."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from loop.gate.attempt import Attempt
from loop.gate.decision import Decision, Policy, decide
from loop.gate.permute import sign_flip
from loop.gate.scores import AuditScores, TaskScore
from loop.gate.sequential import staged_sign_flip

LOOKS = (2, 3, 4)
QUICK = Policy(permutations=1000, bootstrap=200)


def grown(rates: np.ndarray, family: np.ndarray, rng: np.random.Generator, name: str) -> list[AuditScores]:
    """One audit at each look: the completions of an earlier look are the first of a later one."""
    passed, greedy = rng.random((len(rates), LOOKS[-1])) < rates[:, None], rng.random(len(rates)) < rates
    return [
        AuditScores(
            f"audit-{name}", name, "audit", k, 0.8, 1,
            tuple(
                TaskScore(f"t{i:04d}", f"f{f:02d}", k, int(passed[i, :k].sum()), bool(greedy[i]))
                for i, f in enumerate(family)
            ),
        )
        for k in LOOKS
    ]  # fmt: skip


def run(seed: int, gain: float, alpha: float, *, families: int = 16, size: int = 9) -> Decision:
    """The decision at the look that settles it."""
    rng = np.random.default_rng(seed)
    family = np.repeat(np.arange(families), size)
    base = rng.beta(1.2, 1.4, len(family))
    pairs = list(zip(
        grown(base, family, rng, "champion"), grown(np.clip(base + gain, 0, 1), family, rng, "challenger"), strict=True
    ))  # fmt: skip
    return settle(pairs, Attempt(1, alpha, LOOKS))


def settle(pairs: Sequence[tuple[AuditScores, AuditScores]], attempt: Attempt, **more: frozenset[str]) -> Decision:
    for look, pair in enumerate(pairs):
        decision = decide(*pair, QUICK, 1, attempt=attempt, earlier=pairs[:look], **more)
        if decision.settled:
            return decision
    raise AssertionError("the last look is always settled")


def test_at_one_look_it_is_the_plain_test() -> None:
    rng = np.random.default_rng(0)
    family, differences = np.repeat(np.arange(9), 4), rng.normal(0.1, 0.4, 36)
    assert staged_sign_flip([differences], family, [0.05], 1000, 1) == sign_flip(differences, family, 1000, 1)


def test_under_all_exchanges_exactly_the_allowed_share_ever_crosses() -> None:
    """Every exchange of the families is as likely under the null: as many may promote as alpha says, no more."""
    rng = np.random.default_rng(1)
    family = np.arange(8)
    looks = [rng.normal(0.3, 1.0, 8)]
    for _ in range(2):
        looks.append(looks[-1] * 0.7 + rng.normal(0.1, 0.5, 8))
    levels = [0.05, 0.10, 0.15]
    ever = 0
    for signs in itertools.product([1.0, -1.0], repeat=8):
        flipped = [one * np.array(signs) for one in looks]
        ever += any(
            staged_sign_flip(flipped[: look + 1], family, levels[: look + 1], 100, 0).p_value < levels[look]
            for look in range(3)
        )
    assert 0.10 < ever / 256 <= 0.15


def test_a_large_gain_ends_at_the_first_look_and_says_what_it_saved() -> None:
    decisions = [run(seed, 0.30, 0.0025) for seed in range(20)]
    assert {d.outcome for d in decisions} == {"promote"}
    first = [d for d in decisions if d.k == 2]
    assert len(first) >= 15 and first[0].saved == pytest.approx(0.4)
    assert all(d.level == pytest.approx(0.0025 * d.k / 4) and d.p_value < d.level for d in decisions)


def test_without_an_effect_most_attempts_end_before_their_budget_and_none_promotes_more_than_alpha() -> None:
    decisions = [run(seed, 0.0, 0.05) for seed in range(60)]
    assert np.mean([d.promoted for d in decisions]) <= 0.05 + 0.03
    assert np.mean([d.k < 4 for d in decisions]) > 0.5
    early = next(d for d in decisions if d.outcome == "inconclusive" and d.k < 4)
    assert "were not taken" in early.reasons[-1]


def test_harm_ends_at_the_first_look() -> None:
    decisions = [run(seed, -0.35, 0.0025) for seed in range(20)]
    assert {d.outcome for d in decisions} == {"reject"} and {d.k for d in decisions} == {2}


def test_the_same_looks_give_the_same_decision() -> None:
    assert run(3, 0.08, 0.01) == run(3, 0.08, 0.01)
    assert Decision.from_json(run(3, 0.08, 0.01).to_json()) == run(3, 0.08, 0.01)


def with_broken(pairs: list[tuple[AuditScores, AuditScores]], task: int) -> list[tuple[AuditScores, AuditScores]]:
    """The same audits, but only the champion solves the task."""

    def put(scores: AuditScores, solved: bool) -> AuditScores:
        tasks = list(scores.tasks)
        tasks[task] = replace(tasks[task], passes=tasks[task].samples if solved else 0, greedy_pass=solved)
        return replace(scores, tasks=tuple(tasks))

    return [(put(old, True), put(new, False)) for old, new in pairs]


def pairs_with_a_gain() -> list[tuple[AuditScores, AuditScores]]:
    rng, family = np.random.default_rng(5), np.repeat(np.arange(16), 9)
    base = rng.uniform(0.1, 0.6, len(family))
    return with_broken(
        list(zip(grown(base, family, rng, "old"), grown(base + 0.3, family, rng, "new"), strict=True)), 7
    )


def test_a_task_broken_again_holds_up_a_gain_until_the_budget_is_used_and_then_rejects_it() -> None:
    decision = settle(pairs_with_a_gain(), Attempt(1, 0.0025, LOOKS), anchors=frozenset({"t0007"}))
    assert (decision.outcome, decision.k) == ("reject", 4)
    assert decision.anchors_broken == ("t0007",) and any("broken again" in reason for reason in decision.reasons)


def test_a_task_broken_for_the_first_time_is_noted_and_stops_nothing() -> None:
    decision = settle(pairs_with_a_gain(), Attempt(1, 0.0025, LOOKS))
    assert decision.promoted and "t0007" in decision.broken and not decision.anchors_broken


def test_a_decision_of_before_there_were_attempts_can_still_be_read() -> None:
    data = run(3, 0.3, 0.01).to_json()
    for name in ("alpha", "level", "attempt", "attempts_left", "looks", "settled", "broken", "anchors_broken"):
        del data[name]
    for name in ("attempts", "attempt_alpha", "guard_alpha"):
        del data["policy"][name]
    assert Decision.from_json(data).settled
