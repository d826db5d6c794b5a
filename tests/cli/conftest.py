"""Running the real command in a process of its own, with a home of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Loop = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    """`loop("status", "--json", LOOP_HOME=...)`: runs it in an empty folder and returns what it did."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOOP_", "PREFECT_"))}
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return subprocess.run(
            [sys.executable, "-m", "loop", *arguments],
            cwd=tmp_path,
            env={**kept, "PYTHONPATH": path, "LOOP_HOME": str(tmp_path / "home"), **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
