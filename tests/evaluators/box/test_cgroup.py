"""Cgroups of tier strong: made only where they were handed to us, with their limits; removed when their owner died."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from evaluators.box import cgroup
from evaluators.box.cgroup import MEMORY, NAME, PROCESSES, Ground, Scopes, find_ground, remove_stale
from evaluators.box.driver import Drivers, native_source
from evaluators.errors import SandboxUnavailable

V1 = "8:pids:/\n4:memory:/slice/one\n0::/\n"
V2 = "0::/user.slice/app.scope\n"


def folder(path: Path, **files: str) -> Path:
    """A folder that looks like a cgroup."""
    path.mkdir(parents=True, exist_ok=True)
    for name in ("cgroup.procs", "cgroup.subtree_control", "cgroup.controllers"):
        (path / name).write_text(files.get(name.partition(".")[2], ""))
    return path


def test_v1_is_used_only_when_the_tier_is_named(tmp_path: Path) -> None:
    memory, pids = folder(tmp_path / "memory/slice/one"), folder(tmp_path / "pids")
    with pytest.raises(SandboxUnavailable, match="no delegation"):
        find_ground(asked=False, root=tmp_path, own=V1)
    ground = find_ground(asked=True, root=tmp_path, own=V1)
    assert [f.resolve() for f in ground.folders] == [memory, pids]
    assert not ground.v2


def test_v2_is_used_where_it_is_delegated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = folder(tmp_path / "user.slice/app.scope", controllers="cpu memory pids", procs="")
    folder(own / "loop-grader")
    monkeypatch.setattr(cgroup, "_ours", lambda path: path == own)
    assert find_ground(asked=False, root=tmp_path, own=V2) == Ground((own,), v2=True)
    assert (own / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_v2_that_is_not_delegated_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path / "user.slice/app.scope", controllers="cpu memory pids")
    monkeypatch.setattr(cgroup, "_ours", lambda path: False)
    with pytest.raises(SandboxUnavailable, match="not delegated") as caught:
        find_ground(asked=True, root=tmp_path, own=V2)
    assert "Delegate=yes" in caught.value.fix


def test_v2_without_the_controllers_is_no_ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path / "user.slice/app.scope", controllers="cpu")
    monkeypatch.setattr(cgroup, "_ours", lambda path: True)
    with pytest.raises(SandboxUnavailable):
        find_ground(asked=True, root=tmp_path, own=V2)


def test_a_scope_has_its_limits(tmp_path: Path) -> None:
    v2 = Scopes(Ground((tmp_path,), v2=True), enter=-1).open()
    (made,) = v2.folders
    assert (made / "memory.max").read_text() == str(MEMORY)
    assert (made / "pids.max").read_text() == str(PROCESSES)
    (made / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    assert v2.killed_for_memory() == 2


def test_a_command_enters_before_it_starts(tmp_path: Path, drivers: Drivers) -> None:
    """The doors here are files; the kernel's take the same "0"."""
    enter = drivers.program("enter", native_source("enter.c"), ())
    scope = Scopes(Ground((tmp_path,), v2=True), enter).open()
    (scope.folders[0] / "cgroup.procs").write_text("")
    words, passed = scope.entrance()
    done = subprocess.run(
        [*words, "/bin/sh", "-c", "ls /proc/self/fd"], pass_fds=passed, capture_output=True, check=True
    )
    scope.entered()
    assert (scope.folders[0] / "cgroup.procs").read_text() == "0"
    assert str(passed[1]).encode() not in done.stdout.split()


def test_cgroups_of_dead_graders_are_removed_and_others_stay(tmp_path: Path) -> None:
    dead, alive, other = tmp_path / f"{NAME}99999999-1", tmp_path / f"{NAME}{os.getpid()}-1", tmp_path / "user.slice"
    for path in (dead, alive, other):
        path.mkdir()
    remove_stale(Ground((tmp_path,), v2=True))
    assert not dead.exists()
    assert alive.exists()
    assert other.exists()
