"""A tier is proved, kept with what it was proved for, and refused with a fix when it cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.box import canaries, toolchain
from evaluators.box.process_tree import runs, tree_use
from evaluators.box.sandbox import probe, sealed, start_box
from evaluators.box.toolchain import find_toolchain
from evaluators.errors import CompilerUnavailable, EvaluatorError, SandboxUnavailable
from evaluators.oracles.session import Oracles

ROOT = Path(__file__).parents[2]


def test_the_proof_is_kept_and_names_what_is_missing(oracle: Oracles, oracle_cache: Path) -> None:
    report = probe(oracle_cache)
    assert report.cached
    assert report.tier == oracle.tier == "standard"
    assert all(c.held for c in report.canaries)
    assert len(report.canaries) >= 14
    assert report.missing == ()


def test_a_proof_for_another_boot_is_not_believed(oracle: Oracles, oracle_cache: Path) -> None:
    kept = oracle_cache / "canaries.json"
    key = canaries._key(find_toolchain())
    assert canaries._kept(kept, key) is not None
    assert canaries._kept(kept, "another boot" + key) is None


@pytest.mark.parametrize(
    ("missing", "error", "fix"),
    [("bwrap", SandboxUnavailable, "apt-get install bubblewrap"), ("gcc", CompilerUnavailable, "apt-get install gcc")],
)
def test_a_missing_program_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, error: type[EvaluatorError], fix: str
) -> None:
    for name in {"bwrap", "gcc", "setpriv", "as", "ld"} - {missing}:
        found = toolchain.shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(error) as caught:
        find_toolchain.__wrapped__()
    assert fix in caught.value.fix


def test_a_bubblewrap_that_cannot_make_namespaces_proves_nothing(
    oracle_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a host without user namespaces: the box says so and ends."""
    refuses = tmp_path / "bwrap"
    refuses.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refuses.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o005)
    monkeypatch.setattr(canaries, "find_toolchain", lambda: replace(find_toolchain(), bwrap=str(refuses)))
    fresh = tmp_path / "cache"
    fresh.mkdir()
    (fresh / "drivers").symlink_to(oracle_cache / "drivers")
    with pytest.raises(SandboxUnavailable) as caught:
        canaries.probe_sandbox(fresh)
    assert caught.value.fix
    assert not (fresh / "canaries.json").exists()


def test_a_box_that_sees_the_host_is_refused(
    oracle_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canaries sing when something of the box is left away. (Inside, Landlock would hide the mount.)"""
    from evaluators.box import observe, run_server, sandbox

    monkeypatch.setattr(observe, "Order", lambda **words: run_server.Order(**words, confined=False))
    mounts = sandbox._mounts
    monkeypatch.setattr(sandbox, "_mounts", lambda compiler: ["--ro-bind", "/etc", "/etc", *mounts(compiler)])
    (tmp_path / "drivers").symlink_to(oracle_cache / "drivers")
    with pytest.raises(SandboxUnavailable, match="the host's files cannot be read"):
        canaries.probe_sandbox(tmp_path)


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
