"""A stage's share of a cycle: begun, gone on with, finished. Rows of `cycles` say how far it is.

Each step finds by itself what is there already, so going on is doing the steps again: finished audits and graded
samples are read from the store, the dataset comes out the same, an adapter trained on it is taken as it is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from loop.cycle.lock import hold
from loop.cycle.records import Cycle
from loop.errors import UsageError
from loop.store import ask, write
from loop.store.projection import catch_up

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.gate.decision import Decision
    from loop.stage_names import StageName


def cycle_number(ctx: Context) -> int:
    """The number of the cycle to work on: the last one while a stage of it is open under these settings, else the next.

    What is unfinished under other settings is abandoned: its samples stay in the pool, its audits in the store.
    """
    with hold(ctx.home):
        ctx.journal.replay(ctx.store)
        catch_up(ctx.store, ctx.registry)
        with ctx.store.read() as connection:
            rows = ask.rows(
                connection,
                "SELECT * FROM cycles WHERE number = (SELECT max(number) FROM cycles) OR state = 'running'",
            )
        settings = ctx.settings_sha256
        for row in rows:
            if row["state"] == "running" and row["settings_sha256"] != settings:
                _abandon(ctx, row, "it was begun under other settings, model or pack")
        last = max((row["number"] for row in rows), default=0)
        ours = [row for row in rows if row["number"] == last and row["settings_sha256"] == settings]
        closed = {row["stage"] for row in ours if row["state"] in ("finished", "failed")}
        return last if ours and not closed.issuperset(ctx.stages) else last + 1


def begin_or_resume(ctx: Context, stage: StageName = "implementation", number: int | None = None) -> Cycle | None:
    """The stage's share of cycle `number` (default: `cycle_number`): gone on with, or begun; None when it is complete.

    An unfinished one whose champion was replaced meanwhile is abandoned and begun anew.
    """
    start_clock(ctx)
    with hold(ctx.home):
        number = cycle_number(ctx) if number is None else number
        champion, settings = ctx.champion(stage), ctx.settings_sha256
        with ctx.store.read() as connection:
            rows = ask.rows(connection, "SELECT * FROM cycles WHERE stage = ? AND number = ?", [stage, number])
        for row in rows:
            if row["state"] in ("finished", "failed") and row["settings_sha256"] == settings:
                return None
            if row["state"] != "running":
                continue
            if not _replaced(row, champion):
                cycle = _cycle(row, resumed=True)
                ctx.reporter.say(f"going on with cycle {number}, {stage}, after step '{cycle.step}'")
                return cycle
            _abandon(ctx, row, "another champion is in service now")
        return _begin(ctx, stage, number, champion, settings, attempt=len(rows))


def cycle_of(ctx: Context, cycle_id: str | None) -> Cycle | None:
    """A stage's share of a cycle as the store has it; None for None. Raises KeyError when it is not there."""
    if cycle_id is None:
        return None
    with ctx.store.read() as connection:
        rows = ask.rows(connection, "SELECT * FROM cycles WHERE id = ?", [cycle_id])
    if not rows:
        raise KeyError(cycle_id)
    return _cycle(rows[0], resumed=True)


def opened(cycle: Cycle | None) -> Cycle:
    """The cycle, which `begin_or_resume` without a number always has. (A stage that is complete closes its number only
    when all are, so that asking for one stage alone may find nothing to do.) Raises UsageError then."""
    if cycle is None:
        raise UsageError("this stage's share of the cycle is complete", fix="finish the others with `loop run`")
    return cycle


def finish(ctx: Context, cycle: Cycle, decision: Decision) -> Cycle:
    """Closes the stage's share of the cycle, and accounts for the time between its steps."""
    with hold(ctx.home):
        account(ctx, cycle)
        _set(ctx, cycle.id, state="finished", reason=decision.outcome, finished=True)
    return stored(ctx, cycle.id, resumed=cycle.resumed)


def start_clock(ctx: Context) -> None:
    """The time between steps is counted from here: what was before was no work."""
    ctx.began, ctx.accounted = time.monotonic(), 0.0


def account(ctx: Context, cycle: Cycle) -> None:
    """Adds the time between the cycle's steps so far; the clock starts anew."""
    between = time.monotonic() - ctx.began - ctx.accounted
    with ctx.store.write() as connection:
        write.add_times(connection, cycle.id, "between-steps", {"other": max(0.0, between)})
    start_clock(ctx)


def stored(ctx: Context, cycle_id: str, *, resumed: bool = True) -> Cycle:
    """A cycle as the store has it."""
    with ctx.store.read() as connection:
        row = ask.rows(connection, "SELECT * FROM cycles WHERE id = ?", [cycle_id])[0]
    return _cycle(row, resumed=resumed)


def _begin(ctx: Context, stage: StageName, number: int, champion: str, settings: str, *, attempt: int) -> Cycle:
    base = ctx.base(stage)
    run = {
        "id": settings[:16], "settings_sha256": settings, "profile": ctx.settings.profile, "base": base.name,
        "base_sha256": base.sha256, "pack": ctx.pack.name, "pack_sha256": ctx.pack.sha256,
        "seed": ctx.settings.run.seed, "settings": ctx.settings_json(),
    }  # fmt: skip
    again = f"-{attempt + 1}" if attempt else ""
    row = {
        "id": f"c{number:04d}-{stage}{again}", "number": number, "stage": stage, "seed": ctx.settings.run.seed,
        "settings_sha256": settings, "state": "running", "step": "begin", "champion": champion, "dataset": "",
        "challenger": "",
    }  # fmt: skip
    with ctx.store.write() as connection:
        write.insert(connection, "runs", [run])
        write.insert(connection, "cycles", [row])
    return _cycle(row, resumed=False)


def _replaced(row: dict[str, Any], champion: str) -> bool:
    """Whether another champion serves now than when the cycle began, and not the cycle's own challenger."""
    return champion != row["champion"] and not (row["challenger"] and champion == row["challenger"])


def _abandon(ctx: Context, row: dict[str, Any], why: str) -> None:
    ctx.reporter.say(f"cycle {row['number']}, {row['stage']}, is left unfinished: {why}")
    _set(ctx, row["id"], state="abandoned", reason=why, finished=True)


def _set(ctx: Context, cycle_id: str, **values: Any) -> None:
    with ctx.store.write() as connection:
        write.update(connection, "cycles", cycle_id, **values)


def _cycle(row: dict[str, Any], *, resumed: bool) -> Cycle:
    return Cycle(
        id=row["id"],
        number=row["number"],
        stage=row["stage"],
        seed=row["seed"],
        settings_sha256=row["settings_sha256"],
        champion=row["champion"],
        state=row["state"],
        step=row["step"],
        dataset=row["dataset"],
        challenger=row["challenger"],
        resumed=resumed,
    )
