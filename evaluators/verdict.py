"""What an oracle says of one candidate: a kind, the evidence, and under which conditions it was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

OracleClass = Literal["A", "B"]
"""A: the verdict is computed in another process than the candidate's. B: by assertions inside it."""
EVIDENCE = 600
"""Characters of evidence that are kept."""


class Kind(StrEnum):
    """The taxonomy. `INFRA` is the grader's own failure: retried, counted, never a label."""

    PASS = "pass"
    COMPILE_ERROR = "compile_error"
    WRONG_ANSWER = "wrong_answer"
    RUNTIME_ERROR = "runtime_error"
    SANITIZER = "sanitizer"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"
    TAMPER = "tamper"
    FORMAT_ERROR = "format_error"
    INFRA = "infra"


@dataclass(frozen=True)
class Verdict:
    """One graded candidate.

    evidence: what was seen, short enough for a row (compiler's first diagnostics, the first differing case, the
      sanitizer's headline).
    tier: the sandbox tier it ran in ("strong", "standard", "weak"); "" when nothing was executed (format_error).
    oracle: hash of the oracle's code, the task's reference and its cases: verdicts with the same hash are comparable.
    oracle_class: "B" verdicts alone never promote anything.
    seconds: wall time spent on it; 0.0 when it came from the cache.
    """

    kind: Kind
    evidence: str = ""
    tier: str = ""
    oracle: str = ""
    seconds: float = 0.0
    cases_passed: int = 0
    cases_total: int = 0
    oracle_class: OracleClass = "A"

    @property
    def passed(self) -> bool:
        return self.kind is Kind.PASS


def printable(evidence: str) -> str:
    """Evidence as it may be shown: a candidate's words move no cursor and end no line of a terminal or a log."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in evidence)
