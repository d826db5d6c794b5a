"""A home with one cycle in it, made once and copied for those who change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop.home import open_home
from tests.support.tainted_world import World, make_world


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, oracle_cache: Path) -> World:
    """Read it, and change a copy."""
    root = tmp_path_factory.mktemp("lineage")
    (root / "cache").symlink_to(oracle_cache)
    return make_world(open_home(root))


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    """A copy of one's own."""
    return made.copied(tmp_path / "state")
