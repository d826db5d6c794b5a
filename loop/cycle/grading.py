"""Between the evaluators, which know nothing of loop, and the loop: seeds of hidden cases, and whose error it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loop.cycle.seeds import derive
from loop.errors import ToolError

if TYPE_CHECKING:
    from loop.cycle.records import Cycle

TIERS = ("", "weak", "standard", "strong")  # weakest first; "" is that of answers that were never executed
TRUSTED = ("standard", "strong")  # what may be harvested and promoted on
BANNER = (
    "WEAK SANDBOX: without user namespaces the graded programs are held by fewer walls. "
    "Nothing graded like this is harvested or promoted on."
)


@contextmanager
def tool_errors() -> Iterator[None]:
    """The evaluators' errors become ToolError."""
    from evaluators.errors import EvaluatorError

    try:
        yield
    except EvaluatorError as error:
        raise ToolError(error.message, fix=error.fix or "run `loop doctor`") from error


def oracle_seed(seed: int, cycle: Cycle | None) -> int:
    """Hidden cases are drawn anew in every cycle; within one, champion and challenger face the same."""
    return derive(seed, "oracle", cycle.number) if cycle is not None else derive(seed, "oracle")


def weakest(tiers: list[str]) -> str:
    """The weakest tier that executed anything."""
    ran = [tier for tier in tiers if tier]
    return min(ran, key=lambda tier: TIERS.index(tier) if tier in TIERS else 0) if ran else ""
