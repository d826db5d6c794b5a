"""A process killed anywhere in a promotion or rollback leaves one champion: the old one or the new one."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from loop.registry import Registry, lock, transaction, weights
from tests.registry.conftest import STAGE, Place

Git = Callable[..., str]
KILLED = 77


def dies_after(steps: int, act: Callable[[], object]) -> bool:
    """Runs `act` in a process that ends, without any cleaning up, at the given step; False when it got to its end."""
    child = os.fork()
    if child == 0:
        left = steps

        def reached(step: str) -> None:
            nonlocal left
            if left == 0:
                os._exit(KILLED)
            left -= 1

        code = 1
        try:
            transaction.reached = reached
            act()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED)
    return code == KILLED


def steps_of(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(transaction, "reached", seen.append)
        act()
    return seen


def assert_consistent(place: Place, git: Git) -> Registry:
    registry = place.open()
    events = registry.history(STAGE)
    assert git("status", "--porcelain") == ""
    assert not list((place.path / ".git").rglob("*.lock")) and not (place.path / ".git/loop-index").exists()
    assert set(git("tag").split()) == {event.tag for event in events}
    assert all(git("rev-parse", f"{event.tag}^{{commit}}") == event.commit for event in events)
    assert git("fsck", "--strict", "--no-dangling") == ""
    champion = registry.champion(STAGE)
    assert (champion.version if champion else "base") == (events[0].version if events else "base")
    if champion is not None:
        assert weights.locate(place.adapters, champion.adapter_sha256).is_file()
    return registry


def test_a_kill_between_any_two_steps_of_a_promotion_leaves_one_champion(
    place: Place, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.promote(1)
    rehearsal = Place(tmp_path / "rehearsal")
    rehearsal.root.mkdir()
    rehearsal.promote(1)
    steps = steps_of(lambda: rehearsal.promote(2), monkeypatch)
    assert {"weights", "object", "tree", "commit object", "branch", "tag", "working tree"} <= set(steps)
    seen = []
    for n in range(len(steps)):
        sha256 = place.adapter(100 + n)
        serving = place.open().champion(STAGE)
        assert dies_after(n, lambda sha256=sha256: place.open().promote(STAGE, sha256, {}))  # type: ignore[misc]
        champion = assert_consistent(place, git).champion(STAGE)
        made = n >= steps.index("branch")
        assert champion is not None and (champion.adapter_sha256 == sha256) is made
        assert made or champion == serving
        seen.append(champion.version)
    assert len(set(seen)) == 1 + len(steps) - steps.index("branch")  # no number came twice
    assert place.promote(999) == f"v{len(place.open().versions(STAGE))}"


def test_a_kill_between_any_two_steps_of_a_rollback_leaves_one_champion(
    place: Place, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.promote(1)
    place.promote(2)
    steps = steps_of(lambda: place.open().rollback(STAGE), monkeypatch)
    place.open().rollback(STAGE, to="v2")
    for n in range(len(steps)):
        assert dies_after(n, lambda: place.open().rollback(STAGE))
        champion = assert_consistent(place, git).champion(STAGE)
        made = n >= steps.index("branch")
        assert champion is not None and champion.version == ("v1" if made else "v2")
        if made:
            place.open().rollback(STAGE, to="v2")


def test_a_kill_in_the_very_first_promotion_leaves_the_base_or_the_first_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal = Place(tmp_path / "rehearsal")
    rehearsal.root.mkdir()
    steps = steps_of(lambda: rehearsal.promote(1), monkeypatch)
    assert {"initialised", "first commit", "created"} <= set(steps)
    for n in range(len(steps)):
        place = Place(tmp_path / str(n))
        place.root.mkdir()
        sha256 = place.adapter(1)
        assert dies_after(n, lambda place=place, sha256=sha256: place.open().promote(STAGE, sha256, {}))  # type: ignore[misc]
        champion = place.open().champion(STAGE)
        assert (champion is not None) is (n >= steps.index("branch"))
        if champion is None:
            assert place.promote(1) == "v1"
        assert not list(place.root.glob(".registry-new-*"))


def test_a_kill_during_a_repair_is_repaired_too(place: Place, git: Git) -> None:
    place.promote(1)
    git("tag", "-d", "implementation/v1")
    (place.path / "aliases/implementation.json").unlink()
    assert not dies_after(0, place.open)  # a repair has no step that could be left half done by the next one
    assert_consistent(place, git)


def test_processes_killed_at_any_moment_leave_one_champion(place: Place, git: Git) -> None:
    """SIGKILL, so that git itself may be in the middle of something, its lock files included."""
    place.promote(1)
    for n in range(12):
        sha256 = place.adapter(10 + n)
        child = os.fork()
        if child == 0:
            try:
                place.open().promote(STAGE, sha256, {})
            finally:
                os._exit(0)
        time.sleep(0.008 * n)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        time.sleep(0.05)  # a git that outlived its parent ends
        assert_consistent(place, git)
    numbers = [int(v.version[1:]) for v in place.open().versions(STAGE)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock", "refs/heads/main.lock", "loop-index", "loop-index.lock"])
def test_lock_files_that_a_killed_git_left_are_cleared(place: Place, git: Git, name: str) -> None:
    place.promote(1)
    (place.path / ".git" / name).write_text("")
    os.utime(place.path / ".git" / name, (0, 0))
    assert_consistent(place, git)
    assert place.promote(2) == "v2"


def test_a_working_tree_left_dirty_is_put_right_and_a_strangers_file_beside_it_stays(place: Place, git: Git) -> None:
    place.promote(1)
    place.promote(2)
    (place.path / "aliases/implementation.json").write_text('{"champion": "v1", "previous": null}')
    (place.path / "versions/implementation/v3.json").write_text("{")
    (place.path / "notes.txt").write_text("mine")
    champion = place.open().champion(STAGE)
    assert champion is not None and champion.version == "v2"
    assert git("status", "--porcelain") == "?? notes.txt"
    assert '"champion": "v2"' in (place.path / "aliases/implementation.json").read_text()


def test_a_broken_index_is_made_anew(place: Place, git: Git) -> None:
    place.promote(1)
    (place.path / ".git/index").write_bytes(b"DIRC nonsense")
    assert_consistent(place, git)


def test_a_registry_that_cannot_be_written_can_be_read() -> None:
    """Read by another user when we are root, who may write anywhere."""
    with tempfile.TemporaryDirectory() as root:
        place = Place(Path(root))
        place.promote(1)
        (place.path / ".git/index.lock").write_text("")
        subprocess.run(["chmod", "-R", "a+rX,a-w", root], check=True)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setgid(65534)
                    os.setuid(65534)
                version = place.open().champion(STAGE)
                code = 0 if version is not None and version.version == "v1" else 2
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        subprocess.run(["chmod", "-R", "u+w", root], check=True)
        assert code == 0


def test_a_reader_does_not_wait_for_a_writer_with_something_to_repair(place: Place) -> None:
    place.promote(1)
    (place.path / "aliases/implementation.json").unlink()
    with lock.exclusive(place.path):
        champion = place.open().champion(STAGE)
    assert champion is not None and champion.version == "v1"
