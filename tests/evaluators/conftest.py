"""One oracle for all tests of this folder: canaries and drivers are made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec, Param
from evaluators.verdict import Verdict

SUM = FunctionSpec(
    "total",
    "int",
    (Param("a", "const int *", "buffer"), Param("n", "int", "scalar", of="a", role="length")),
    "int total(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }",
)


@pytest.fixture(scope="session")
def oracle_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oracle")


@pytest.fixture(scope="session")
def oracle(oracle_cache: Path) -> Iterator[Oracles]:
    with Oracles(cache_dir=oracle_cache, cases=12) as opened:
        yield opened


@pytest.fixture(scope="session")
def sum_spec() -> FunctionSpec:
    """int total(const int *a, int n): the sum of the elements."""
    return SUM


@pytest.fixture
def grade(oracle: Oracles) -> Callable[[str], Verdict]:
    """Grades C source that answers `sum_spec`."""
    return lambda source: oracle.grade(SUM, source)
