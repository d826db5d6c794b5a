"""The install script, as far as it can be tried without installing: what it checks first, and when it does nothing."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "deployments" / "install.sh"


def install(path: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/bash", str(SCRIPT)],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def tools(folder: Path, *without: str) -> str:
    """A PATH that holds what the script calls, but for `without` and any package manager."""
    folder.mkdir()
    wanted = {"bash", "bwrap", "cat", "cut", "dirname", "env", "g++", "gcc", "git", "id", "sha256sum"}
    for name in wanted - set(without):
        found = next(p for d in os.environ["PATH"].split(":") if (p := Path(d) / name).exists())
        (folder / name).symlink_to(found)
    (folder / "python3").symlink_to(sys.executable)
    return str(folder)


def stamp(venv: Path, extras: str) -> None:
    content = b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / ".installed").write_text(f"{hashlib.sha256(content).hexdigest()} {extras} {ROOT}\n")


def test_nothing_is_installed_twice(tmp_path: Path) -> None:
    stamp(tmp_path / "venv", "cpu,dev")
    done = install(tools(tmp_path / "bin"), VENV=str(tmp_path / "venv"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert sorted(p.name for p in (tmp_path / "venv").iterdir()) == [".installed", "bin"]


@pytest.mark.parametrize(("tool", "package"), [("bwrap", "bubblewrap"), ("gcc", "gcc"), ("g++", "g++"), ("git", "git")])
def test_a_missing_tool_is_named_with_its_purpose(tmp_path: Path, tool: str, package: str) -> None:
    done = install(tools(tmp_path / "bin", tool), VENV=str(tmp_path / "venv"))
    assert done.returncode == 3
    assert f"{tool} is missing: " in done.stderr
    assert not (tmp_path / "venv").exists()


def test_who_may_not_install_is_told_the_command(tmp_path: Path) -> None:
    path = tools(tmp_path / "bin", "bwrap", "id")
    for name, body in {"id": "echo 1000", "apt-get": "exit 1", "sudo": "exit 1"}.items():
        file = Path(path) / name
        file.write_text(f"#!/bin/bash\n{body}\n")
        file.chmod(0o755)
    done = install(path, VENV=str(tmp_path / "venv"))
    assert done.returncode == 3
    assert "run: sudo apt-get install -y bubblewrap" in done.stderr


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/bin/bash\n[ "$1" = -V ] && echo "Python 3.9.1"\nexit 1\n')
    old.chmod(0o755)
    done = install(tools(tmp_path / "bin"), VENV=str(tmp_path / "venv"), PYTHON=str(old))
    assert done.returncode == 3
    assert "Python 3.9.1, and 3.11 or newer is needed" in done.stderr
