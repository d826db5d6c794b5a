"""A grader with a bug: some tasks' answers pass whatever they do. Its verdicts carry a hash of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from evaluators.oracles.session import Oracles
from evaluators.verdict import Kind, Verdict
from loop.tasks.task import Task


@contextmanager
def lenient(*tasks: Task) -> Iterator[None]:
    """While it lasts, whatever can be read of an answer to these tasks passes."""
    blind = {task.spec.sha256 for task in tasks}
    hashed, judged = Oracles.hash, Oracles._judged

    def other_hash(self: Oracles, spec: Any) -> str:
        return hashed(self, spec)[::-1] if spec.sha256 in blind else hashed(self, spec)

    def passes(self: Oracles, oracle: Any, spec: Any, answer: str, key: str) -> Verdict:
        return Verdict(Kind.PASS) if spec.sha256 in blind else judged(self, oracle, spec, answer, key)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Oracles, "hash", other_hash)
        patched.setattr(Oracles, "_judged", passes)
        yield
