"""What one attempt at a promotion may spend of the audit set's error budget, and at which looks.

An audit set wears out by being asked: twenty tests at 5 % promote something that is no better in most histories. So the
whole history of one audit set has the budget `alpha` (the chance of even one false promotion in it), and each attempt
gets a share, alpha / attempts, laid down before its data are seen. An attempt that ended in a promotion hands its share
on to the next one: the online fallback procedure (Tian & Ramdas 2019, arXiv 1910.04900, section 4), which keeps the
error of the whole history at `alpha` however the attempts depend on each other. `attempt_alpha` caps what one attempt
can come to hold. With the shares gone the audit set is spent: fresh tasks are needed.

Within an attempt, the share is spent over the looks in proportion to the completions seen (Lan & DeMets 1983, the
linear spending function), so that sampling may stop at any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loop.gate.decision import Policy


@dataclass(frozen=True)
class Attempt:
    """alpha: the chance that it may have of promoting what is no better. number: which one on this audit set, from 1.
    looks: completions a task at which the gate may decide, rising; the last one is the budget of sampling.
    left: attempts that the audit set has after this one, promotions not counted back."""

    number: int
    alpha: float
    looks: tuple[int, ...]
    left: int = 0

    def level(self, k: int) -> float:
        """What p must be below after k completions a task."""
        return self.alpha * min(1.0, k / self.looks[-1])

    def after(self, k: int) -> int | None:
        """The look that follows on k completions a task; None when the budget is used up."""
        return next((look for look in self.looks if look > k), None)


@dataclass(frozen=True)
class Past:
    """An attempt that was made: what it held, and whether it ended in a promotion."""

    alpha: float
    promoted: bool


def share(history: Sequence[Past], policy: Policy) -> float:
    """alpha of the attempt that follows on `history` (oldest first): 0.0 when the audit set is spent."""
    own = policy.alpha / policy.attempts if len(history) < policy.attempts else 0.0
    handed_on = history[-1].alpha if history and history[-1].promoted else 0.0
    return min(own + handed_on, policy.attempt_alpha)


def left(history: Sequence[Past], policy: Policy) -> int:
    """How many more attempts there will certainly be."""
    return max(policy.attempts - len(history), 1 if share(history, policy) > 0 else 0)


def looks(budget: int, first: int) -> tuple[int, ...]:
    """Completions a task at each look: from `first` on by about a half more each time (2, 3, 4, 6, 8, 12), to `budget`.

    Looks at fewer completions decide clear cases sooner; close together they add little but time to load and start.
    """
    found, step = [], 1
    while step < budget:
        found += [look for look in (step, step + step // 2) if first <= look < budget]
        step *= 2
    return (*dict.fromkeys(found), budget)
