"""Models by name: found, checked against their manifest, and turned into a GGUF once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from loop.errors import ModelError
from loop.home import Home, open_home
from loop.models import catalogue
from tests.support.tiny_qwen3 import make_tiny_qwen3


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


def write_manifest(directory: Path) -> None:
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in directory.iterdir()}
    (directory / "MANIFEST.json").write_text(json.dumps({"files": files}))


def test_a_directory_becomes_a_gguf_once(tmp_path: Path, home: Home) -> None:
    directory = make_tiny_qwen3(tmp_path / "tiny")
    first = catalogue.resolve(str(directory), home)
    made = first.gguf.stat().st_mtime_ns
    again = catalogue.resolve(str(directory), home)
    assert again == first
    assert again.gguf.stat().st_mtime_ns == made
    assert first.name == "tiny"
    assert first.gguf.parent == home.models


def test_the_packaged_model_is_whole_and_small(home: Home) -> None:
    micro = catalogue.verify("micro", home)
    assert (micro.hf_dir / "MANIFEST.json").is_file()
    assert sum(path.stat().st_size for path in micro.hf_dir.glob("*.safetensors")) <= 4 << 20
    assert catalogue.known()[0]["here"] is True


def test_identity_is_the_content_not_the_path(tmp_path: Path, home: Home) -> None:
    one = catalogue.resolve(str(make_tiny_qwen3(tmp_path / "a")), home)
    same = catalogue.resolve(str(make_tiny_qwen3(tmp_path / "b")), home)
    other = catalogue.resolve(str(make_tiny_qwen3(tmp_path / "c", seed=1)), home)
    assert (one.sha256, one.gguf) == (same.sha256, same.gguf)
    assert other.sha256 != one.sha256
    assert other.gguf != one.gguf


def test_the_template_of_the_tokenizer_is_part_of_the_identity(tmp_path: Path, home: Home) -> None:
    directory = make_tiny_qwen3(tmp_path / "a")
    before = catalogue.resolve(str(directory), home)
    config = json.loads((directory / "tokenizer_config.json").read_text())
    config["chat_template"] = "other"
    (directory / "tokenizer_config.json").write_text(json.dumps(config))
    assert catalogue.resolve(str(directory), home).sha256 != before.sha256


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_one_changed_byte_is_found_by_the_manifest(tmp_path: Path, home: Home, name: str) -> None:
    directory = make_tiny_qwen3(tmp_path / "tiny")
    write_manifest(directory)
    catalogue.resolve(str(directory), home)
    data = bytearray((directory / name).read_bytes())
    data[len(data) // 2] ^= 1
    (directory / name).write_bytes(bytes(data))
    with pytest.raises(ModelError, match=f"corrupt: .*{name}") as caught:
        catalogue.resolve(str(directory), home)
    assert str(directory) in caught.value.fix


def test_missing_weights_are_named(tmp_path: Path, home: Home) -> None:
    directory = make_tiny_qwen3(tmp_path / "tiny")
    (directory / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"weights missing: .*model\.safetensors"):
        catalogue.resolve(str(directory), home)


def test_a_damaged_gguf_is_made_again(tmp_path: Path, home: Home) -> None:
    directory = make_tiny_qwen3(tmp_path / "tiny")
    gguf = catalogue.resolve(str(directory), home).gguf
    whole = gguf.read_bytes()
    gguf.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert catalogue.verify(str(directory), home).gguf.read_bytes() == whole


def test_a_model_that_is_not_here_says_where_to_put_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOP_MODELS", str(tmp_path / "store"))
    with pytest.raises(ModelError, match=r"qwen3-1\.7b are not on this machine") as caught:
        catalogue.resolve("qwen3-1.7b", home)
    assert f"{tmp_path}/store/qwen3-1.7b" in caught.value.fix
    assert "Qwen/Qwen3-1.7B" in caught.value.fix
    assert {row["name"]: row["here"] for row in catalogue.known()}["qwen3-1.7b"] is False


@pytest.mark.parametrize("folder", ["qwen3-0.6b", "Qwen3-0.6B"])
def test_a_model_under_loop_models_is_found_by_either_name(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("LOOP_MODELS", str(tmp_path))
    directory = make_tiny_qwen3(tmp_path / folder)
    found = catalogue.resolve("qwen3-0.6b", home)
    assert (found.name, found.hf_dir) == ("qwen3-0.6b", directory)
    assert {row["name"]: row["here"] for row in catalogue.known()}["qwen3-0.6b"] is True


def test_an_unknown_name_lists_the_known_ones(home: Home) -> None:
    with pytest.raises(ModelError, match="no model 'qwen9'") as caught:
        catalogue.resolve("qwen9", home)
    for row in catalogue.known():
        assert row["name"] in caught.value.fix


def test_a_home_that_cannot_be_written_is_a_model_error(tmp_path: Path, home: Home) -> None:
    directory = make_tiny_qwen3(tmp_path / "tiny")
    home.models.rmdir()
    home.models.write_text("in the way")
    with pytest.raises(ModelError, match="cannot write"):
        catalogue.resolve(str(directory), home)


def test_large_models_keep_the_type_they_are_stored_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = make_tiny_qwen3(tmp_path / "tiny")
    assert catalogue.choose_ftype(directory) == "f32"
    monkeypatch.setattr(catalogue, "SMALL", 0)
    assert catalogue.choose_ftype(directory) == "f16"
