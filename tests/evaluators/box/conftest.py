"""A workshop of the tier that was proved, and a way to run `int f(int x)` in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluators.box.driver import Drivers, compile_server
from evaluators.box.observation import Limits, Run
from evaluators.box.sandbox import Launch
from evaluators.box.source_tree import single
from evaluators.box.toolchain import find_toolchain
from evaluators.box.workshop import Workshop
from evaluators.spec import FunctionSpec, Param

UNARY = FunctionSpec("f", "int", (Param("x", "int", "scalar"),), "")
PATIENT = Limits(cpu=10.0, wall=60.0)
RunC = Callable[..., Run]


@pytest.fixture(scope="session")
def drivers(oracle_cache: Path) -> Iterator[Drivers]:
    opened = Drivers(find_toolchain(), oracle_cache / "drivers")
    yield opened
    opened.close()


@pytest.fixture
def workshop(drivers: Drivers) -> Iterator[Workshop]:
    opened = Workshop(find_toolchain(), drivers, compile_server(drivers), Launch("standard"))
    yield opened
    opened.close()


@pytest.fixture
def run_c(workshop: Workshop) -> RunC:
    """run_c(source, *inputs, build=, limits=): what became of `int f(int x)` on each input."""

    def run(source: str, *inputs: int, build: str = "plain", limits: Limits = PATIENT) -> Run:
        shared_object, failure = workshop.build(single(source), build)
        assert shared_object, failure
        return workshop.observe(shared_object, UNARY, [(x,) for x in inputs or (1,)], limits, build)

    return run


def answers(run: Run) -> list[int]:
    return [int.from_bytes(seen.returned, "little", signed=True) for seen in run.observations]
