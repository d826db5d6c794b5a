"""Starting is quick because nothing heavy is loaded before it is needed. Modules are counted, not milliseconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loop.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "accelerate", "datasets", "duckdb", "git", "gguf", "llama_cpp", "matplotlib", "numpy", "peft", "prefect",
    "pyarrow", "pydantic", "rich", "scipy", "torch", "transformers", "trl",
}  # fmt: skip


def loaded_by(tmp_path: Path, *arguments: str) -> set[str]:
    """Top-level modules in the process after `loop ARGUMENTS`."""
    program = (
        "import sys; from loop.cli.main import main; code = main(sys.argv[1:]);"
        "print(*sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LOOP_HOME": str(tmp_path / "home")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["config"], ["db", "path"], *([name, "--help"] for name in COMMANDS)]
)
def test_help_loads_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    assert not loaded_by(tmp_path, *arguments) & HEAVY


@pytest.mark.parametrize("command", ["status", "log"])
def test_reading_loads_the_store_and_no_more(tmp_path: Path, command: str) -> None:
    assert loaded_by(tmp_path, command) & HEAVY <= {"duckdb"}


@pytest.mark.parametrize("command", ["--help", "status"])
def test_the_tree_of_help_loads_no_other_command(tmp_path: Path, command: str) -> None:
    program = "import sys; from loop.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program, command],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LOOP_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {m for m in done.stderr.splitlines()[-1].split() if m.startswith("loop.cli.")}
    assert loaded & {"loop.cli.run", "loop.cli.tasks", "loop.cli.doctor"} == set()
