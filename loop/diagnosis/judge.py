"""Plateau or not: the rules. `diagnose` is pure: the same facts and rules give the same diagnosis.

The first rule that applies gives the verdict (docs/diagnosis.md):

  unmeasured    nothing was measured, or answers were not graded: an outage is no plateau
  overfitting   the vault lags the audit, or practice rises and the audit does not, beyond noise
  starved       the last training set was too small to train on
  improving     one of the last cycles that were decided was a gain
  unmeasured    practice or audit cannot show chances (one sample a question, none at all)
  starved       too few questions are in the learning zone while many are never solved
  unmeasured    too few cycles were decided, or a gain of eta could have been missed
  converged     no gain, pass@k near pass@1, the learning zone small
  stalled       no gain although there is room: what is found is not learned
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from loop.diagnosis import advice
from loop.diagnosis.facts import Decided, Diagnosis, Difference, Facts, Verdict


@dataclass(frozen=True)
class Rules:
    """Thresholds. plateau: decided cycles without a gain that make a plateau (two or three rounds are where such loops
    level off, so one more than two). headroom: pass@k - pass@1 up to which sampling finds little that is not known.
    zone: share of practised questions in the learning zone below which little can be learned. unsolved: share of
    questions never solved above which there is something left to learn. ungraded: share of answers without a verdict
    above which the grader was measured and not the model, as in an audit. noise: standard errors that a difference
    has to exceed.
    """

    plateau: int = 3
    headroom: float = 0.05
    zone: float = 0.10
    unsolved: float = 0.10
    ungraded: float = 0.01
    noise: float = 2.0


RULES = Rules()
Found = tuple[Verdict, str, tuple[str, ...]]


def diagnose(facts: Facts, rules: Rules = RULES) -> Diagnosis:
    """The verdict on one stage, why, and what to do."""
    for rule in (_outage, _overfitting, _too_small_a_harvest, _improving, _blind, _starved, _undecided):
        found = rule(facts, rules)
        if found is not None:
            break
    else:
        found = _plateau(facts, rules)
    verdict, reason, todo = found
    return Diagnosis(facts.stage, verdict, (reason, *_notes(facts, rules)), todo, facts)


def counted(facts: Facts, rules: Rules = RULES) -> tuple[Decided, ...]:
    """The cycles whose outcome says something of the model, newest first: every answer graded, practice too."""
    return tuple(one for one in facts.decided if not one.holes and one.ungraded_share <= rules.ungraded)


def sees(one: Decided) -> bool:
    """Whether a gain of eta would have shown: it was ruled out, or was within the minimum detectable effect."""
    return one.ci_high < one.eta or (
        one.minimum_detectable_effect is not None and one.minimum_detectable_effect <= one.eta
    )


def _beyond(difference: Difference, rules: Rules) -> bool:
    return difference.value > rules.noise * difference.se and difference.value > 0


def _outage(facts: Facts, rules: Rules) -> Found | None:
    if facts.empty:
        return "unmeasured", "Nothing has been measured yet.", advice.start(facts.stage)
    holes = _holes(facts, rules)
    if holes:
        return "unmeasured", f"The grader failed: {'; '.join(holes)}.", advice.repair(facts.stage)
    if facts.audit is None:
        return "unmeasured", "What serves has no finished audit.", advice.audit(facts.stage)
    return None


def _holes(facts: Facts, rules: Rules) -> list[str]:
    holes = []
    if facts.outage is not None:
        lost = facts.outage
        holes.append(f"audit {lost.audit_id} was given up: {lost.ungraded} of {lost.answers} answers were not graded")
    if facts.audit is not None and facts.audit.ungraded:
        holes.append(f"{facts.audit.ungraded} answers of audit {facts.audit.of} were not graded")
    if facts.decided and facts.decided[0].holes:
        holes.append(f"cycle {facts.decided[0].cycle} was judged with {facts.decided[0].holes} answers not graded")
    if facts.practice is not None and facts.practice.ungraded_share > rules.ungraded:
        holes.append(f"{facts.practice.ungraded} of {facts.practice.answers} answers of practice were not graded")
    if facts.decided and facts.last is not None and facts.practice is None:
        holes.append("no answer of the last practice was graded")
    return holes


def _overfitting(facts: Facts, rules: Rules) -> Found | None:
    todo = advice.overfitted(facts.stage)
    gap = facts.gaps[-1] if facts.gaps else None
    if gap is not None and _beyond(Difference(gap.gap, gap.se), rules):
        lag = f"audit {gap.audit:.3f}, vault {gap.vault:.3f}, {gap.gap:+.3f} with a standard error of {gap.se:.3f}"
        return "overfitting", f"The vault lags the audit beyond noise ({lag}).", todo
    rise = facts.rise
    if rise is None or not _beyond(rise.practice, rules) or _beyond(rise.audit, rules):
        return None
    apart = Difference(rise.practice.value - rise.audit.value, math.hypot(rise.practice.se, rise.audit.se))
    if not _beyond(apart, rules):
        return None
    moved = f"{rise.practice.value:+.3f} and {rise.audit.value:+.3f} since cycle {rise.first}"
    return "overfitting", f"Practice rises and the audit does not ({moved}).", todo


def _too_small_a_harvest(facts: Facts, rules: Rules) -> Found | None:
    last = facts.last
    if last is None or last.harvested is None or last.wanted is None or last.harvested >= last.wanted:
        return None
    why = f"Cycle {last.number} found {last.harvested} solved tasks to train on and wants {last.wanted}."
    return "starved", why, advice.feed(facts.stage)


def _improving(facts: Facts, rules: Rules) -> Found | None:
    gains = [one for one in counted(facts, rules)[: rules.plateau] if one.outcome == "promote"]
    if not gains:
        return None
    return "improving", f"Cycle {gains[0].cycle} was a gain of {gains[0].delta:+.3f}.", advice.go_on(facts.stage)


def _blind(facts: Facts, rules: Rules) -> Found | None:
    """Without several samples a question nobody knows what is within reach."""
    if facts.practice is None:
        return "unmeasured", "Nothing was practised to the end of a cycle.", advice.start(facts.stage)
    assert facts.audit is not None  # `_outage` asked
    if facts.practice.samples < 2 or facts.audit.samples < 2:
        return "unmeasured", "One sample a question shows no chances.", advice.sample_more(facts.stage)
    return None


def _starved(facts: Facts, rules: Rules) -> Found | None:
    practice = facts.practice
    assert practice is not None  # `_blind` asked
    if practice.learning_share > rules.zone or practice.never_share <= rules.unsolved:
        return None
    why = (
        f"Only {practice.learning} of {practice.questions} practised questions are in the learning zone, and "
        f"{practice.never} were never solved (pass@{practice.samples} {practice.pass_at_k:.3f})."
    )
    return "starved", why, advice.feed(facts.stage)


def _undecided(facts: Facts, rules: Rules) -> Found | None:
    known = counted(facts, rules)[: rules.plateau]
    if len(known) < rules.plateau:
        why = f"No gain yet, but only {len(known)} of the {rules.plateau} cycles that make a plateau were decided."
        return "unmeasured", why, advice.go_on(facts.stage)
    missed = [one for one in known if not sees(one)]
    if not missed:
        return None
    worst = max(missed, key=lambda one: one.minimum_detectable_effect or 1.0)
    effect = worst.minimum_detectable_effect
    seen = "an unknown gain" if effect is None else f"a gain of {effect:.3f}"
    why = (
        f"No gain in {len(known)} cycles, but an audit of {worst.questions} questions shows {seen} and no smaller one: "
        f"{worst.eta:.3f} could have been missed."
    )
    return "unmeasured", why, advice.measure_finer(facts.stage, worst)


def _plateau(facts: Facts, rules: Rules) -> Found:
    audit, practice = facts.audit, facts.practice
    assert audit is not None and practice is not None  # the rules before asked
    room = audit.pass_at_k - audit.pass_at_1
    state = (
        f"no gain in {rules.plateau} decided cycles; pass@1 {audit.pass_at_1:.3f}, pass@{audit.samples} "
        f"{audit.pass_at_k:.3f}; {practice.learning} of {practice.questions} practised questions in the learning zone"
    )
    if room <= rules.headroom and practice.learning_share <= rules.zone:
        return "converged", f"Converged: {state}.", advice.raise_the_bar(facts.stage)
    return "stalled", f"What is found is not learned: {state}.", advice.learn_otherwise(facts.stage)


def _notes(facts: Facts, rules: Rules) -> tuple[str, ...]:
    notes = []
    if facts.last is not None and facts.last.state == "failed":
        notes.append(f"Cycle {facts.last.number} ended early: {facts.last.reason}.")
    left = len(facts.decided) - len(counted(facts, rules))
    if left:
        notes.append(f"Left out as answers were not graded: {left} of the last {len(facts.decided)} decided cycles.")
    return tuple(notes)
