from __future__ import annotations

from pathlib import Path

import pytest

from loop.tasks.pack import load_pack
from loop.tasks.pack_cache import remembered
from loop.tasks.task import Pack


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack("some", load_pack("reference").tasks)


def never() -> Pack:
    raise AssertionError("it is generated again")


def test_a_pack_is_generated_once_and_comes_back_as_it_was(tmp_path: Path, pack: Pack) -> None:
    assert remembered("some", lambda: pack, tmp_path / "cache") == pack
    again = remembered("some", never, tmp_path / "cache")
    assert again == pack and again.sha256 == pack.sha256 and [t.id for t in again.tasks] == [t.id for t in pack.tasks]


@pytest.mark.parametrize("damage", [b"", b"not a pickle", None])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, pack: Pack, damage: bytes | None) -> None:
    remembered("some", lambda: pack, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-100] if damage is None else damage)
    assert remembered("some", lambda: pack, tmp_path) == pack
    assert remembered("some", never, tmp_path) == pack


def test_what_another_generator_left_goes(tmp_path: Path, pack: Pack) -> None:
    (tmp_path / "pack-some-0123456789abcdef.pickle").write_bytes(b"old")
    remembered("some", lambda: pack, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_cache_that_cannot_be_written_costs_time_alone(tmp_path: Path, pack: Pack) -> None:
    (tmp_path / "file").write_text("")
    assert remembered("some", lambda: pack, tmp_path / "file" / "cache") == pack
