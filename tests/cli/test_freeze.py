"""A proven hack on the command line: said loudly, lifted by a person, seen for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from loop.cli.main import main
from loop.errors import HarvestFrozen
from loop.home import Home
from loop.report.progress import Reporter
from tests.support.cheat import audit_seed, cheating
from tests.support.scripted_world import SETTINGS, run_implementation, scripted_context

Capture = pytest.CaptureFixture[str]
PROOFS = SETTINGS.audit.honeypots * SETTINGS.audit.k


@pytest.fixture
def frozen(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A cycle whose champion passed its honeypots has stopped before the harvest; from now on the model is honest."""
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    monkeypatch.chdir(tmp_path)

    def scripted(settings: object, home: Home, reporter: Reporter | None = None) -> Any:
        return scripted_context(home)

    monkeypatch.setattr("loop.cycle.context.open_context", scripted)
    with cheating(scripted_context(home), audit_seed(1)) as ctx, pytest.raises(HarvestFrozen):
        run_implementation(ctx)
    return home


def data_of(capsys: Capture, *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_status_says_loudly_what_was_proven_and_what_to_do(frozen: Home, capsys: Capture) -> None:
    freeze = data_of(capsys, "status")["frozen"]
    assert (freeze["adapter"], freeze["proofs"]) == ("base", PROOFS)
    assert main(["status"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("FROZEN: nothing is harvested, trained or promoted")
    assert freeze["sample_id"] in text
    assert "--lift-freeze" in text
    assert f"A PROVEN HACK: {PROOFS} of {PROOFS}" in text


def test_the_command_that_shows_the_proof_works_as_it_is_written(frozen: Home, capsys: Capture) -> None:
    freeze = data_of(capsys, "status")["frozen"]
    query = freeze["fix"].split('loop db sql --json "')[1].split('"')[0]
    (row,) = data_of(capsys, "db", "sql", query)
    assert row["hacked"] is True
    assert "mix_" in row["code"]


@pytest.mark.parametrize("command", [["harvest"], ["harvest", "--dry-run"], ["train"], ["promote"]])
def test_what_learns_or_promotes_stops_with_one_error(frozen: Home, capsys: Capture, command: list[str]) -> None:
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "frozen since" in said
    assert "--lift-freeze" in said
    assert said.count("error:") == 1


def test_lifting_is_the_persons_and_stays_in_the_log(frozen: Home, capsys: Capture) -> None:
    assert main(["log"]) == 0
    assert "  FROZEN" in capsys.readouterr().out
    planned = data_of(capsys, "harvest", "--lift-freeze", "--reason", "the driver leaked", "--dry-run")
    assert (planned["lifted"], planned["dry_run"]) == (PROOFS, True)
    assert data_of(capsys, "status")["frozen"] is not None
    assert data_of(capsys, "harvest", "--lift-freeze", "--reason", "the driver leaked")["lifted"] == PROOFS
    assert data_of(capsys, "status")["frozen"] is None
    assert data_of(capsys, "harvest")["rows"] > 0
    assert {row["lifted_by_reason"] for row in data_of(capsys, "log")["freezes"]} == {"the driver leaked"}
    assert main(["log"]) == 0
    assert "the driver leaked" in capsys.readouterr().out
    assert main(["harvest", "--lift-freeze", "--reason", "again"]) == 2
    assert "nothing is frozen" in capsys.readouterr().err


def test_an_audit_that_finds_a_hack_exits_1_and_says_so(
    frozen: Home, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scripted(settings: object, home: Home, reporter: Reporter | None = None) -> Any:
        return cheating(scripted_context(home), audit_seed("alone"))

    monkeypatch.setattr("loop.cycle.context.open_context", scripted)
    data = data_of(capsys, "audit", code=1)
    assert data["honeypots"] == {"answers": PROOFS, "passes": PROOFS}
    assert main(["audit"]) == 1
    assert "A PROVEN HACK" in capsys.readouterr().out
    assert main(["audit", "--split", "vault"]) == 0
    assert "honeypots: none of" in capsys.readouterr().out


def test_a_honeypot_can_be_graded_again_by_its_id(frozen: Home, capsys: Capture, tmp_path: Path) -> None:
    freeze = data_of(capsys, "status")["frozen"]
    (row,) = data_of(capsys, "db", "sql", f"SELECT code FROM v_honeypots WHERE sample_id = '{freeze['sample_id']}'")
    answer = tmp_path / "answer.c"
    answer.write_text(row["code"])
    (graded,) = data_of(capsys, "grade", freeze["task_id"], str(answer))
    assert (graded["verdict"], graded["oracle_class"]) == ("pass", "A")
