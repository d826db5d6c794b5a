"""One oracle for all tests of this folder: canaries and drivers are made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Verdict
from tests.evaluators.adversary_specs import TOTAL


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
    return TOTAL


@pytest.fixture
def grade(oracle: Oracles) -> Callable[[str], Verdict]:
    """Grades C source that answers `sum_spec`."""
    return lambda source: oracle.grade(TOTAL, source)
