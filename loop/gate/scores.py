"""What an audit measured, as the gate reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskScore:
    """One task in one audit: `passes` of `samples` at the deployed decoding, and whether the greedy answer passed.

    samples: completions that were graded. infra: completions that the grader failed on; they are holes, not failures,
    and are best left out of `samples` (the gate decides nothing while there is one).
    """

    task_id: str
    family: str
    samples: int
    passes: int
    greedy_pass: bool
    format_errors: int = 0
    infra: int = 0


@dataclass(frozen=True)
class AuditScores:
    """One audit of one adapter ("base" or the adapter's sha256)."""

    audit_id: str
    adapter: str
    split: str
    k: int
    temperature: float
    seed: int
    tasks: tuple[TaskScore, ...]
