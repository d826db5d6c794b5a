"""What can go wrong with the grader itself (never with a candidate: that is a `Verdict`).

EvaluatorError
  SandboxUnavailable    no sandbox tier could be proved on this machine
  CompilerUnavailable   gcc, its assembler, linker or sanitizer runtime is missing
  GraderFault           a box broke while it worked; the caller retries once, then reports `infra`
        ReferenceBroken     a task's own reference does not compile or run: `infra` at once
"""

from __future__ import annotations


class EvaluatorError(Exception):
    """`fix` is a command or sentence that says what to do."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.fix}" if self.fix else self.message


class SandboxUnavailable(EvaluatorError):
    pass


class CompilerUnavailable(EvaluatorError):
    pass


class GraderFault(EvaluatorError):
    pass


class ReferenceBroken(GraderFault):
    pass
