from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loop.errors import RegistryError, UsageError
from loop.registry import lock
from tests.registry.conftest import STAGE, Place

Git = Callable[..., str]


def serving(place: Place) -> str | None:
    version = place.open().champion(STAGE)
    return version.version if version is not None else None


def test_before_the_first_promotion_the_base_serves_and_nothing_is_written(place: Place) -> None:
    registry = place.open()
    assert registry.champion(STAGE) is None
    assert registry.versions(STAGE) == () and registry.history(STAGE) == ()
    assert not place.path.exists()


def test_a_promotion_is_one_commit_and_one_annotated_tag(place: Place, git: Git) -> None:
    place.promote(1)
    before = int(git("rev-list", "--count", "HEAD"))
    sha256 = place.adapter(2)
    version = place.open().promote(STAGE, sha256, {"decision": {"delta": 0.3}})
    assert (version.version, version.adapter_sha256, version.replaced) == ("v2", sha256, "v1")
    assert int(git("rev-list", "--count", "HEAD")) == before + 1
    assert git("rev-parse", "implementation/v2^{commit}") == version.commit == git("rev-parse", "HEAD")
    assert git("cat-file", "-t", "implementation/v2") == "tag"
    assert place.open().champion(STAGE) == version


def test_the_working_tree_shows_what_is_committed(place: Place, git: Git) -> None:
    place.promote(1)
    place.promote(2)
    assert git("status", "--porcelain") == ""
    aliases = json.loads((place.path / "aliases/implementation.json").read_text())
    assert aliases == {"champion": "v2", "previous": "v1", "challenger": None}
    manifest = json.loads((place.path / "versions/implementation/v2.json").read_text())
    assert manifest["manifest"] == {"number": 2} and manifest["adapter_sha256"] == place.adapter(2)
    assert not list(place.path.rglob("*.gguf"))


def test_rollback_puts_the_previous_champion_back(place: Place, git: Git) -> None:
    place.promote(1)
    place.promote(2)
    back = place.open().rollback(STAGE)
    assert back is not None and back.version == "v1" and serving(place) == "v1"
    assert git("rev-parse", "implementation/rollback-1^{commit}") == git("rev-parse", "HEAD")


def test_each_rollback_goes_one_further_back_and_ends_at_the_base(place: Place) -> None:
    for number in (1, 2, 3):
        place.promote(number)
    registry = place.open()
    assert [v.version if (v := registry.rollback(STAGE)) else None for _ in range(3)] == ["v2", "v1", None]
    with pytest.raises(RegistryError, match="base already serves"):
        registry.rollback(STAGE)
    assert serving(place) is None


def test_a_version_is_put_back_by_name(place: Place) -> None:
    for number in (1, 2, 3):
        place.promote(number)
    registry = place.open()
    assert registry.rollback(STAGE, to="v1").version == "v1"  # type: ignore[union-attr]
    assert registry.rollback(STAGE, to="v3").version == "v3"  # type: ignore[union-attr]
    assert registry.rollback(STAGE, to="base") is None
    with pytest.raises(UsageError, match="no version 'v9'"):
        registry.rollback(STAGE, to="v9")


def test_version_numbers_are_not_used_again_after_a_rollback(place: Place) -> None:
    place.promote(1)
    place.promote(2)
    place.open().rollback(STAGE, to="base")
    assert place.promote(3) == "v3"
    champion = place.open().champion(STAGE)
    assert champion is not None and champion.replaced == "base"
    assert [v.version for v in place.open().versions(STAGE)] == ["v1", "v2", "v3"]


def test_the_history_tells_everything_newest_first(place: Place) -> None:
    place.promote(1)
    place.promote(2)
    place.open().rollback(STAGE)
    told = [(e.action, e.version, e.previous, e.tag) for e in place.open().history(STAGE)]
    assert told == [
        ("rollback", "v1", "v2", "implementation/rollback-1"),
        ("promote", "v2", "v1", "implementation/v2"),
        ("promote", "v1", "base", "implementation/v1"),
    ]
    assert all(len(e.commit) == 40 and e.created for e in place.open().history(STAGE))


def test_a_forced_promotion_keeps_its_reason_in_manifest_commit_and_history(place: Place, git: Git) -> None:
    place.promote(1, forced_reason="the audit is worn out;\nsee the vault")
    reason = "the audit is worn out; see the vault"
    assert place.open().history(STAGE)[0].forced_reason == reason
    assert place.open().champion(STAGE).forced_reason == reason  # type: ignore[union-attr]
    assert json.loads((place.path / "versions/implementation/v1.json").read_text())["forced_reason"] == reason
    assert f"FORCED against the gate: {reason}" in git("log", "-1", "--format=%B")
    place.promote(2)
    place.open().rollback(STAGE)
    assert place.open().history(STAGE)[-1].forced_reason == reason


def test_stages_have_versions_of_their_own(place: Place) -> None:
    registry = place.open()
    registry.promote("implementation", place.adapter(1), {})
    registry.promote("scope", place.adapter(2), {})
    registry.promote("scope", place.adapter(1), {})
    assert [v.version for v in registry.versions("scope")] == ["v1", "v2"]
    registry.rollback("scope")
    assert registry.champion("implementation").adapter_sha256 == place.adapter(1)  # type: ignore[union-attr]
    assert registry.champion("scope").adapter_sha256 == place.adapter(2)  # type: ignore[union-attr]


def test_the_adapter_in_service_is_not_promoted_again(place: Place) -> None:
    place.promote(1)
    with pytest.raises(RegistryError, match="already serves implementation as v1"):
        place.promote(1)


def test_an_adapter_without_its_weights_is_not_promoted(place: Place) -> None:
    with pytest.raises(RegistryError, match="are not in"):
        place.open().promote(STAGE, "0" * 64, {})
    sha256 = place.adapter(1)
    (place.adapters / sha256 / "adapter.gguf").write_bytes(b"something else")
    with pytest.raises(RegistryError, match="damaged"):
        place.open().promote(STAGE, sha256, {})
    assert not place.path.exists()


def test_a_version_whose_weights_are_gone_is_not_put_back(place: Place) -> None:
    place.promote(1)
    place.promote(2)
    shutil.rmtree(place.adapters / place.adapter(1))
    with pytest.raises(RegistryError, match="are not in"):
        place.open().rollback(STAGE)
    assert serving(place) == "v2"


@pytest.mark.parametrize(("stage", "sha256"), [("../etc", "0" * 64), ("", "0" * 64), (STAGE, "abc"), (STAGE, "base")])
def test_names_that_are_none_are_refused(place: Place, stage: str, sha256: str) -> None:
    with pytest.raises(UsageError):
        place.open().promote(stage, sha256, {})


def test_a_manifest_that_is_not_json_is_refused_and_changes_nothing(place: Place) -> None:
    place.promote(1)
    with pytest.raises(UsageError, match="plain JSON"):
        place.open().promote(STAGE, place.adapter(2), {"path": Path("x")})
    assert serving(place) == "v1"


def test_nothing_of_the_users_git_configuration_is_used(
    place: Place, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(["git", "init", "-q", str(elsewhere)], check=True)
    home = tmp_path / "user"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\nname=Somebody\nemail=some@body\n[commit]\ngpgSign=true\n[tag]\ngpgSign=true\n[gpg]\nprogram=false\n"
        f"[core]\nhooksPath={hooks}\nautocrlf=true\n[init]\ndefaultBranch=trunk\ntemplateDir={hooks}\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(elsewhere))
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere / ".git/index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(elsewhere / ".git/objects"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1999-01-01T00:00:00+00:00")
    place.promote(1)
    place.promote(2)
    place.open().rollback(STAGE)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.delenv(name)
    assert set(git("log", "--format=%an <%ae> %cn <%ce>").splitlines()) == {
        "loop <loop@localhost> loop <loop@localhost>"
    }
    assert "1999" not in git("log", "-3", "--format=%ad")
    assert not (tmp_path / "hook-ran").exists()
    assert not list((elsewhere / ".git/refs").rglob("v1"))


def test_a_writer_waits_for_the_lock_and_then_says_who_is_in_the_way(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.promote(1)
    place.adapter(2)
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    held = os.open(place.root / "registry.lock", os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RegistryError, match="another process is changing"):
            place.promote(2)
        assert serving(place) == "v1"  # readers do not wait
    finally:
        os.close(held)
    assert place.promote(2) == "v2"


def test_promotions_of_several_processes_each_get_a_number(place: Place) -> None:
    adapters = [place.adapter(n) for n in range(4)]
    children = []
    for sha256 in adapters:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                place.open().promote(STAGE, sha256, {})
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0, 0]
    versions = place.open().versions(STAGE)
    assert [v.version for v in versions] == ["v1", "v2", "v3", "v4"]
    assert {v.adapter_sha256 for v in versions} == set(adapters)
    assert [v.replaced for v in versions] == ["base", "v1", "v2", "v3"]


def test_an_open_view_sees_what_another_one_promoted(place: Place) -> None:
    first = place.open()
    assert first.champion(STAGE) is None
    place.promote(1)
    assert first.champion(STAGE).version == "v1"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "content", "what"),
    [
        ("aliases/implementation.json", "{", "not JSON"),
        ("aliases/implementation.json", "[]", "no object"),
        ("aliases/implementation.json", '{"champion": "v7"}', "names v7"),
        ("versions/implementation/v1.json", '{"stage": "implementation"}', "v1.json"),
    ],
)
def test_a_damaged_file_in_the_history_is_an_error_that_says_what_to_do(
    place: Place, git: Git, path: str, content: str, what: str
) -> None:
    place.promote(1)
    (place.path / path).write_text(content)
    git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qam", "by hand")
    with pytest.raises(RegistryError, match=what) as caught:
        place.open()
    assert "backup" in caught.value.fix


def test_lost_objects_are_an_error_that_says_what_to_do(place: Place) -> None:
    place.promote(1)
    shutil.rmtree(place.path / ".git/objects")
    (place.path / ".git/objects").mkdir()
    with pytest.raises(RegistryError, match="damaged") as caught:
        place.open()
    assert "backup" in caught.value.fix


def test_a_directory_that_is_no_repository_is_left_alone(place: Place) -> None:
    place.path.mkdir()
    (place.path / "thesis.txt").write_text("mine")
    with pytest.raises(RegistryError, match="no git repository"):
        place.promote(1)
    assert (place.path / "thesis.txt").read_text() == "mine"


def test_a_moved_tag_is_an_error(place: Place, git: Git) -> None:
    place.promote(1)
    place.promote(2)
    git("tag", "-f", "implementation/v1", "HEAD")
    with pytest.raises(RegistryError, match="tag implementation/v1 is at"):
        place.open()


def test_a_packed_and_collected_registry_still_reads(place: Place, git: Git) -> None:
    place.promote(1)
    place.promote(2)
    git("gc", "-q", "--prune=now")
    git("pack-refs", "--all")
    assert serving(place) == "v2" and place.promote(3) == "v3"


def test_reading_does_not_import_gitpython(place: Place) -> None:
    place.promote(1)
    code = (
        "import sys; from pathlib import Path; from loop.registry import Registry\n"
        f"r = Registry.open(Path({str(place.path)!r}), Path({str(place.adapters)!r}))\n"
        "assert r.champion('implementation').version == 'v1' and r.history('implementation')\n"
        "assert 'git' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
