"""The doctor looks at the real machine, names what is missing, and never breaks off."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loop import doctor
from loop.config import EngineSettings, Settings
from loop.doctor import memory, training
from loop.home import Home
from loop.models.catalogue import MICRO_DIR
from loop.settings_load import load
from tests.support.faulty_server import FaultyServer, says

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


def test_what_the_engines_will_take_is_told_by_parts(tmp_path: Path) -> None:
    finding = doctor.CHECKS["memory"](Settings(), Home(tmp_path))
    assert finding.ok, finding.detail
    for word in ("micro at f32 (all stages)", "weights", "cache", "64 x 1024 tokens", "adapters", "free (RAM)"):
        assert word in finding.detail


def test_what_the_trainings_will_take_is_told_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "gpus", lambda: ())
    monkeypatch.setattr(training, "main_memory", lambda: memory.Store("RAM", 64 << 30, 16 << 30))
    finding = doctor.CHECKS["training"](Settings(), Home(tmp_path))
    assert finding.ok and not finding.required
    for word in ("micro, sft at 32bit, 1024 tokens", "implementation", "activations", "16.00 GiB are free (RAM)"):
        assert word in finding.detail
    large = load("qwen3-1.7b", environ={}, start=tmp_path).settings
    finding = doctor.CHECKS["training"](large, Home(tmp_path))
    assert not finding.ok and "model.context" in finding.fix


@pytest.mark.parametrize(("total", "required"), [(2 << 30, True), (64 << 30, False)])
def test_engines_that_do_not_fit_are_told_what_to_lower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, required: bool
) -> None:
    """Too large for the machine is a failure; too large for what is free now is a note."""
    monkeypatch.setattr(memory, "main_memory", lambda: memory.Store("RAM", total, 1 << 30))
    monkeypatch.setattr(memory, "gpu_memory", lambda: None)
    large = load("qwen3-1.7b+0.6b", environ={}, start=tmp_path).settings
    finding = memory.check(large, Home(tmp_path))
    assert not finding.ok
    assert finding.required is required
    assert "sampling.parallel" in finding.fix
    assert "qwen3-0.6b at q8_0 (scope, precision)" in finding.detail


def test_the_card_is_asked_when_llama_cpp_can_use_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its memory, not the machine's, and without what stays outside the card."""
    monkeypatch.setattr(memory, "gpu_memory", lambda: memory.Store("GPU", 24 << 30, 23 << 30))
    finding = memory.check(load("qwen3-1.7b", environ={}, start=tmp_path).settings, Home(tmp_path))
    assert finding.ok, finding.detail
    assert "23.00 GiB of 24.00 GiB are free (GPU)" in finding.detail


def test_a_card_that_llama_cpp_was_not_built_for_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 24564, 24000\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    import llama_cpp

    assert (memory.gpu_memory() is None) is (not llama_cpp.llama_supports_gpu_offload())
    monkeypatch.setattr(memory, "_OFFLOADS", "print(1)")
    assert memory.gpu_memory() == memory.Store("GPU", 24564 << 20, 24000 << 20)


def test_a_refused_quantization_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(None, {"model.quantization": ("q2_k", "--set")}, environ={}, start=tmp_path).settings
    monkeypatch.setattr(doctor, "CHECKS", {"model": doctor.CHECKS["model"], "memory": doctor.CHECKS["memory"]})
    for finding in doctor.examine(settings, Home(tmp_path)):
        assert not finding.ok
        assert "force_quantization" in finding.fix


def server_settings(url: str, **engine: object) -> Settings:
    return replace(Settings(), engine=EngineSettings(kind="server", url=url, **engine))  # type: ignore[arg-type]


def test_the_configured_server_is_asked_for_a_token_of_each_base(home: Home) -> None:
    with FaultyServer(MICRO_DIR, ("micro", "loop-0123456789ab")) as server:
        server.usual = says("x", finish_reason="stop")
        finding = doctor.CHECKS["engine"](server_settings(server.url), home)
    assert finding.ok
    assert "micro, loop-0123456789ab" in finding.detail
    assert server.bodies[0]["max_tokens"] == 1


def test_a_server_that_is_down_or_serves_another_base_is_a_finding(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", {"engine": doctor.CHECKS["engine"]})
    with FaultyServer(MICRO_DIR, ("another",)) as server:
        (wrong,) = doctor.examine(server_settings(server.url), home)
    (down,) = doctor.examine(server_settings(server.url), home)
    assert not wrong.ok and "it serves another" in wrong.detail and "engine.model" in wrong.fix
    assert not down.ok and "cannot be reached" in down.detail and "start the server" in down.fix
    assert doctor.CHECKS["engine"](Settings(), home).ok


def test_beside_a_server_memory_is_wanted_for_one_sequence_only(home: Home) -> None:
    alone, beside = (memory.check(s, home).detail for s in (Settings(), server_settings("http://127.0.0.1:1/v1")))
    assert "64 x 1024 tokens" in alone
    assert "1 x 1024 tokens" in beside
