"""What the steps of a cycle hand to one another, and to whoever shows or schedules them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.gate.decision import Decision
    from loop.gate.estimate import Summary
    from loop.gate.scores import AuditScores
    from loop.pipeline.measures import Measures
    from loop.training.trainer import Method

BASE = "base"  # the name of the frozen base where an adapter's sha256 would stand

Step = Literal["begin", "audit-champion", "practice", "harvest", "train", "audit-challenger", "judge", "promote"]
ApprovalState = Literal["pending", "approved", "rejected", "expired"]
STEPS: tuple[Step, ...] = ("audit-champion", "practice", "harvest", "train", "audit-challenger", "judge", "promote")


@dataclass(frozen=True)
class Cycle:
    """One stage's pass through the loop, as the store knows it. The stages' passes of one number make a whole cycle.

    step: the last step that is complete ("begin" when none is). champion: adapter in service when it began.
    state: running | finished | failed | abandoned (begun under other settings or another champion).
    """

    id: str
    number: int
    stage: StageName
    seed: int
    settings_sha256: str
    champion: str
    state: str = "running"
    step: Step = "begin"
    dataset: str = ""
    challenger: str = ""
    resumed: bool = False


@dataclass(frozen=True)
class Timing:
    """Wall seconds of one step, split; they sum to the step's wall time."""

    sampling: float = 0.0
    grading: float = 0.0
    training: float = 0.0
    other: float = 0.0

    @property
    def total(self) -> float:
        return self.sampling + self.grading + self.training + self.other

    def __add__(self, more: Timing) -> Timing:
        return Timing(
            self.sampling + more.sampling,
            self.grading + more.grading,
            self.training + more.training,
            self.other + more.other,
        )


@dataclass(frozen=True)
class AuditReport:
    """One finished audit of one stage. `scores` is what the gate reads; `summary` what people read.

    measures: of judgments (accuracy, precision, recall), None where the oracle decides. tokens_per_call: mean
    completion tokens, of which think_tokens_per_call are thought. tier: the weakest sandbox tier among its verdicts.
    types: the same by type of task, as `ask_audits.types` has it.
    dropped: prompts that something did not fit into. reused: answered from the store, nothing was sampled.
    budget: completions a question that it may grow to.
    """

    audit_id: str
    stage: StageName
    adapter: str
    split: str
    scores: AuditScores
    tokens_per_call: float
    seconds: float
    tier: str = ""
    reused: bool = False
    measures: Measures | None = None
    think_tokens_per_call: float = 0.0
    dropped: int = 0
    types: tuple[dict[str, Any], ...] = ()
    budget: int = 0

    @functools.cached_property
    def summary(self) -> Summary:
        """Computed when it is asked for: its intervals are two thousand bootstrap draws."""
        from loop.gate.estimate import summarise

        return summarise(self.scores)


@dataclass(frozen=True)
class PracticeReport:
    """What a cycle's practice yielded. kinds: verdict kind -> samples. tasks: questions (a task may be asked several).

    solved: questions with at least one right answer.
    """

    cycle: str
    stage: StageName
    adapter: str
    tasks: int
    samples: int
    reused: int
    passed: int
    solved: int
    kinds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportReport:
    """What became of a file of somebody else's completions. records: all of them, which `new` and `left_out` sum to.

    new: stored, with verdicts of these `kinds` (a dry run only counts them: then there are no kinds). left_out: reason
    -> records; examples: reason -> the first few, by their places in the file. stages: stage -> new ones.
    """

    source: str
    records: int
    new: int
    kinds: dict[str, int]
    left_out: dict[str, int]
    examples: dict[str, tuple[str, ...]]
    stages: dict[str, int]
    dry_run: bool = False

    @property
    def passed(self) -> int:
        return self.kinds.get("pass", 0)


@dataclass(frozen=True)
class Dataset:
    """A stage's training set. manifest: sha256 of the JSONL's bytes. counters: reason -> samples (for grpo, questions);
    they sum to `candidates`. removed: `sample_id`, `task_id`, `held_out_task`, `overlap`, `found_by` of each answer
    that coincides with a held-out solution."""

    stage: StageName
    manifest: str
    path: Path
    rows: int
    tasks: int
    candidates: int
    counters: dict[str, int]
    cycles: tuple[str, ...] = ()
    families: dict[str, int] = field(default_factory=dict)
    method: Method = "sft"
    removed: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class TrainedAdapter:
    """An adapter that passed the parity checks and lies in the content-addressed store of weights."""

    stage: StageName
    sha256: str
    gguf: Path
    dataset: str
    seconds: float
    metrics: dict[str, Any] = field(default_factory=dict)
    parity: dict[str, Any] = field(default_factory=dict)
    reused: bool = False


@dataclass(frozen=True)
class Promotion:
    """An adapter put in service (or, with `dry_run`, one that would be). version is "" for a dry run."""

    stage: StageName
    adapter: str
    previous: str
    version: str
    commit: str
    decision: Decision | None
    forced_reason: str = ""
    dry_run: bool = False


@dataclass(frozen=True)
class Approval:
    """A promotion that a person is asked about. decision and cycle: their ids in the store. asks: what is asked.

    state: pending | approved | rejected | expired. answered_by: "cli NAME" or "prefect"; "" where nobody did.
    flow_run: the id of the flow run that waits for it, "" for none. expires: when its time is over; None: never.
    """

    id: str
    stage: StageName
    adapter: str
    decision: str
    cycle: str
    state: ApprovalState
    asks: str = ""
    expires: datetime | None = None
    answered_by: str = ""
    reason: str = ""
    flow_run: str = ""

    @property
    def says(self) -> str:
        """Where it stands, in a few words."""
        if self.state == "pending":
            return f"waits for approval: loop approve {self.id}"
        who = f" by {self.answered_by}" if self.answered_by and self.state != "expired" else ""
        return f"{self.state}{who}{f': {self.reason}' if self.reason else ''}"


@dataclass(frozen=True)
class StageOutcome:
    """A stage's share of a cycle. Without `promotion` the gate did not promote: `decision.reasons` says why; or it did,
    and a person was asked: `approval`. While that is pending, the share is not finished."""

    cycle: Cycle
    champion: AuditReport
    practice: PracticeReport
    dataset: Dataset
    adapter: TrainedAdapter
    challenger: AuditReport
    decision: Decision
    promotion: Promotion | None
    times: dict[str, Timing] = field(default_factory=dict)
    approval: Approval | None = None


@dataclass(frozen=True)
class ChainTask:
    """One task through the whole chain. outcome: the verdict's kind. broke_at: after which nothing could be written."""

    task_id: str
    type: str
    family: str
    route: str
    outcome: str
    broke_at: str
    evidence: str
    calls: int
    wrong: int
    format_errors: int
    completion_tokens: int
    think_tokens: int


@dataclass(frozen=True)
class ChainReport:
    """All stages end to end, with the adapters in service: one greedy attempt a task.

    adapters: stage -> sha256 or "base". ci: 95 % Wilson interval of the solved share.
    """

    audit_id: str
    split: str
    adapters: dict[StageName, str]
    tasks: tuple[ChainTask, ...]
    ci: tuple[float, float]
    seconds: float
    reused: bool = False

    @property
    def solved(self) -> int:
        return sum(task.outcome == "pass" for task in self.tasks)


@dataclass(frozen=True)
class CycleOutcome:
    """A whole cycle: what came of each stage, and of all of them end to end.

    failed: stages that ended early, and why. chain: None when no task of the pack goes through the chain.
    """

    number: int
    stages: dict[StageName, StageOutcome]
    failed: dict[StageName, str] = field(default_factory=dict)
    chain: ChainReport | None = None
