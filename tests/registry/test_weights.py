from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from loop.errors import HomeError, RegistryError, UsageError
from loop.registry import weights


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    path = tmp_path / "trained"
    (path / "checkpoint-10").mkdir(parents=True)
    (path / "adapter.gguf").write_bytes(b"GGUF" + os.urandom(10_000))
    (path / "adapter_model.safetensors").write_bytes(os.urandom(5_000))
    (path / "metrics.json").write_text("{}")
    (path / "checkpoint-10" / "optimizer.pt").write_bytes(os.urandom(5_000))
    return path


def test_weights_are_named_by_the_hash_of_their_gguf(trained: Path, tmp_path: Path) -> None:
    sha256 = weights.install(trained, tmp_path / "adapters")
    assert sha256 == hashlib.sha256((trained / "adapter.gguf").read_bytes()).hexdigest()
    path = weights.locate(tmp_path / "adapters", sha256)
    assert path.read_bytes() == (trained / "adapter.gguf").read_bytes()
    assert {p.name for p in path.parent.iterdir()} == {"adapter.gguf", "adapter_model.safetensors", "metrics.json"}
    assert [p.name for p in (tmp_path / "adapters").iterdir()] == [sha256]


def test_installing_twice_changes_nothing(trained: Path, tmp_path: Path) -> None:
    first = weights.install(trained, tmp_path / "adapters")
    stamp = (tmp_path / "adapters" / first / "adapter.gguf").stat()
    assert weights.install(trained, tmp_path / "adapters") == first
    assert (tmp_path / "adapters" / first / "adapter.gguf").stat() == stamp


def test_a_flipped_bit_is_found(trained: Path, tmp_path: Path) -> None:
    sha256 = weights.install(trained, tmp_path / "adapters")
    path = tmp_path / "adapters" / sha256 / "adapter.gguf"
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    with pytest.raises(RegistryError, match="damaged") as caught:
        weights.locate(tmp_path / "adapters", sha256)
    assert "rollback" in caught.value.fix


def test_installing_replaces_a_damaged_copy_and_keeps_it_aside(trained: Path, tmp_path: Path) -> None:
    sha256 = weights.install(trained, tmp_path / "adapters")
    (tmp_path / "adapters" / sha256 / "adapter.gguf").write_bytes(b"half")
    assert weights.install(trained, tmp_path / "adapters") == sha256
    weights.locate(tmp_path / "adapters", sha256)
    (aside,) = (tmp_path / "adapters").glob(".damaged-*/adapter/adapter.gguf")
    assert aside.read_bytes() == b"half"


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="are not in"):
        weights.locate(tmp_path, "0" * 64)


def test_a_directory_without_an_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no adapter\.gguf"):
        weights.install(tmp_path, tmp_path / "adapters")


def test_a_kill_before_the_rename_leaves_no_weights(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = weights.sha256_of(trained / "adapter.gguf")
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(weights, "_put", lambda *_: os._exit(77))
        try:
            weights.install(trained, tmp_path / "adapters")
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 77
    with pytest.raises(RegistryError):
        weights.locate(tmp_path / "adapters", sha256)
    assert weights.install(trained, tmp_path / "adapters") == sha256


def test_two_processes_may_install_the_same_weights(trained: Path, tmp_path: Path) -> None:
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                weights.install(trained, tmp_path / "adapters")
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0, 0]
    weights.locate(tmp_path / "adapters", weights.sha256_of(trained / "adapter.gguf"))
    assert len(list((tmp_path / "adapters").iterdir())) == 1


def test_a_place_that_cannot_be_written_is_told(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "adapters").write_text("a file")
    with pytest.raises(HomeError, match="could not be stored"):
        weights.install(trained, tmp_path / "adapters")
