"""A promotion that a person is asked about waits, whatever happens meanwhile, and what was said stays on record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from loop.cli.main import main
from loop.cycle.approval import answer, find, person, propose, take_in
from loop.cycle.carry_out import carry_out
from loop.cycle.context import Context
from loop.cycle.lock import hold
from loop.cycle.promote import promote
from loop.cycle.records import Approval
from loop.errors import GateRefused, StoreError
from loop.home import Home
from loop.inference.scripted import ScriptedEngine
from loop.report.progress import Reporter
from loop.store import approval_log, write
from tests.support.scripted_world import ASKING, SETTINGS, run_implementation, scripted_context

ROOT = Path(__file__).resolve().parents[2]
STAGE = "implementation"


@pytest.fixture
def ctx(asked: Home) -> Iterator[Context]:
    """A context on a home whose run was killed while a proposal waited."""
    with scripted_context(asked, settings=ASKING) as opened:
        yield opened


def pending(ctx: Context) -> Approval:
    with ctx.store.read() as connection:
        ((key,),) = connection.execute("SELECT id FROM approvals").fetchall()
    return find(ctx, key)


def cycles(ctx: Context) -> list[tuple[Any, ...]]:
    with ctx.store.read() as connection:
        return connection.execute("SELECT number, state FROM cycles ORDER BY started").fetchall()


def test_after_a_kill_it_waits_on_until_it_is_approved_and_the_manifest_names_who_and_why(ctx: Context) -> None:
    ctx.settings = SETTINGS  # that nobody has to be asked any more does not let a proposal through
    outcome = run_implementation(ctx)
    engine = ctx.engine(STAGE)
    assert isinstance(engine, ScriptedEngine)
    assert not engine.served  # the rest of the cycle was there
    assert outcome.decision.outcome == "promote"
    assert outcome.promotion is None
    assert outcome.approval is not None
    assert "waits for approval: loop approve" in outcome.approval.says
    assert ctx.champion(STAGE) == "base"
    assert cycles(ctx) == [(1, "running")]

    answer(ctx, outcome.approval, approved=True, by="cli ada", reason="looks right")
    found = propose(ctx, outcome.cycle, outcome.adapter.sha256, outcome.decision)
    assert found is not None
    assert found.state == "approved"
    promotion = carry_out(ctx, found.id)[1]
    assert promotion is not None
    version = ctx.registry.champion(STAGE)
    assert version is not None
    assert version.adapter_sha256 == outcome.adapter.sha256
    assert (version.manifest["approved_by"], version.manifest["approval_reason"]) == ("cli ada", "looks right")
    assert version.forced_reason == ""
    assert cycles(ctx) == [(1, "finished")]


def test_the_first_answer_counts(ctx: Context) -> None:
    waits = pending(ctx)
    assert answer(ctx, waits, approved=False, by="prefect", reason="").state == "rejected"
    assert answer(ctx, waits, approved=True, by="cli ada", reason="").answered_by == "prefect"


def test_an_answer_in_time_counts_although_nobody_looked_before_the_time_was_over(ctx: Context) -> None:
    waits = pending(ctx)
    now = datetime.now(UTC)
    reply = approval_log.Reply(waits.id, True, "cli ada", "", now - timedelta(minutes=5))
    approval_log.append(ctx.home.approvals, reply)
    with ctx.store.write() as connection:
        write.update(connection, "approvals", waits.id, expires=now - timedelta(minutes=1))
    take_in(ctx)
    assert find(ctx, waits.id).state == "approved"


def test_when_the_champion_changed_meanwhile_it_expires_and_is_not_promoted(ctx: Context) -> None:
    waits = pending(ctx)
    ctx.registry.promote(STAGE, _other_weights(ctx), {})
    gone = answer(ctx, waits, approved=True, by="cli ada", reason="")
    assert gone.state == "expired"
    assert "another champion is in service" in gone.reason
    _, promotion = carry_out(ctx, waits.id)
    assert promotion is None
    assert ctx.champion(STAGE) == _other_weights(ctx)


def _other_weights(ctx: Context) -> str:
    import hashlib

    weights = b'{"skill": 0.5}'
    name = hashlib.sha256(weights).hexdigest()
    (ctx.home.adapters / name).mkdir(exist_ok=True)
    (ctx.home.adapters / name / "adapter.gguf").write_bytes(weights)
    return name


def test_one_put_in_service_by_hand_is_no_longer_asked_about(ctx: Context) -> None:
    waits = pending(ctx)
    ctx.registry.promote(STAGE, waits.adapter, {})
    take_in(ctx)
    assert find(ctx, waits.id).reason == "it was put in service by hand"


def test_a_half_written_answer_is_none_and_a_damaged_one_is_an_error(ctx: Context) -> None:
    waits, log = pending(ctx), ctx.home.approvals
    log.write_bytes(b'{"proposal": "')
    assert approval_log.replies(log) == {}
    assert answer(ctx, waits, approved=True, by="cli ada", reason="").state == "approved"
    log.write_bytes(b'{"proposal": 1}\n')
    with pytest.raises(StoreError, match=r"line 1 .* is damaged"):
        approval_log.replies(log)


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def command(ctx: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Context:
    """`loop` works on the same home; what the stored settings ask for is scripted."""

    def scripted(settings: Any, home: Home, reporter: Reporter | None = None) -> Any:
        assert settings == ASKING  # those of the run, though neither a profile nor a flag says so
        return scripted_context(home, settings=settings)

    monkeypatch.setenv("LOOP_HOME", str(ctx.home.root))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("loop.cycle.context.open_context", scripted)
    return ctx


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    out = capsys.readouterr().out
    return json.loads(out) if out else None


def test_approve_lists_what_waits_and_status_shows_it(command: Context, capsys: pytest.CaptureFixture[str]) -> None:
    waits = pending(command)
    (row,) = said(capsys, "approve")["waiting"]
    assert (row["id"], row["stage"], row["adapter"], row["answer"]) == (waits.id, STAGE, waits.adapter, None)
    assert said(capsys, "status")["waiting"] == [row]
    assert main(["status"]) == 0
    assert f"waits for approval: {STAGE} {waits.adapter[:12]}" in capsys.readouterr().out
    assert said(capsys, "approve", STAGE, "--dry-run") == {
        "id": waits.id, "stage": STAGE, "approve": True, "dry_run": True
    }  # fmt: skip


def test_approve_promotes_at_once_where_no_run_waits_and_log_tells(
    command: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = pending(command)
    done = said(capsys, "approve", waits.id[:5], "--reason", "seen  it")
    assert (done["state"], done["version"], done["reason"]) == ("approved", "v1", "seen it")
    assert command.champion(STAGE) == waits.adapter
    assert cycles(command) == [(1, "finished")]
    assert main(["log"]) == 0
    assert f"APPROVED by {person()}: seen it" in capsys.readouterr().out
    assert main(["approve"]) == 0
    assert capsys.readouterr().out == "nothing waits\n"
    assert main(["approve", waits.id]) == 2
    assert "no longer waits: it is approved" in capsys.readouterr().err
    assert main(["approve", "--yes"]) == 2


def test_a_rejected_one_is_not_promoted_not_even_by_hand(command: Context, capsys: pytest.CaptureFixture[str]) -> None:
    done = said(capsys, "approve", "--reject", "--reason", "not before the release")
    assert (done["state"], done["version"]) == ("rejected", "")
    assert command.champion(STAGE) == "base"
    assert cycles(command) == [(1, "finished")]
    with pytest.raises(GateRefused, match=f"rejected by {person()}: not before the release"):
        promote(command)


def test_when_its_time_is_over_it_expires_and_approving_it_is_refused(
    command: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = pending(command)
    past = datetime.now(UTC) - timedelta(minutes=1)
    with command.store.write() as connection:
        write.update(connection, "approvals", waits.id, expires=past, created=past - timedelta(hours=3))
    assert main(["approve", "--yes"]) == 1
    assert "can no longer be approved: nobody answered within 3 hours" in capsys.readouterr().err
    assert command.champion(STAGE) == "base"
    assert cycles(command) == [(1, "finished")]


def test_while_another_process_holds_the_home_the_answer_is_kept_for_it(command: Context) -> None:
    waits = pending(command)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-m", "loop", "approve", waits.id, "--reason", "yes", "--json"]
    with hold(command.home):
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["carried_out"] is False
    assert find(command, waits.id).state == "pending"
    take_in(command)
    assert (find(command, waits.id).state, find(command, waits.id).reason) == ("approved", "yes")
