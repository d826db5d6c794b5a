"""Agents' logs, in JSON lines and in SQLite, through their mappings."""

import json
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from loop.errors import UsageError
from loop.sources import agent_sqlite
from loop.sources.agent_jsonl import AgentJsonl
from loop.sources.agent_sqlite import AgentSqlite
from loop.sources.importer import Defaults, Imported, Skipped
from loop.sources.mapping import LogMapping, parse_mapping

FIELDS = '[fields]\ntask = "task"\ncompletion = "said"\n'
BY = Defaults(model="agent-7b")


def mapping(text: str) -> LogMapping:
    return parse_mapping(tomllib.loads(text), "map.toml")


def jsonl(tmp_path: Path, text: str, *lines: object, defaults: Defaults = BY) -> list[Imported | Skipped]:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return list(AgentJsonl(defaults, mapping(text)).read(path))


def database(tmp_path: Path, *rows: tuple[object, ...]) -> Path:
    path = tmp_path / "log ?#%.db"  # a name that must be quoted
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE calls (task, step, said)")
        made.executemany("INSERT INTO calls VALUES (?, ?, ?)", rows)
        made.commit()
    return path


def sqlite(path: Path, text: str) -> list[Imported | Skipped]:
    return list(AgentSqlite(BY, mapping(text)).read(path))


def test_records_lie_at_dotted_paths_and_share_what_stands_above_them(tmp_path: Path) -> None:
    text = """
    [records]
    each = "run.steps"
    [fields]
    task = "/task.id"
    completion = "messages.-1.content"
    stage = "name"
    item = "about"
    [values.stage]
    look = "scope"
    [filter]
    "/status" = "done"
    """
    steps = [
        {"name": "look", "about": "src/a.c", "messages": [{"content": "?"}, {"content": "yes"}]},
        {"name": "implementation", "messages": [{"content": "code"}]},
    ]
    line = {"task": {"id": "t1"}, "status": "done", "run": {"steps": steps}}
    assert jsonl(tmp_path, text, line, {**line, "status": "failed"}) == [
        Imported("t1", "scope", "yes", "agent-7b", item="src/a.c", where="line 1, record 1"),
        Imported("t1", "implementation", "code", "agent-7b", where="line 1, record 2"),
        Skipped("filtered", "/status is none of: done", "line 2, record 1"),
        Skipped("filtered", "/status is none of: done", "line 2, record 2"),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"task": "t"}, "no completion at said"),
        ({"task": "t", "said": ""}, "no completion at said"),
        ({"task": "t", "said": {"a": 1}}, "said is no text"),
        ({"task": "t", "said": 1.5}, "said is no text"),
        ({"said": "x"}, "no task at task"),
    ],
)
def test_a_record_without_its_parts_is_unreadable(tmp_path: Path, line: dict[str, object], why: str) -> None:
    assert jsonl(tmp_path, FIELDS, line) == [Skipped("unreadable", why, "line 1")]


def test_a_line_without_the_list_is_unreadable(tmp_path: Path) -> None:
    found = jsonl(tmp_path, '[records]\neach = "steps"\n' + FIELDS, {"task": "t", "said": "x"})
    assert found == [Skipped("unreadable", "there is no list at steps", "line 1")]


def test_a_mapped_stage_that_is_absent_is_not_taken_for_the_default(tmp_path: Path) -> None:
    text = FIELDS + 'stage = "setp"\n'
    line = {"task": "t", "said": "x", "step": "scope"}
    assert jsonl(tmp_path, text, line) == [Skipped("unreadable", "no stage at setp", "line 1")]
    (found,) = jsonl(tmp_path, text + '[constants]\nstage = "planning"\n', line)
    assert isinstance(found, Imported)
    assert found.stage == "planning"


def test_a_stage_of_theirs_that_is_none_of_ours_stops_the_import(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"line 1: there is no stage 'review'.*\n.*values.stage"):
        jsonl(tmp_path, FIELDS + 'stage = "step"\n', {"task": "t", "said": "x", "step": "review"})


def test_an_agent_without_a_name_stops_the_import(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing says which model wrote it"):
        jsonl(tmp_path, FIELDS, {"task": "t", "said": "x"}, defaults=Defaults())


def test_numbers_and_truth_values_are_mapped_as_text(tmp_path: Path) -> None:
    text = FIELDS + '[constants]\nstage = "scope"\n[values.completion]\ntrue = "yes"\n0 = "no"\n'
    found = jsonl(tmp_path, text, {"task": 17, "said": True}, {"task": "t", "said": 0})
    assert [(one.task, one.completion) for one in found if isinstance(one, Imported)] == [("17", "yes"), ("t", "no")]


@pytest.mark.parametrize(
    ("said", "stage", "taken"),
    [
        ("int f;\n", "implementation", "```c\nint f;\n```"),
        ("```c\nint f;\n```", "implementation", "```c\nint f;\n```"),
        ('<edit file="a.c">', "implementation", '<edit file="a.c">'),
        ("yes", "scope", "yes"),
    ],
)
def test_a_fence_is_put_around_bare_c_where_the_mapping_says_so(
    tmp_path: Path, said: str, stage: str, taken: str
) -> None:
    text = FIELDS + f'[constants]\nstage = "{stage}"\n'
    line = {"task": "t", "said": said}
    for wrap, expected in (('wrap = "c"\n', taken), ("", said)):
        (found,) = jsonl(tmp_path, wrap + text, line)
        assert isinstance(found, Imported)
        assert found.completion == expected


def test_a_table_and_a_query_give_the_same(tmp_path: Path) -> None:
    path = database(tmp_path, ("t1", "coder", "a"), ("t2", "planner", "b"))
    before = path.read_bytes()
    expected = [Imported("t1", "implementation", "a", "agent-7b", where="row 1")]
    table = '[records]\ntable = "calls"\n' + FIELDS + '[filter]\nstep = "coder"\n'
    query = "[records]\nquery = \"SELECT task, said FROM calls WHERE step = 'coder'\"\n" + FIELDS
    assert sqlite(path, table) == [*expected, Skipped("filtered", "step is none of: coder", "row 2")]
    assert sqlite(path, query) == expected
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("records", "fields", "message"),
    [
        ("table = 'cals'", FIELDS, "no table 'cals'; did you mean 'calls'"),
        ("table = 'calls'", FIELDS.replace('"said"', '"sayd"'), "no column 'sayd'; did you mean 'said'"),
        ("table = 'calls'", FIELDS + "[filter]\nstpe = 'x'", "no column 'stpe'; did you mean 'step'"),
        ("query = 'SELECT tsk FROM calls'", FIELDS, "no such column"),
        ("query = 'SELEC 1'", FIELDS, "syntax error"),
        ("query = 'DELETE FROM calls'", FIELDS, "readonly|read-only|query gives no rows"),
        ("query = \"SELECT task, said FROM calls WHERE task = 'none'\"", FIELDS, "holds no records"),
    ],
)
def test_what_the_database_does_not_have(tmp_path: Path, records: str, fields: str, message: str) -> None:
    path = database(tmp_path, ("t1", "coder", "a"))
    before = path.read_bytes()
    with pytest.raises(UsageError, match=message) as raised:
        sqlite(path, f"[records]\n{records}\n{fields}")
    assert raised.value.fix
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}\n" * 100, "is no SQLite database"),
        (b"", "is empty"),
        (b"SQLite format 3\0" + b"x" * 4000, "is damaged"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_database(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "log.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        sqlite(path, '[records]\ntable = "calls"\n' + FIELDS)


def test_a_database_that_another_process_has_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_sqlite, "PATIENCE", 0.05)
    path = database(tmp_path, ("t1", "coder", "a"))
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UsageError, match="locked by another process"):
            sqlite(path, '[records]\ntable = "calls"\n' + FIELDS)
