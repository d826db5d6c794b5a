"""LOOP_HOME: usable, or one clear error."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from loop import home
from loop.errors import HomeError

Usage = namedtuple("Usage", "total used free")


def test_a_home_is_made_with_its_directories(tmp_path: Path) -> None:
    made = home.open_home(tmp_path / "new" / "home")
    assert made.adapters.is_dir() and made.datasets.is_dir() and made.scratch.is_dir()


def test_a_home_on_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="cannot be written"):
        home.open_home(tmp_path / "file" / "home")


def test_a_home_on_a_full_disk_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100, 100, 5 << 20))
    with pytest.raises(HomeError, match="5 MiB left"):
        home.open_home(tmp_path)


def test_reading_makes_nothing(tmp_path: Path) -> None:
    home.open_home(tmp_path / "absent", write=False)
    assert not (tmp_path / "absent").exists()
