"""Prefect's environment: quiet, private, and inside LOOP_HOME. Settled before prefect is imported.

The package calls `prepare` when it is imported, so a worker, a notebook and the command line all get the same. Nothing
that the user has set is changed.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path

from loop.home import default_root

# Set by a worker for the process that runs one flow run.
WORKER_MARK = "PREFECT__FLOW_RUN_ID"

_ALWAYS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # Should Prefect ever start a server by itself: a fresh database takes 9-25 s, more than its default of 20.
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
}

# At a terminal the reporter talks, and an error is one line: Prefect's tracebacks go to the run's log only.
_AT_A_TERMINAL = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}


def prepare(root: Path | None = None) -> None:
    """Fills in what the environment leaves open. `root` is LOOP_HOME's directory, for PREFECT_HOME.

    Without effect on a prefect that is already imported.
    """
    for name, value in (_ALWAYS if in_worker() else _ALWAYS | _AT_A_TERMINAL).items():
        os.environ.setdefault(name, value)
    if not _user_has_prefect():
        home = (root or default_root()) / "prefect"
        os.environ["PREFECT_HOME"] = str(home)
        # Prefect makes one directory, not its parents. A LOOP_HOME that cannot be written is for `open_home` to report.
        with contextlib.suppress(OSError):
            home.mkdir(parents=True, exist_ok=True)
        warnings.filterwarnings("ignore", message="Failed to create the Prefect home directory")


def in_worker() -> bool:
    """Whether a Prefect worker started this process."""
    return WORKER_MARK in os.environ


def _user_has_prefect() -> bool:
    """Whether this user has a Prefect of their own: then its home, profiles and server are theirs to choose."""
    chosen = ("PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH")
    return any(os.environ.get(name) for name in chosen) or (Path.home() / ".prefect" / "profiles.toml").exists()
