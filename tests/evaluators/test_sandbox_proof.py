"""A tier is proved, kept with what it was proved for, and refused with a fix when it cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.box import driver, tiers, toolchain
from evaluators.box.process_tree import runs, tree_use
from evaluators.box.sandbox import sealed, start_box
from evaluators.box.tiers import PROOF, kept_canaries, key_of, probe
from evaluators.box.toolchain import find_toolchain
from evaluators.errors import CompilerUnavailable, SandboxUnavailable
from evaluators.oracles.session import Oracles

ROOT = Path(__file__).parents[2]


def test_the_proof_is_kept(oracle: Oracles, oracle_cache: Path) -> None:
    report = probe(oracle_cache)
    assert report.cached
    assert report.tier == oracle.tier
    assert report.tier in ("strong", "standard")
    assert all(c.held for c in report.canaries)
    assert len(report.canaries) >= 20


def test_a_tier_that_is_not_strong_says_why(oracle: Oracles, oracle_cache: Path) -> None:
    report = probe(oracle_cache)
    assert (report.tier == "strong") == (report.missing == ())
    assert all("cgroup" in reason for reason in report.missing)


def test_a_proof_for_another_boot_is_not_believed(oracle: Oracles, oracle_cache: Path) -> None:
    kept, key = oracle_cache / PROOF, key_of(find_toolchain())
    assert kept_canaries(kept, oracle.tier, key)
    assert not kept_canaries(kept, oracle.tier, "another boot" + key)
    assert not kept_canaries(kept, "another tier", key)


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"standard": 7}', '{"standard": {"key": "x"}}'])
def test_a_damaged_proof_is_no_proof(tmp_path: Path, text: str) -> None:
    (tmp_path / PROOF).write_text(text)
    assert not kept_canaries(tmp_path / PROOF, "standard", "x")


def test_no_setting_switches_the_sandbox_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiers.OUTER_BOX_VARIABLE, "1")
    for tier in ("none", "off", "refuse"):
        with pytest.raises(SandboxUnavailable):
            probe(tmp_path, tier)


def test_a_missing_compiler_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompilerUnavailable) as caught:
        find_toolchain.__wrapped__()
    assert "apt-get install gcc" in caught.value.fix


def test_a_missing_bubblewrap_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "find_toolchain", lambda: replace(find_toolchain(), bwrap=""))
    with pytest.raises(SandboxUnavailable) as caught:
        probe(tmp_path)
    assert "apt-get install bubblewrap" in caught.value.fix


def test_root_that_cannot_drop_its_uid_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gcc", "bwrap", "as", "ld"):
        found = toolchain.shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain.os, "geteuid", lambda: 0)
    with pytest.raises(SandboxUnavailable) as caught:
        find_toolchain.__wrapped__()
    assert "util-linux" in caught.value.fix


def test_a_bubblewrap_that_cannot_make_namespaces_proves_nothing(
    oracle_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a host without user namespaces: the box says so and ends."""
    refuses = tmp_path / "bwrap"
    refuses.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refuses.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o005)
    monkeypatch.setattr(tiers, "find_toolchain", lambda: replace(find_toolchain(), bwrap=str(refuses)))
    fresh = tmp_path / "cache"
    fresh.mkdir()
    (fresh / "drivers").symlink_to(oracle_cache / "drivers")
    with pytest.raises(SandboxUnavailable) as caught:
        probe(fresh, "standard")
    assert caught.value.fix
    assert not (fresh / PROOF).exists()


def test_a_box_that_sees_the_host_is_refused(
    oracle_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canaries sing when something of the box is left away. (Inside, Landlock would hide the mount.)"""
    from evaluators.box import observe, run_server, sandbox

    monkeypatch.setattr(observe, "Order", lambda **words: run_server.Order(**{**words, "confined": False}))
    mounts = sandbox._mounts
    monkeypatch.setattr(sandbox, "_mounts", lambda compiler: ["--ro-bind", "/etc", "/etc", *mounts(compiler)])
    (tmp_path / "drivers").symlink_to(oracle_cache / "drivers")
    with pytest.raises(SandboxUnavailable, match="the host's files cannot be read"):
        probe(tmp_path, "standard")


def test_a_box_runs_under_no_accounts_uid_and_with_an_empty_environment() -> None:
    script = b"#!/bin/sh\n"
    program = sealed("probe", script)
    read, write = os.pipe()
    tools = find_toolchain()
    try:
        shell = os.open("/bin/sh", os.O_RDONLY)
        box = start_box(
            tools,
            shell,
            ["-c", "id -u; tr '\\0' '\\n' < /proc/1/environ; tr '\\0' '\\n' < /proc/1/cmdline; ls /; ls /dev"],
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=write,
            compiler=True,
        )
        os.close(write)
        seen = b"".join(iter(lambda: os.read(read, 4096), b"")).decode()
        assert box.wait(10) == 0
    finally:
        for fd in (program, shell, read):
            os.close(fd)
    lines = seen.splitlines()
    assert lines[0] == str(toolchain.SANDBOX_UID if os.geteuid() == 0 else os.geteuid())
    assert not any("=" in line or "--ro-bind" in line for line in lines)
    assert {"bin", "dev", "lib", "proc", "tmp", "usr"} >= set(lines[lines.index("bin") :]) - {"lib64", "null", "sbin"}
    assert not {"etc", "home", "root", "work", "sys", "var"} & set(lines)


def test_boxes_die_with_a_grader_that_is_killed(oracle: Oracles, oracle_cache: Path) -> None:
    """SIGKILL leaves no time to clean up: the compiler's box and an endless candidate must go by themselves."""
    code = (
        "import sys; from pathlib import Path; from evaluators.oracles.session import Oracles; "
        "from evaluators import spec; from evaluators.oracles import behaviour; behaviour.CPU_SECONDS = 60.0; "
        "s = spec.FunctionSpec('g', 'int', (spec.Param('x', 'int', 'scalar'),), 'int g(int x) { return x; }'); "
        "o = Oracles(cache_dir=Path(sys.argv[1]), workers=1); o.grade(s, s.reference); "
        "print('up', flush=True); "
        "o.grade(s, 'int g(int x) { for (;;) { } return x; }')"
    )
    grader = subprocess.Popen([sys.executable, "-c", code, str(oracle_cache)], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"up\n"
        deadline = time.monotonic() + 30
        while len(inside := tree_use(grader.pid).pids) < 8 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(inside) >= 8  # the grader, two boxes of three, and the candidate
    finally:
        grader.kill()
        grader.communicate()
    deadline = time.monotonic() + 10
    while (left := [p for p in inside if runs(p)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left


@pytest.mark.parametrize(
    ("program", "working", "missing", "named"),
    [
        ("compile_server.c", "CREATE_RULESET = 444", "CREATE_RULESET = 4440", "Landlock"),
        ("driver.c", "CREATE_RULESET = 444", "CREATE_RULESET = 4440", "Landlock"),
        ("driver.c", "SECCOMP_SET_MODE_FILTER, 0", "77, 0", "seccomp"),
    ],
)
def test_a_kernel_that_cannot_confine_is_refused(
    oracle_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    program: str,
    working: str,
    missing: str,
    named: str,
) -> None:
    """As it looks to our programs: the call answers that there is no such thing."""
    real = driver.native_source
    monkeypatch.setattr(
        driver, "native_source", lambda name: real(name).replace(working, missing) if name == program else real(name)
    )
    (tmp_path / "drivers").symlink_to(oracle_cache / "drivers")
    with pytest.raises(SandboxUnavailable, match=f"{named}.* not available") as caught:
        probe(tmp_path, "standard")
    assert named.lower() in caught.value.fix.lower()
    assert not (tmp_path / PROOF).exists()
