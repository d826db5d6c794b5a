"""One oracle for the few tests of this folder that grade what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluators.oracles.session import Oracles


@pytest.fixture(scope="session")
def oracle(oracle_cache: Path) -> Iterator[Oracles]:
    with Oracles(cache_dir=oracle_cache, cases=8) as opened:
        yield opened
