"""`loop taint` on the command line, and what `loop status` says until another adapter serves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loop.cli.main import main
from loop.home import Home
from loop.report.progress import Reporter
from tests.support.tainted_world import SMALL, World, scripted_context

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def here(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("LOOP_HOME", str(world.home.root))
    monkeypatch.chdir(tmp_path)

    def scripted(settings: object, home: Home, reporter: Reporter | None = None) -> Any:
        return scripted_context(home, settings=SMALL)

    monkeypatch.setattr("loop.cycle.context.open_context", scripted)
    return world


def data_of(capsys: Capture, *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_what_serves_and_learned_wrong_rows_is_tainted_until_another_serves(here: World, capsys: Capture) -> None:
    assert data_of(capsys, "status")["tainted"] == []
    oracle = here.oracle_of(here.blind)
    done = data_of(capsys, "taint", "--oracle", oracle[:16], "--reason", "it was blind", code=1)
    assert (done["subject"], done["samples"], done["wrong"]) == (oracle, 2, 1)
    assert done["in_service"][0]["adapter"] == here.outcome.adapter.sha256
    assert any("loop run --set run.stages=implementation" in line for line in done["advice"])
    (named,) = data_of(capsys, "status")["tainted"]
    assert named == {
        "stage": "implementation", "version": "v1", "adapter": here.outcome.adapter.sha256, "wrong_rows": 1,
        "taint": done["taint"],
    }  # fmt: skip
    assert main(["status"]) == 0
    assert capsys.readouterr().out.startswith("TAINTED: implementation v1 learned 1 wrong rows")
    assert main(["rollback", "-q"]) == 0
    capsys.readouterr()
    assert data_of(capsys, "status")["tainted"] == []
    assert main(["taint", "--oracle", oracle]) == 0  # nothing in service rests on it any more
    text = capsys.readouterr().out
    assert "1 rest on it, 1 are wrong now" in text
    assert "promotion implementation/v1 (the gate): rests on its rows" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "one of --oracle and --task is wanted"),
        (["--oracle", "abcd", "--task", "abcd"], "one of --oracle and --task is wanted"),
        (["--oracle", "abcd", "--exclude"], "--exclude goes with --task"),
    ],
)
def test_misuse_is_one_message(arguments: list[str], said: str, capsys: Capture) -> None:
    assert main(["taint", *arguments]) == 2
    assert said in capsys.readouterr().err
