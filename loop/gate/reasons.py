"""From the evidence to an outcome and the sentences that explain it, each with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from loop.gate.futility import SMALLEST_CHANCE

if TYPE_CHECKING:
    from loop.gate.decision import Policy
    from loop.gate.guards import FamilyChange, Guard
    from loop.gate.permute import SignFlip


@dataclass(frozen=True)
class Evidence:
    """What was computed from two audits, before it is judged. `mde`: minimum detectable effect. See `Decision`.

    level: what p must be below at this look. next_look: completions a task at the next one, None after the last;
    chance: of a promotion at the last one.
    """

    delta: float
    ci: tuple[float, float]
    test: SignFlip
    level: float
    mde: float
    families: tuple[FamilyChange, ...]
    guards: tuple[Guard, ...]
    holes: int
    n_tasks: int
    identical: bool
    anchors_broken: tuple[str, ...] = ()
    next_look: int | None = None
    chance: float = 1.0


Outcome = Literal["promote", "reject", "inconclusive"]


def conclude(evidence: Evidence, policy: Policy) -> tuple[Outcome, tuple[str, ...], bool]:
    """The outcome, its reasons, and whether it is settled: an undecided one is not while completions are to come that
    could decide it."""
    outcome, reasons = _conclude(evidence, policy)
    if outcome != "inconclusive" or evidence.holes or evidence.next_look is None:
        return outcome, reasons, True
    if evidence.identical:
        return outcome, reasons, False
    if evidence.chance < SMALLEST_CHANCE:
        end = (
            f"The chance that the completions still budgeted would lead to a promotion is {evidence.chance:.3f}: "
            "they were not taken."
        )
        return outcome, (*reasons, end), True
    return outcome, reasons, False


def _conclude(evidence: Evidence, policy: Policy) -> tuple[Outcome, tuple[str, ...]]:
    """The verdict's own sentence, then what harms, what is missing, what to watch."""
    harms = [_family(f, policy) for f in evidence.families if f.state == "regressed"]
    harms += [_guard(g) for g in evidence.guards if g.state == "regressed"]
    doubts = [_guard(g) for g in evidence.guards if g.state == "watch"]
    watched = [_family(f, policy) for f in evidence.families if f.state == "watch"]
    if evidence.anchors_broken:  # few answers a task break one by accident: more of them are asked for first
        (doubts if evidence.next_look else harms).append(_anchors(evidence.anchors_broken))
    significant = evidence.test.p_value < evidence.level
    worth_it = evidence.delta >= policy.eta - 1e-9
    gain = (
        f"pass@1 changed by {_points(evidence.delta)} points ({_range(evidence.ci)}, {p_text(evidence.test.p_value)})"
    )

    if evidence.holes:
        head = f"Inconclusive: {evidence.holes} completions were not graded; audit again when the grader works."
        return "inconclusive", (head, f"So far {gain}.", *harms, *doubts, *watched)
    if evidence.identical:
        head = f"The challenger answers all {evidence.n_tasks} tasks exactly as the champion does: nothing to promote."
        return ("reject" if policy.eta > 0 else "inconclusive"), (head,)
    if harms:
        return "reject", (f"Rejected for what it breaks; {gain}.", *harms, *doubts, *watched)
    if significant and worth_it and not doubts:
        asked = f"below {evidence.level:.4g}, and at least {_points(policy.eta)} were asked"
        return "promote", (f"Promoted: {gain}; {asked}.", *watched)
    if evidence.ci[1] < policy.eta:
        found = "worse than" if evidence.ci[1] < 0 else "not better than"
        head = f"Rejected: {found} the champion; {gain}, so a gain of {_points(policy.eta)} is ruled out."
        return "reject", (head, *doubts, *watched)
    return "inconclusive", (f"Inconclusive: {gain}.", *_missing(evidence, policy), *doubts, *watched)


def _missing(evidence: Evidence, policy: Policy) -> list[str]:
    """What keeps an undecided challenger from promotion."""
    out = []
    if evidence.test.smallest_p >= evidence.level:
        out.append(
            f"With {len(evidence.families)} families no result can reach p < {evidence.level:.4g} "
            f"(the smallest possible is {evidence.test.smallest_p:.4f}): audit tasks of more families."
        )
    elif evidence.test.p_value >= evidence.level:
        out.append(
            f"{p_text(evidence.test.p_value)} is not below {evidence.level:.4g}; an audit like this one shows gains "
            f"from {_points(evidence.mde)} points on, so use more tasks or more samples a task to see smaller ones."
        )
    if evidence.delta < policy.eta - 1e-9:
        out.append(f"The gain is below the {_points(policy.eta)} points that a promotion asks for, but not ruled out.")
    return out


def _family(change: FamilyChange, policy: Policy) -> str:
    measured = (
        f"Family '{change.family}' went from {change.champion:.2f} to {change.challenger:.2f} "
        f"({_points(change.delta)} points on {change.n_tasks} tasks"
    )
    margin = f"{policy.family_margin * 100:.0f} points that a family may lose"
    if change.state == "regressed":
        return f"{measured}, at best {_points(change.high)}): past the {margin}."
    return f"{measured}); noise allows up to {_points(change.high)}, so this is not shown to be past the {margin}."


def _guard(guard: Guard) -> str:
    verb = "rose" if guard.challenger > guard.champion else "fell"
    measured = f"{guard.name} {verb} from {guard.champion:.3f} to {guard.challenger:.3f}"
    measured = measured[0].upper() + measured[1:]
    if guard.state == "regressed":
        return f"{measured}: past the margin of {guard.margin:g} even at the least ({guard.least_loss:.3f})."
    return f"{measured}: past the margin of {guard.margin:g}, though noise could have done it; more samples would tell."


def _anchors(tasks: tuple[str, ...]) -> str:
    named = ", ".join(tasks[:5]) + (f" and {len(tasks) - 5} more" if len(tasks) > 5 else "")
    return (
        f"Tasks that an earlier challenger broke are broken again (the champion solves them in every answer, the "
        f"challenger in none): {named}."
    )


def p_text(p: float) -> str:
    """p with four digits, and never as 0.0000."""
    return f"p = {p:.4f}" if p >= 0.0001 else "p < 0.0001"


def _points(change: float) -> str:
    return f"{change * 100:+.1f}"


def _range(ci: tuple[float, float]) -> str:
    return f"95 % interval {_points(ci[0])} to {_points(ci[1])}"
