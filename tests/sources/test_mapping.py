"""A mapping says which field is what; what it does not know how to say is refused, with the near word."""

import tomllib
from pathlib import Path

import pytest

from loop.errors import ConfigError
from loop.sources.formats import IMPORTERS, NAMES, importer
from loop.sources.importer import SOURCES, Defaults
from loop.sources.mapping import LogMapping, load_mapping, parse_mapping

FIELDS = '[fields]\ntask = "t"\ncompletion = "c"\n'


def parsed(text: str) -> LogMapping:
    return parse_mapping(tomllib.loads(text), "map.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[feilds]\n", "unknown key 'feilds'; did you mean 'fields'"),
        (FIELDS + "[records]\ntabel = 'calls'", r"\[records\]: unknown key 'tabel'; did you mean 'table'"),
        (FIELDS + 'stgae = "s"', r"\[fields\]: unknown key 'stgae'; did you mean 'stage'"),
        (FIELDS + "[constants]\nmodle = 'x'", "did you mean 'model'"),
        (FIELDS + "[values.stgae]\ncoder = 'scope'", "did you mean 'stage'"),
        ("[fields]\ntask = 't'\n", "does not say what the completion is"),
        (FIELDS + "[records]\ntable = 'a'\nquery = 'b'", "exclude each other"),
        (FIELDS + "stage = 3", "fields.stage must be text, not 3"),
        (FIELDS + "[values.stage]\ncoder = 1", "values.stage.coder must be text"),
        (FIELDS + "[values]\nstage = 'x'", "'values.stage' is a section"),
        (FIELDS + "[filter]\na = 1.5", "filter.a must be a value or a list"),
        (FIELDS + "[filter]\na = []", "filter.a must be a value or a list"),
        ("wrap = 'rust'\n" + FIELDS, "wrap is 'rust'"),
        ("fields = 1", "'fields' is a section, not a value"),
    ],
)
def test_what_is_not_known_or_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        parsed(text)
    assert "map.toml" in raised.value.message
    assert raised.value.fix


def test_what_is_said_is_read() -> None:
    found = parsed("wrap = 'c'\n" + FIELDS + "[values.stage]\ncoder = 'scope'\n[filter]\na = [1, true, 'x']\nb = 2")
    assert found.wrap == "c"
    assert found.values == {"stage": {"coder": "scope"}}
    assert found.filter == {"a": ("1", "true", "x"), "b": ("2",)}


def test_files_that_cannot_be_read_or_are_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_mapping(tmp_path / "absent.toml")
    (tmp_path / "broken.toml").write_text("[fields\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_mapping(tmp_path / "broken.toml")


def test_every_format_is_an_importer_with_a_source_that_the_store_knows() -> None:
    for name in IMPORTERS:
        wanted = {"teacher": None, "agent-sqlite": parsed(FIELDS + "[records]\ntable = 'x'")}
        made = importer(name, Defaults(), wanted.get(name, parsed(FIELDS)))
        assert made.source in SOURCES
        assert name in NAMES


def test_an_agents_log_is_of_the_kind_that_its_mapping_is_about() -> None:
    assert type(importer("agent", Defaults(), parsed(FIELDS))) is IMPORTERS["agent-jsonl"]
    table = parsed(FIELDS + "[records]\ntable = 'x'")
    assert type(importer("agent", Defaults(), table)) is IMPORTERS["agent-sqlite"]


@pytest.mark.parametrize(
    ("name", "mapping", "message"),
    [
        ("agent", None, "needs a mapping"),
        ("agent-sqlite", None, "needs a mapping"),
        ("agent-sqlite", FIELDS, "does not say where in the database"),
        ("agent-jsonl", FIELDS + "[records]\ntable = 'x'", "are of databases"),
        ("teacher", FIELDS, "needs no mapping"),
    ],
)
def test_a_mapping_that_is_missing_or_of_something_else(name: str, mapping: str | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        importer(name, Defaults(), parsed(mapping) if mapping else None)
