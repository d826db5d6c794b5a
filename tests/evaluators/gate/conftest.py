"""Specs whose hidden cases are good, poor, or unable to tell anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evaluators.box.workshop import Workshop
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec, Param

CLAMP = """int clamp(int x) {
    if (x == 7)
        return 70;
    if (x > 990)
        return 990;
    return x;
}
"""
NUMBER = Param("x", "int", "scalar", lo=-1000, hi=1000)


@pytest.fixture(scope="session")
def clamp() -> FunctionSpec:
    """Random inputs of a wide domain hardly ever meet its corners."""
    return FunctionSpec("clamp", "int", (NUMBER,), CLAMP)


@pytest.fixture
def at_work(oracle: Oracles) -> Callable[[Callable[[Workshop], Any]], Any]:
    """Runs something on a thread that owns a workshop."""
    return lambda work: oracle.call(work).result()
