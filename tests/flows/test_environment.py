"""Prefect's environment: what is filled in, and what is the user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.environment import WORKER_MARK, prepare


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment without a word about Prefect, and a user without a Prefect profile."""
    for name in [name for name in os.environ if name.startswith("PREFECT") or name == "DO_NOT_TRACK"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    # `prepare` adds to os.environ: setting them here has monkeypatch take them out again
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return tmp_path


def test_prefect_lives_in_loop_home_and_talks_to_nobody(bare: Path) -> None:
    prepare(bare / "state")
    assert os.environ["PREFECT_HOME"] == str(bare / "state" / "prefect")
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] == "90"


@pytest.mark.parametrize("name", ["PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILE"])
def test_a_prefect_of_the_users_own_is_left_alone(bare: Path, name: str) -> None:
    os.environ[name] = "mine"
    prepare(bare / "state")
    assert os.environ[name] == "mine"
    assert os.environ.get("PREFECT_HOME", "mine") == "mine"


def test_a_profiles_file_is_a_prefect_of_the_users_own(bare: Path) -> None:
    (bare / ".prefect").mkdir()
    (bare / ".prefect" / "profiles.toml").write_text('active = "work"\n')
    prepare(bare / "state")
    assert "PREFECT_HOME" not in os.environ


def test_what_is_set_stays_set(bare: Path) -> None:
    os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "5"
    prepare(bare / "state")
    assert os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] == "5"


def test_a_worker_logs_to_its_console_and_a_terminal_is_left_to_the_reporter(bare: Path) -> None:
    prepare(bare / "state")
    assert os.environ.pop("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL") == "CRITICAL"
    os.environ[WORKER_MARK] = "a flow run"
    prepare(bare / "state")
    assert "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL" not in os.environ
