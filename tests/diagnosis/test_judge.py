"""The rules by themselves: each verdict has facts that only it fits, and facts just beside them that get another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loop.diagnosis.facts import Decided, Difference, Facts, Gap, LastCycle, Measured, Outage, Rise
from loop.diagnosis.judge import RULES, Rules, diagnose, sees


def measured(questions: int = 200, *, always: int, never: int, samples: int = 4, **changes: Any) -> Measured:
    """Half of the learning zone's attempts pass, and one of `samples` always does."""
    zone = questions - always - never
    curve = ((1, (always + zone / 2) / questions), (samples, (always + zone) / questions))
    made = Measured("m", "base", questions, samples, curve, 0.02, always, never, questions * samples, 0)
    return replace(made, **changes)


def decided(cycle: int, outcome: str = "reject", delta: float = 0.0, **changes: Any) -> Decided:
    return replace(Decided(cycle, outcome, delta, 0.01, 0.015, 0.02, 200, 0), **changes)


NO_GAIN = tuple(decided(cycle) for cycle in (5, 4, 3))
CONVERGED = Facts(
    "implementation",
    last=LastCycle(5, "finished", "reject", 150, 20),
    decided=NO_GAIN,
    practice=measured(always=185, never=5),
    audit=measured(always=185, never=5),
)
GAP = Gap("a" * 64, "v3", "x", "y", 0.9, 0.7, 0.2, 0.05, "2026-01-01T00:00:00")


def verdict(facts: Facts, **changes: Any) -> str:
    found = diagnose(replace(facts, **changes))
    assert found.todo and all("loop " in line or line.startswith("or ") for line in found.todo)
    assert found.reasons[0].endswith(".")
    return found.verdict


def test_no_gain_that_would_have_been_seen_and_nothing_left_to_find_is_convergence() -> None:
    assert verdict(CONVERGED) == "converged"


def test_one_gain_among_the_last_cycles_is_improvement_and_an_older_one_is_not() -> None:
    gain = decided(3, "promote", 0.1)
    assert verdict(CONVERGED, decided=(*NO_GAIN[:2], gain)) == "improving"
    assert verdict(CONVERGED, decided=(*NO_GAIN, replace(gain, cycle=2))) == "converged"


def test_fewer_decided_cycles_than_make_a_plateau_are_no_plateau() -> None:
    assert verdict(CONVERGED, decided=NO_GAIN[:2]) == "unmeasured"
    assert diagnose(replace(CONVERGED, decided=NO_GAIN[:2]), Rules(plateau=2)).verdict == "converged"


def test_a_gain_that_could_have_been_missed_is_no_plateau() -> None:
    blind = decided(4, "inconclusive", ci_high=0.09, minimum_detectable_effect=0.08)
    found = diagnose(replace(CONVERGED, decided=(NO_GAIN[0], blind, NO_GAIN[2])))
    assert found.verdict == "unmeasured"
    assert "0.080" in found.reasons[0] and "3200 questions" in found.todo[0]  # 200 * (0.08 / 0.02)^2


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"ci_high": 0.09, "minimum_detectable_effect": 0.02}, True),
        ({"ci_high": 0.019, "minimum_detectable_effect": 0.08}, True),
        ({"ci_high": 0.02, "minimum_detectable_effect": 0.021}, False),
        ({"ci_high": 0.09, "minimum_detectable_effect": None}, False),
    ],
)
def test_eta_is_seen_when_it_was_detectable_or_ruled_out(changes: dict[str, Any], seen: bool) -> None:
    assert sees(decided(1, **changes)) is seen


@pytest.mark.parametrize(
    "changes",
    [
        {"outage": Outage("a1", 40, 500)},
        {"decided": (decided(5, "inconclusive", holes=3), *NO_GAIN)},
        {"audit": measured(always=185, never=5, ungraded=1)},
        {"practice": measured(always=185, never=5, ungraded=40)},
        {"practice": None},
        {"audit": None},
    ],
)
def test_an_outage_is_never_convergence(changes: dict[str, Any]) -> None:
    assert verdict(CONVERGED, **changes) == "unmeasured"


def test_an_outage_outranks_everything_that_was_measured_through_it() -> None:
    through = replace(CONVERGED, outage=Outage("a1", 40, 500), gaps=(GAP,), decided=(decided(5, "promote", 0.2),))
    assert verdict(through) == "unmeasured"
    assert "loop doctor" in diagnose(through).todo[0]


def test_a_cycle_with_ungraded_practice_or_answers_counts_for_no_plateau() -> None:
    holed = decided(4, holes=2), decided(4, ungraded_share=0.2)
    for one in holed:
        assert verdict(CONVERGED, decided=(NO_GAIN[0], one, NO_GAIN[2])) == "unmeasured"
        found = diagnose(replace(CONVERGED, decided=(NO_GAIN[0], one, *NO_GAIN[1:])))
        assert found.verdict == "converged"
        assert "1 of the last 4 decided cycles" in found.reasons[1]


def test_unsolved_tasks_and_hardly_a_learning_zone_is_starvation() -> None:
    nothing = measured(always=0, never=198)
    assert verdict(CONVERGED, practice=nothing) == "starved"
    assert verdict(CONVERGED, practice=measured(always=150, never=40)) == "starved"
    assert verdict(CONVERGED, practice=measured(always=140, never=39)) != "starved"  # 21 of 200 can be learned


def test_a_training_set_below_what_training_wants_is_starvation() -> None:
    last = LastCycle(6, "failed", "only 7 practice tasks were solved", 7, 20)
    found = diagnose(replace(CONVERGED, last=last))
    assert found.verdict == "starved"
    assert "--as teacher" in found.todo[0]
    assert "ended early" in found.reasons[1]


def test_no_gain_although_there_is_room_is_neither_convergence_nor_starvation() -> None:
    assert verdict(CONVERGED, practice=measured(always=100, never=20)) == "stalled"
    assert verdict(CONVERGED, audit=measured(always=120, never=20)) == "stalled"


def test_a_vault_behind_the_audit_is_overfitting_only_beyond_noise_and_only_now() -> None:
    assert verdict(CONVERGED, gaps=(GAP,)) == "overfitting"
    assert verdict(CONVERGED, gaps=(replace(GAP, se=0.1),)) == "converged"
    assert verdict(CONVERGED, gaps=(replace(GAP, gap=-0.2),)) == "converged"
    assert verdict(CONVERGED, gaps=(GAP, replace(GAP, gap=0.01))) == "converged"


def test_practice_that_rises_without_the_audit_is_overfitting() -> None:
    rise = Rise(1, 5, Difference(0.2, 0.03), Difference(0.01, 0.02))
    assert verdict(CONVERGED, rise=rise) == "overfitting"
    assert verdict(CONVERGED, rise=replace(rise, audit=Difference(0.15, 0.02))) == "converged"
    assert verdict(CONVERGED, rise=replace(rise, audit=Difference(0.15, 0.1))) == "converged"  # not told apart
    assert verdict(CONVERGED, rise=replace(rise, practice=Difference(0.05, 0.03))) == "converged"


def test_one_sample_a_question_shows_no_chances() -> None:
    assert verdict(CONVERGED, practice=measured(always=185, never=15, samples=1)) == "unmeasured"


def test_nothing_at_all_is_unmeasured() -> None:
    assert verdict(Facts("scope")) == "unmeasured"


def test_the_thresholds_are_where_they_are_said_to_be() -> None:
    at = measured(always=160, never=20)  # 20 of 200 in the zone, 20 never
    assert (at.learning_share, at.never_share) == (RULES.zone, RULES.unsolved)
    assert verdict(CONVERGED, practice=at) == "converged"
    assert verdict(CONVERGED, practice=measured(always=159, never=21)) == "starved"


def test_a_first_cycle_that_waits_for_a_person_is_no_outage() -> None:
    gain = decided(1, "promote", 0.1)
    found = diagnose(replace(CONVERGED, last=None, decided=(gain,), practice=None))
    assert found.verdict == "improving" and not any("graded" in reason for reason in found.reasons)
