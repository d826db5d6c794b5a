"""Shared by all tests: a LOOP_HOME of one's own, with the compiled drivers and cached verdicts of the session."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
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


@pytest.fixture(scope="session")
def killed_while_waiting(tmp_path_factory: pytest.TempPathFactory, oracle_cache: Path) -> Path:
    """A home whose scripted run was killed when a person was asked about the promotion of its challenger."""
    root = tmp_path_factory.mktemp("waiting") / "state"
    root.mkdir()
    (root / "cache").symlink_to(oracle_cache)
    open_home(root)
    arguments = [sys.executable, "-m", "tests.support.killed_cycle", str(root), "approve"]
    place = Path(__file__).resolve().parents[1]
    done = subprocess.run(arguments, cwd=place, env={**os.environ, "PYTHONPATH": str(place)}, check=False)
    assert done.returncode == -signal.SIGKILL
    return root


@pytest.fixture
def asked(killed_while_waiting: Path, home: Home) -> Home:
    """A copy of that home."""
    shutil.copytree(killed_while_waiting, home.root, ignore=shutil.ignore_patterns("cache"), dirs_exist_ok=True)
    return home
