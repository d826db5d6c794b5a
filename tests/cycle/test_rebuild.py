"""Registry, store and weights: whether they agree, and what of the store the registry can write again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from loop.cli.main import main
from loop.config import Settings
from loop.cycle.agreement import agreement
from loop.cycle.begin import begin_or_resume
from loop.cycle.promote import promote, rollback, settle
from loop.cycle.rebuild import rebuild
from loop.doctor import registry as doctor
from loop.errors import StoreError, UsageError
from loop.home import Home, open_home
from loop.registry.transaction import FOLDERS
from loop.store import schema
from tests.support.judged import STAGE, judged, spoil, trained
from tests.support.scripted_world import scripted_context

Capture = pytest.CaptureFixture[str]
TABLES = {
    "promotions": "*",
    "adapters": "*",
    "decisions": "* EXCLUDE created",  # the manifest is written a moment after the decision
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, tuple[str, str, str]]:
    """One adapter was promoted, one by force in its place, which was withdrawn again; one was refused."""
    home = open_home(tmp_path_factory.mktemp("world"))
    with scripted_context(home) as ctx:
        cycle = begin_or_resume(ctx, STAGE)
        assert cycle is not None
        one, two, three = (trained(ctx, n) for n in (1, 2, 3))
        assert settle(ctx, cycle, one, judged(ctx, cycle, one, better=True)) is not None
        refused = judged(ctx, cycle, three, better=False)
        assert settle(ctx, cycle, three, refused) is settle(ctx, cycle, three, refused) is None
        promote(ctx, two, force=True, reason="the audit is stale", decision=judged(ctx, None, two, better=False))
        rollback(ctx, reason="answers got slower")
    return home, (one, two, three)


@pytest.fixture
def home(world: tuple[Home, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A copy of that world."""
    home = Home(tmp_path / "state")
    shutil.copytree(world[0].root, home.root)
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    return home


@pytest.fixture
def served(world: tuple[Home, tuple[str, str, str]], home: Home) -> tuple[str, str, str]:
    """The three adapters."""
    return world[1]


def stored(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    with scripted_context(home).store.read() as connection:
        return {t: connection.execute(f"SELECT {c} FROM {t} ORDER BY ALL").fetchall() for t, c in TABLES.items()}


def said(capsys: Capture, *command: str, code: int = 0) -> Any:
    assert main([*command, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_lost_store_gets_back_what_the_registry_knows(
    home: Home, served: tuple[str, str, str], capsys: Capture
) -> None:
    before = stored(home)
    assert agreement(home) == [] and doctor.check(Settings(), home).ok
    home.store.unlink()
    planned = said(capsys, "db", "migrate", "--rebuild", "--dry-run")
    assert planned["rebuilt"] == {
        "promotions": {STAGE: 3}, "adapters": 3, "decisions": 3, "lost": 0, "dry_run": True,
    }  # fmt: skip
    assert {each["kind"] for each in planned["disagreements"]} == {"promotions", "adapter", "decision"}
    assert not home.store.exists()
    assert not doctor.check(Settings(), home).required  # the rows can be had again
    done = said(capsys, "db", "migrate", "--rebuild")
    assert done["rebuilt"] == {**planned["rebuilt"], "dry_run": False} and done["disagreements"] == []
    assert stored(home) == before
    assert rebuild(home).adapters == 0 and stored(home) == before
    assert main(["db", "migrate", "--rebuild"]) == 0
    assert "registry, store and weights agree" in capsys.readouterr().out


def test_what_the_registry_cannot_mend_is_named_and_ends_with_1(
    home: Home, served: tuple[str, str, str], capsys: Capture
) -> None:
    _, two, three = served
    with scripted_context(home).store.write() as connection:
        connection.execute("UPDATE promotions SET forced_reason = '' WHERE version = 'v2'")
    spoil(home, two)
    (home.adapters / three / "adapter.gguf").unlink()
    found = [(each.kind, each.stage, each.mendable) for each in agreement(home)]
    assert found == [
        ("weights", STAGE, False), ("alias", STAGE, False), ("alias", STAGE, False), ("promotions", STAGE, True),
    ]  # fmt: skip
    wrong = said(capsys, "db", "migrate", "--rebuild", code=1)["disagreements"]
    assert [each["kind"] for each in wrong] == ["weights", "alias", "alias"]
    assert "v2" in wrong[0]["what"] and "previous" in wrong[1]["what"] and "challenger" in wrong[2]["what"]
    told = doctor.check(Settings(), home)
    assert (told.ok, told.required) == (False, True) and "damaged" in told.detail and "2 more" in told.detail
    assert main(["db", "migrate", "--rebuild"]) == 1
    assert "WRONG: implementation v2" in capsys.readouterr().out


def test_promotions_are_not_deleted_for_want_of_a_registry(home: Home, served: tuple[str, str, str]) -> None:
    before = stored(home)
    home.registry.rename(home.root / "elsewhere")
    assert rebuild(home).lost == 3 and stored(home) == before
    assert [(each.kind, each.mendable) for each in agreement(home)] == [("registry", False)]


def test_a_manifest_that_says_too_little_gives_no_row(home: Home) -> None:
    with scripted_context(home) as ctx:
        ctx.registry.promote(STAGE, trained(ctx, 4), {"made": "by hand"})
    home.store.unlink()
    assert rebuild(home).adapters == 3
    assert [(each.kind, each.mendable) for each in agreement(home)] == [("adapter", False)]


def test_a_store_of_an_older_schema_is_not_upgraded_by_a_dry_run(
    home: Home, served: tuple[str, str, str], capsys: Capture
) -> None:
    with scripted_context(home).store.write() as connection:
        connection.execute("DELETE FROM schema_migrations WHERE version = ?", [schema.VERSION])
    assert said(capsys, "db", "migrate", "--dry-run")["found"] == schema.VERSION - 1
    assert main(["db", "migrate", "--rebuild", "--dry-run"]) == StoreError.exit_code


def test_the_aliases_are_names_of_adapters(home: Home, served: tuple[str, str, str]) -> None:
    one, two, three = served
    with scripted_context(home) as ctx:
        names = [ctx.resolve_adapter(name, STAGE) for name in ("champion", "previous", "challenger")]
        assert names == [one, two, three]
        assert ctx.find_adapter("challenger") == three and ctx.stage_of_adapter("previous") == STAGE
        for name in ("challenger", "previous"):
            with pytest.raises(UsageError, match="scope"):
                ctx.resolve_adapter(name, "scope")


def test_a_refused_challenger_is_committed_once(home: Home, served: tuple[str, str, str]) -> None:
    registry = scripted_context(home).registry
    changes = [c for c in registry.alias_history(STAGE) if c.alias == "challenger" and c.target]
    assert [(c.target, c.decision["outcome"]) for c in reversed(changes)] == [
        (served[0], "promote"), (served[2], "reject"),
    ]  # fmt: skip
    assert {path.name for path in home.registry.iterdir() if path.name != ".git"} == set(FOLDERS)


def test_log_tells_the_aliases_the_card_and_why(home: Home, served: tuple[str, str, str], capsys: Capture) -> None:
    one, _, three = served
    data = said(capsys, "log", "--aliases", "--stage", STAGE)
    assert data["aliases"] == {STAGE: {"champion": "v1", "previous": "v2", "challenger": three}}
    assert [(c["alias"], c["target"]) for c in data["history"]][-2:] == [("champion", "v1"), ("challenger", one)]
    assert said(capsys, "log", "--aliases", "--stage", "scope") == {"aliases": {}, "history": []}
    assert main(["log", "--aliases"]) == 0
    text = capsys.readouterr().out
    assert f"challenger {three[:12]}" in text and "FORCED: the audit is stale" in text and "answers got slower" in text
    card = said(capsys, "log", "--card", "v2")["card"]
    assert card == (home.registry / "cards" / STAGE / "v2.md").read_text()
    assert "FORCED against the gate**: the audit is stale" in card and "REJECT" in card and "d" * 64 in card
    assert main(["log", "--card", "v9"]) == main(["log", "--stage", STAGE]) == 2


def test_status_shows_that_what_serves_was_forced(home: Home, served: tuple[str, str, str], capsys: Capture) -> None:
    assert said(capsys, "status")["champion"][STAGE]["forced"] is None
    with scripted_context(home) as ctx:
        rollback(ctx, "v2")
    assert said(capsys, "status")["champion"][STAGE]["forced"] == "the audit is stale"
    assert main(["status"]) == 0
    assert "FORCED: the audit is stale" in capsys.readouterr().out


def test_a_dry_rollback_names_what_would_serve_and_refuses_what_the_real_one_does(
    home: Home, served: tuple[str, str, str], capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("loop.cycle.context.open_context", lambda settings, home, reporter=None: scripted_context(home))
    before = stored(home), said(capsys, "log", "--aliases")
    plan = said(capsys, "rollback", "--dry-run")
    assert (plan["from"], plan["to"], plan["dry_run"]) == ("v1", "base", True)
    assert said(capsys, "rollback", "--to", "v2", "--dry-run")["sha256"] == served[1]
    spoil(home, served[1])
    for refused in (["--to", "v2"], ["--to", "v1"], ["--to", "v9"]):
        code = main(["rollback", *refused, "--dry-run"])
        told = capsys.readouterr().err
        assert code and (main(["rollback", *refused]), capsys.readouterr().err) == (code, told)
    assert (stored(home), said(capsys, "log", "--aliases")) == before
    assert said(capsys, "rollback", "--reason", "an experiment")["version"] == "base"
    assert said(capsys, "log")["history"][0]["reason"] == "an experiment"
