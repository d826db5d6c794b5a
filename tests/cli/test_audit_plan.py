from __future__ import annotations

import json
from pathlib import Path

import pytest

from loop.cli.main import main
from loop.tasks import pack as packs
from tests.support.scripted_world import make_pack


def test_a_plan_shows_what_audits_could_show_before_anything_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOP_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(packs._loaded, "kata", make_pack())
    assert main(["audit", "--plan", "--stage", "implementation", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["plan"]["implementation"]
    assert (found["measured"], found["attempts_left"], found["alpha"]) == (False, 20, pytest.approx(0.0025))
    assert {choice["families"] for choice in found["choices"]} == {7}
    assert main(["audit", "--plan", "--stage", "implementation"]) == 0
    assert "nothing measured yet" in capsys.readouterr().out
