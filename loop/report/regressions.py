"""The tasks that can no longer be relied on, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loop.report.sheet import Row, Sheet

if TYPE_CHECKING:
    from loop.gate.compare import FamilyRegression


def regressions_sheet(families: Sequence[FamilyRegression]) -> Sheet:
    """The tasks that the champion solves reliably and the challenger does not, family by family; all of them."""
    rows = tuple(
        Row((family.family, c.task_id, f"{c.challenger:.2f}", "pass" if c.challenger_greedy else "fail"), "bad")
        for family in families
        for c in family.tasks
    )
    counts = ", ".join(f"{family.family} {len(family.tasks)} of {family.reliable}" for family in families)
    told = f"regressions, of the tasks that the champion solves reliably: {counts}"
    return Sheet(
        title=told if rows else "no regressions: what the champion solves reliably, the challenger does too",
        columns=("family", "task", "challenger", "greedy"),
        rows=rows,
        notes=("reliably: every sample and the greedy answer pass",) if rows else (),
        numeric=frozenset({"challenger"}),
    )
