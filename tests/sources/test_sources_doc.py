"""docs/sources.md: its examples are read from the page and do what the page says."""

import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

from loop.cycle.bring_in import REASONS
from loop.sources import teacher
from loop.sources.formats import importer
from loop.sources.importer import Defaults, Imported, Skipped
from loop.sources.mapping import FIELDS, parse_mapping
from loop.store.db import Store

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text()
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def blocks(section: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)


def test_the_teachers_lines_are_completions(tmp_path: Path) -> None:
    (text,) = blocks("A teacher's file", "jsonl")
    (tmp_path / "teacher.jsonl").write_text(text)
    found = list(importer("teacher", Defaults(), None).read(tmp_path / "teacher.jsonl"))
    assert [one.stage for one in found if isinstance(one, Imported)] == [
        "implementation", "implementation", "scope", "planning",
    ]  # fmt: skip
    assert len(found) == len(text.splitlines())


def test_the_keys_of_a_teachers_file_are_all_explained() -> None:
    rows = re.findall(r"^\| (`.*?) \|", SECTIONS["A teacher's file"], re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted((*teacher.KEYS, *teacher.IGNORED))


def test_the_mapping_of_json_lines_takes_what_it_says(tmp_path: Path) -> None:
    (toml,), (text,) = (blocks("An agent's log in JSON Lines", language) for language in ("toml", "jsonl"))
    (tmp_path / "log.jsonl").write_text(text)
    found = list(importer("agent", Defaults(), parse_mapping(tomllib.loads(toml), "map")).read(tmp_path / "log.jsonl"))
    assert found == [
        Imported("77ab01cd", "scope", "yes", "my-agent", item="src/ring.c", where="line 1, record 1"),
        Imported("77ab01cd", "scope", "no", "my-agent", item="README.md", where="line 1, record 2"),
        Skipped("filtered", "role is none of: file_filter", "line 1, record 3"),
    ]
    assert {f"`{name}`" for name in FIELDS} <= set(re.findall(r"`\w+`", SECTIONS["An agent's log in JSON Lines"]))


def test_the_mapping_of_a_database_takes_what_it_says(tmp_path: Path) -> None:
    (toml,), (sql,) = (blocks("An agent's log in SQLite", language) for language in ("toml", "sql"))
    with closing(sqlite3.connect(tmp_path / "log.db")) as database:
        database.executescript(sql)
    found = list(importer("agent", Defaults(), parse_mapping(tomllib.loads(toml), "map")).read(tmp_path / "log.db"))
    fenced = "```c\nint f(int x) { return x + 2; }\n```"
    prompt = "Write int f(int x) that returns x + 2."
    assert found == [Imported(prompt, "implementation", fenced, "my-agent", where="row 1")]


def test_the_queries_that_count_sources_run(tmp_path: Path) -> None:
    queries = blocks("Strong to weak", "sql")
    assert len(queries) == 2
    with Store(tmp_path / "absent.duckdb").read() as connection:
        for query in queries:
            connection.execute(query)


def test_every_reason_for_leaving_a_record_out_is_explained() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE.split("## A teacher's file")[0], re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(rows)) == list(REASONS)
