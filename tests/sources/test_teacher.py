"""A teacher's file: what is a completion, what is none, and what is wrong with the file as a whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from loop.errors import UsageError
from loop.sources.importer import Defaults, Imported, Skipped
from loop.sources.teacher import Teacher

RECORD = {"task": "0123456789abcdef", "completion": "yes", "model": "big-coder"}


def read(tmp_path: Path, *lines: object, defaults: Defaults | None = None) -> list[Imported | Skipped]:
    path = tmp_path / "teacher.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return list(Teacher(defaults or Defaults()).read(path))


def test_a_record_says_what_it_answers(tmp_path: Path) -> None:
    given = {**RECORD, "stage": "planning", "kind": "depends", "item": "b <- a", "thought": "hm", "meta": {"cost": 1}}
    assert read(tmp_path, given) == [
        Imported("0123456789abcdef", "planning", "yes", "big-coder", "depends", "b <- a", "hm", "line 1")
    ]


def test_what_a_record_leaves_open_is_taken_from_the_command_line(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"task": "t", "completion": "yes"}, defaults=Defaults("scope", "told"))
    assert isinstance(found, Imported)
    assert (found.stage, found.source_name) == ("scope", "told")


def test_a_record_that_says_it_is_not_overruled(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {**RECORD, "stage": "routing"}, defaults=Defaults("scope", "told"))
    assert isinstance(found, Imported)
    assert (found.stage, found.source_name) == ("routing", "big-coder")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stgae": "scope"}, "unknown key 'stgae'; did you mean 'stage'?"),
        ({"completion": None}, "no 'completion'"),
        ({"task": "  "}, "no 'task'"),
        ({"completion": ["yes"]}, "'completion' is no text"),
    ],
)
def test_what_is_no_completion_is_skipped_with_its_place(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    first, second = read(tmp_path, RECORD, {**RECORD, **changes})
    assert isinstance(first, Imported)
    assert second == Skipped("unreadable", why, "line 2")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([RECORD, '{"task": '], "line 2 is no JSON"),
        ([RECORD, "", "[1]"], "line 3 is no JSON object"),
        (["", " "], "holds no records"),
        ([], "holds no records"),
        ([{**RECORD, "stage": "scoop"}], "line 1: there is no stage 'scoop'; did you mean 'scope'"),
        ([RECORD, {"task": "t", "completion": "yes"}], "line 2: nothing says which model wrote it"),
        (["SQLite format 3\0"], "is an SQLite database"),
        (["[" * 100_000], "line 1 is no JSON"),
    ],
)
def test_what_is_wrong_with_the_file_is_one_error(tmp_path: Path, lines: list[object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        read(tmp_path, *lines)
    assert raised.value.fix


def test_text_in_another_encoding_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(json.dumps(RECORD).encode() + b'\n{"task": "\xe9"}\n')
    with pytest.raises(UsageError, match="line 2 is not UTF-8"):
        list(Teacher(Defaults()).read(path))


@pytest.mark.parametrize("name", ["absent.jsonl", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(Teacher(Defaults()).read(tmp_path / name))
