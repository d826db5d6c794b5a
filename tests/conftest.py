"""Shared by all tests: a LOOP_HOME of one's own, with the compiled drivers and cached verdicts of the session."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop.home import Home, open_home


@pytest.fixture(scope="session")
def oracle_cache(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What graders compiled and found, kept from session to session; keyed by content, so that no verdict changes."""
    kept = getattr(request.config, "cache", None)
    return Path(kept.mkdir("oracle")) if kept is not None else tmp_path_factory.mktemp("oracle")


@pytest.fixture
def home(tmp_path: Path, oracle_cache: Path) -> Home:
    """An empty home that shares the session's grading cache."""
    root = tmp_path / "state"
    root.mkdir()
    (root / "cache").symlink_to(oracle_cache)
    return open_home(root)
