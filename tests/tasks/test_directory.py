"""A pack written to a directory is read again as it was; one that is broken is refused, and the file is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop.errors import PackError
from loop.tasks.directory import read_pack, write_pack
from loop.tasks.pack import load_pack
from loop.tasks.task import Pack
from tests.support.scripted_world import make_pack
from tests.support.staged_world import project_task

SOME = (make_pack().tasks[0], make_pack().split("audit")[0], project_task("bugfix", "north", "vault"))
PACK = Pack("some", SOME)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_pack(PACK, tmp_path / "pack", {"seed": 5})
    return tmp_path / "pack"


def test_what_is_written_is_read_again_with_all_its_labels(written: Path) -> None:
    found = load_pack(str(written))
    assert found == PACK
    assert found.sha256 == PACK.sha256
    assert json.loads((written / "pack.json").read_text())["seed"] == 5


def test_a_directory_that_holds_something_is_not_written_to(written: Path, tmp_path: Path) -> None:
    before = sorted(written.rglob("*"))
    with pytest.raises(PackError, match="not empty"):
        write_pack(PACK, written, {})
    assert sorted(written.rglob("*")) == before
    (tmp_path / "empty").mkdir()
    write_pack(PACK, tmp_path / "empty", {})
    assert read_pack(tmp_path / "empty") == PACK


def test_a_pack_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PackError, match="cannot be written"):
        write_pack(PACK, tmp_path / "file" / "pack", {})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def changed(**values: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return change


def without(name: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != name}))

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda path: path.write_text("{"), "is no JSON"),
        (lambda path: path.write_text("[]"), "is no JSON object"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is no JSON"),
        (without("prompt"), "'prompt' is missing"),
        (changed(prompt="Write something else."), "it was changed"),
        (changed(prompt=3), "'prompt' is no text"),
        (changed(split="exam"), "no split is called 'exam'"),
        (changed(split="vault"), "lies under another name"),
        (changed(spec={"type": "riddle"}), "no type of task is called 'riddle'"),
        (changed(truth={"route": "scope"}), "is missing"),
    ],
)
def test_a_broken_task_is_refused_by_its_file(written: Path, change: Callable[[Path], None], problem: str) -> None:
    path = written / "tasks" / "audit" / f"{SOME[1].id}.json"
    change(path)
    with pytest.raises(PackError, match=problem) as caught:
        load_pack(str(written))
    assert str(path) in caught.value.message
    assert caught.value.fix


def test_a_pack_with_a_task_too_few_is_not_the_pack_that_was_written(written: Path) -> None:
    (written / "tasks" / "audit" / f"{SOME[1].id}.json").unlink()
    with pytest.raises(PackError, match="tasks are missing"):
        load_pack(str(written))


@pytest.mark.parametrize("about", ['{"format": 2, "name": "x"}', '{"format": 1}', "nothing"])
def test_a_directory_of_another_format_is_refused(written: Path, about: str) -> None:
    (written / "pack.json").write_text(about)
    with pytest.raises(PackError, match=r"pack\.json"):
        load_pack(str(written))


def test_a_place_without_a_pack_is_said_to_be_one(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(PackError, match=r"pack\.json cannot be read"):
            load_pack(str(place))
