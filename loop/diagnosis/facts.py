"""What a diagnosis rests on, and what it says. Frozen data: `read` fills it, `judge` judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loop.stage_names import StageName

Verdict = Literal["improving", "converged", "starved", "stalled", "overfitting", "unmeasured"]


@dataclass(frozen=True)
class Measured:
    """One practice (`of`: a cycle's id) or one audit (`of`: its id) of one adapter.

    questions: those with at least one graded answer. samples: graded answers of the question that has most, the greedy
    one left out. curve: (k, pass@k) for k = 1, 2, 4, ... and `samples`, unbiased, mean over questions. se: clustered
    standard error of pass@1. always, never: questions solved at every attempt, at none. answers: all of them, of which
    `ungraded` have no verdict.
    """

    of: str
    adapter: str
    questions: int
    samples: int
    curve: tuple[tuple[int, float], ...]
    se: float
    always: int
    never: int
    answers: int
    ungraded: int

    @property
    def pass_at_1(self) -> float:
        return self.curve[0][1]

    @property
    def pass_at_k(self) -> float:
        return self.curve[-1][1]

    @property
    def learning(self) -> int:
        """The learning zone: questions solved at some attempts and not at others."""
        return self.questions - self.always - self.never

    @property
    def learning_share(self) -> float:
        return self.learning / self.questions

    @property
    def never_share(self) -> float:
        return self.never / self.questions

    @property
    def ungraded_share(self) -> float:
        return self.ungraded / self.answers if self.answers else 0.0


@dataclass(frozen=True)
class Decided:
    """The gate's word on one cycle's challenger. eta: the smallest gain worth having, as the policy had it.

    holes: answers of the two audits without a verdict. ungraded_share: of the cycle's practice.
    """

    cycle: int
    outcome: str
    delta: float
    ci_high: float
    minimum_detectable_effect: float | None
    eta: float
    questions: int
    holes: int
    ungraded_share: float = 0.0


@dataclass(frozen=True)
class LastCycle:
    """The newest cycle of the stage that ended. harvested: distinct solved tasks of its training set, None before there
    was one; wanted: `train.min_tasks` of its settings."""

    number: int
    state: str
    reason: str
    harvested: int | None
    wanted: int | None


@dataclass(frozen=True)
class Outage:
    """An audit that was given up because answers could not be graded, with nothing finished since."""

    audit_id: str
    ungraded: int
    answers: int


@dataclass(frozen=True)
class Difference:
    """A difference of two rates and its standard error."""

    value: float
    se: float


@dataclass(frozen=True)
class Rise:
    """How practice and audit of the champions moved between two cycles."""

    first: int
    last: int
    practice: Difference
    audit: Difference


@dataclass(frozen=True)
class Gap:
    """The generalisation gap of one adapter: audit minus vault pass@1. version: "" for what was never in service."""

    adapter: str
    version: str
    audit_id: str
    vault_id: str
    audit: float
    vault: float
    gap: float
    se: float
    measured: str


@dataclass(frozen=True)
class Facts:
    """All of one stage. decided: newest first, of the pack and base of the newest. audit: of the adapter in service.

    practice_gap: practice minus audit pass@1 of the adapter that practised last. gaps: oldest first.
    """

    stage: StageName
    adapter: str = "base"
    last: LastCycle | None = None
    decided: tuple[Decided, ...] = ()
    practice: Measured | None = None
    audit: Measured | None = None
    practice_gap: Difference | None = None
    rise: Rise | None = None
    gaps: tuple[Gap, ...] = ()
    outage: Outage | None = None

    @property
    def empty(self) -> bool:
        """Nothing was ever done for the stage."""
        return self.last is None and self.audit is None and self.outage is None and not self.gaps


@dataclass(frozen=True)
class Diagnosis:
    """reasons: whole sentences, the first is the verdict's. todo: commands, each with what it is for."""

    stage: StageName
    verdict: Verdict
    reasons: tuple[str, ...]
    todo: tuple[str, ...]
    facts: Facts
