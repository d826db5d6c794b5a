"""The doctor looks at the real machine, names what is missing, and never breaks off."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loop import doctor
from loop.config import Settings
from loop.home import Home

Loop = Callable[..., "subprocess.CompletedProcess[str]"]


def path_without(missing: str, folder: Path) -> str:
    """A PATH on which everything that the doctor looks for is, but for one."""
    folder.mkdir()
    for name in {"gcc", "bwrap", "git", "make", "true"} - {missing}:
        found = next(p for d in os.environ["PATH"].split(":") if (p := Path(d) / name).exists())
        (folder / name).symlink_to(found)
    return str(folder)


def test_a_missing_sandbox_fails_the_command_and_everything_else_is_still_examined(loop: Loop, tmp_path: Path) -> None:
    done = loop("doctor", "--json", PATH=path_without("bwrap", tmp_path / "bin"))
    assert done.returncode == 3, done.stderr
    by_name = {row["name"]: row for row in json.loads(done.stdout)}
    assert list(by_name) == list(doctor.CHECKS)
    assert {name for name, row in by_name.items() if not row["ok"]} >= {"bwrap", "user namespaces", "sandbox"}
    assert "bubblewrap" in by_name["bwrap"]["fix"]
    assert all({"name", "ok", "detail", "fix"} <= row.keys() for row in by_name.values())
    assert all(row["fix"] for row in by_name.values() if not row["ok"])


@pytest.mark.parametrize("tool", ["gcc", "bwrap", "git", "make"])
def test_each_tool_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    monkeypatch.setenv("PATH", path_without(tool, tmp_path / "bin"))
    finding = doctor.CHECKS[tool](Settings(), Home(tmp_path))
    assert not finding.ok
    assert finding.required is (tool != "make")
    assert f"install the package {tool.replace('bwrap', 'bubblewrap')}" in finding.fix


@pytest.mark.parametrize(("said", "ok"), [("gcc (Debian 9.9.9) 11.4.0", False), ("gcc (Debian 9.9.9) 13.2.0", True)])
def test_a_compiler_that_is_too_old_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, ok: bool
) -> None:
    (tmp_path / "gcc").write_text(f"#!/bin/sh\necho '{said}'\n")
    (tmp_path / "gcc").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    finding = doctor.CHECKS["gcc"](Settings(), Home(tmp_path))
    assert finding.ok is ok
    assert ("12.0 or newer" in finding.fix) is not ok


def test_a_tool_that_does_not_run_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gcc").write_text("#!/bin/false\n")
    (tmp_path / "gcc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not doctor.CHECKS["gcc"](Settings(), Home(tmp_path)).ok


def test_a_corrupt_store_is_a_finding_and_not_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop.duckdb").write_bytes(b"x" * 8192)
    monkeypatch.setattr(doctor, "CHECKS", {name: doctor.CHECKS[name] for name in ("store", "gpu")})
    store, gpu = doctor.examine(Settings(), Home(tmp_path))
    assert not store.ok
    assert "damaged" in store.detail
    assert gpu.name == "gpu"


def test_a_check_that_breaks_is_a_finding_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: Settings, home: Home) -> doctor.Finding:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(doctor, "CHECKS", {"broken": broken})
    (finding,) = doctor.examine(Settings(), Home(tmp_path))
    assert not finding.ok
    assert "ZeroDivisionError: oh" in finding.detail


def test_a_server_that_does_not_answer_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    finding = doctor.CHECKS["prefect"](Settings(), Home(tmp_path))
    assert not finding.ok
    assert "PREFECT_API_URL" in finding.fix


def test_without_a_configured_server_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert doctor.CHECKS["prefect"](Settings(), Home(tmp_path)).ok


def test_a_home_that_cannot_be_written_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(doctor, "CHECKS", {"home": doctor.CHECKS["home"]})
    (home,) = doctor.examine(Settings(), Home(tmp_path / "file" / "x"))
    assert not home.ok
    assert "LOOP_HOME" in home.detail


def test_the_installed_versions_are_the_supported_ones(tmp_path: Path) -> None:
    finding = doctor.CHECKS["versions"](Settings(), Home(tmp_path))
    assert finding.ok, finding.detail


def test_a_version_outside_its_range_is_named(tmp_path: Path) -> None:
    from loop.supported import mismatches

    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "self-improvement-loop"\ndependencies = ["click<1", "not-there-at-all>=2"]\n'
        "[project.optional-dependencies]\ncpu = []\n"
    )
    too_new, missing = mismatches(tmp_path, ("cpu",))
    assert too_new.startswith("click is ")
    assert "supported is <1" in too_new
    assert missing == "not-there-at-all is missing (>=2)"


def test_a_stranger_by_the_name_of_evaluators_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evaluators").mkdir()
    (tmp_path / "evaluators" / "__init__.py").write_text("")
    assert doctor.CHECKS["packages"](Settings(), Home(tmp_path)).ok
    for name in [m for m in sys.modules if m.split(".")[0] == "evaluators"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = doctor.CHECKS["packages"](Settings(), Home(tmp_path))
    assert not finding.ok
    assert str(tmp_path) in finding.detail
