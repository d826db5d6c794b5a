"""`loop grade`: verdict and evidence of any file, for any task that can be named or written down."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluators.spec import FunctionSpec, Param, to_json
from loop.cli.main import main
from loop.home import Home
from loop.tasks.pack import load_pack

Capture = pytest.CaptureFixture[str]
SPEC = FunctionSpec("twice", "int", (Param("x", "int", "scalar"),), "int twice(int x) { return 2 * x; }")
PROMISED = {"file", "verdict", "evidence", "tier", "seconds", "oracle", "oracle_class", "cases_passed", "cases_total"}


@pytest.fixture
def folder(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[[str, str], str]:
    def written(name: str, text: str) -> str:
        (folder / name).write_text(text)
        return name

    return written


Write = Callable[[str, str], str]


def graded(capsys: Capture, *arguments: str, code: int) -> list[dict[str, Any]]:
    assert main(["grade", *arguments, "--json"]) == code
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_spec_in_a_file_grades_each_answer_with_evidence(write: Write, capsys: Capture) -> None:
    task = write("task.json", json.dumps(to_json(SPEC)))
    files = [
        write("right.c", SPEC.reference),
        write("wrong.c", "int twice(int x) { return x; }"),
        write("text.c", "hi"),
    ]
    rows = graded(capsys, task, *files, code=1)
    assert [row["verdict"] for row in rows] == ["pass", "wrong_answer", "compile_error"]
    assert all(row.keys() >= PROMISED for row in rows)
    assert "expected" in rows[1]["evidence"]
    assert {row["oracle_class"] for row in rows} == {"A"}
    assert rows[0]["cases_passed"] == rows[0]["cases_total"] > 0
    assert main(["grade", task, files[1]]) == 1
    said = capsys.readouterr().out
    assert "wrong_answer" in said
    assert "sandbox" in said
    assert "expected" in said


def test_what_tasks_show_prints_can_be_graded_with(write: Write, capsys: Capture) -> None:
    task = load_pack("kata").split("audit")[0]
    assert main(["tasks", "show", task.id, "--json"]) == 0
    name = write("shown.json", capsys.readouterr().out)
    answer = write("answer.c", task.spec.reference)  # type: ignore[attr-defined]
    by_file, by_id = graded(capsys, name, answer, code=0), graded(capsys, task.id[:10], answer, code=0)
    assert by_file[0]["oracle"] == by_id[0]["oracle"]


@pytest.mark.parametrize("text", ["not json", "[1]", "{}", '{"type": "poem"}', '{"spec": {"name": "f"}}'])
def test_a_file_that_holds_no_task_is_one_message(write: Write, capsys: Capture, text: str) -> None:
    task, answer = write("task.json", text), write("answer.c", "int f;")
    assert main(["grade", task, answer]) == 2
    assert "task.json holds no task" in capsys.readouterr().err


def test_edits_to_a_repository_are_graded_as_C_is(write: Write, capsys: Capture) -> None:
    from evaluators.oracles.repository import RepositorySpec
    from evaluators.projects.repository import Repository
    from evaluators.spec_json import spec_to_json

    def edit(replacement: str) -> str:
        return (
            '<edit file="twice.c">\n<search>\nreturn x;\n</search>\n'
            f"<replacement>\n{replacement}\n</replacement>\n</edit>\n"
        )

    files = (("twice.c", '#include "twice.h"\nint twice(int x) {\nreturn x;\n}\n'), ("twice.h", "int twice(int x);\n"))
    probe = FunctionSpec("probe", "int", SPEC.params, "int probe(int x) { return twice(x); }", '#include "twice.h"\n')
    spec = RepositorySpec(Repository(files, ("twice.c",)), probe, edit("return 2 * x;"))
    task = write("bug.json", json.dumps(spec_to_json(spec)))
    answers = [write("good.txt", edit("return x + x;")), write("bad.txt", edit("return 3 * x;")), write("no.txt", "hm")]
    rows = graded(capsys, task, *answers, code=1)
    assert [row["verdict"] for row in rows] == ["pass", "wrong_answer", "format_error"]
