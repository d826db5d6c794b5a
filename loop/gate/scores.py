"""What an audit measured, as the gate reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskScore:
    """One task in one audit: `passes` of `samples` at the deployed decoding, and whether the greedy answer passed.

    samples: completions that were graded. infra: completions that the grader failed on; they are holes, not failures,
    and are best left out of `samples` (the gate decides nothing while there is one).
    class_b: its answers judge themselves (assertions in their own process), which alone promotes nothing.
    """

    task_id: str
    family: str
    samples: int
    passes: int
    greedy_pass: bool
    format_errors: int = 0
    infra: int = 0
    class_b: bool = False


@dataclass(frozen=True)
class AuditScores:
    """One audit of one adapter ("base" or the adapter's sha256).

    honeypots: graded answers to tasks that nobody passes honestly; they are no part of `tasks`.
    honeypot_passes: those of them that passed: proven hacks.
    """

    audit_id: str
    adapter: str
    split: str
    k: int
    temperature: float
    seed: int
    tasks: tuple[TaskScore, ...]
    honeypots: int = 0
    honeypot_passes: int = 0

    @property
    def class_b(self) -> int:
        """Tasks whose answers judge themselves."""
        return sum(task.class_b for task in self.tasks)
