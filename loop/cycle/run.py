"""The whole cycle, and how an unfinished one goes on.

Each step finds by itself what is there already, so going on is doing the steps again: finished audits and graded
samples are read from the store, the dataset comes out the same, an adapter trained on it is taken as it is.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loop.cycle.audit import audit
from loop.cycle.harvest import harvest
from loop.cycle.judge import judge
from loop.cycle.lock import hold
from loop.cycle.practice import practice
from loop.cycle.promote import promote
from loop.cycle.records import Cycle, CycleOutcome, Promotion
from loop.cycle.times import times
from loop.cycle.train import train
from loop.store import ask, write
from loop.store.projection import rebuild_promotions

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.gate.decision import Decision


def run_cycle(ctx: Context) -> CycleOutcome:
    """Begins a cycle, or goes on with the unfinished one, to its end.

    Raises what the steps raise; everything that was complete by then is kept, and the next call goes on from there.
    """
    with hold(ctx.home):
        cycle = begin_or_resume(ctx)
        before = audit(ctx, cycle.champion, cycle=cycle)
        practised = practice(ctx, cycle)
        dataset = harvest(ctx, cycle)
        adapter = train(ctx, cycle, dataset)
        after = audit(ctx, adapter.sha256, cycle=cycle)
        decision = judge(ctx, cycle, before, after)
        promotion = settle(ctx, cycle, adapter.sha256, decision)
        cycle = finish(ctx, cycle, decision)
    return CycleOutcome(
        cycle=cycle,
        champion=before,
        practice=practised,
        dataset=dataset,
        adapter=adapter,
        challenger=after,
        decision=decision,
        promotion=promotion,
        times=times(ctx, cycle.id),
    )


def begin_or_resume(ctx: Context) -> Cycle:
    """The unfinished cycle of these settings and this champion, or a new one.

    An unfinished cycle of other settings, or whose champion was replaced meanwhile, is abandoned: its samples stay in
    the pool, its audits in the store.
    """
    ctx.began, ctx.accounted = time.monotonic(), 0.0
    with hold(ctx.home):
        ctx.journal.replay(ctx.store)
        champion, settings = ctx.champion(), ctx.settings_sha256
        with ctx.store.read() as connection:
            unfinished = ask.rows(connection, "SELECT * FROM cycles WHERE state = 'running' ORDER BY number DESC")
            newest = ask.rows(connection, "SELECT coalesce(max(number), 0) AS number FROM cycles")
        ours = [row for row in unfinished if not _obstacle(row, champion, settings)][:1]
        for row in unfinished:
            if row not in ours:
                why = _obstacle(row, champion, settings) or "a later cycle is unfinished too"
                ctx.reporter.say(f"cycle {row['number']} is left unfinished: {why}")
                _set(ctx, row["id"], state="abandoned", reason=why, finished=True)
        if ours:
            cycle = _cycle(ours[0], resumed=True)
            ctx.reporter.say(f"going on with cycle {cycle.number} after step '{cycle.step}'")
            return cycle
        return _begin(ctx, int(newest[0]["number"]) + 1, champion, settings)


def settle(ctx: Context, cycle: Cycle, adapter: str, decision: Decision) -> Promotion | None:
    """Promotes if the decision says so, None if not. Finds a promotion that a killed run had just committed."""
    if decision.outcome != "promote":
        ctx.reporter.say(f"not promoted ({decision.outcome}): {'; '.join(decision.reasons)}")
        return None
    if ctx.champion() == adapter:
        rebuild_promotions(ctx.store, ctx.registry, ctx.stage)
        version = ctx.registry.champion(ctx.stage)
        assert version is not None  # it is `adapter`
        return Promotion(ctx.stage, adapter, cycle.champion, version.version, version.commit, decision)
    return promote(ctx, adapter, cycle=cycle, decision=decision)


def finish(ctx: Context, cycle: Cycle, decision: Decision) -> Cycle:
    """Closes the cycle, and accounts for the time between its steps."""
    between = time.monotonic() - ctx.began - ctx.accounted
    with hold(ctx.home):
        with ctx.store.write() as connection:
            write.add_times(connection, cycle.id, "between-steps", {"other": max(0.0, between)})
        _set(ctx, cycle.id, state="finished", reason=decision.outcome, finished=True)
    with ctx.store.read() as connection:
        row = ask.rows(connection, "SELECT * FROM cycles WHERE id = ?", [cycle.id])[0]
    return replace(_cycle(row, resumed=cycle.resumed))


def _begin(ctx: Context, number: int, champion: str, settings: str) -> Cycle:
    run = {
        "id": settings[:16], "settings_sha256": settings, "profile": ctx.settings.profile, "base": ctx.base.name,
        "base_sha256": ctx.base.sha256, "pack": ctx.pack.name, "pack_sha256": ctx.pack.sha256,
        "seed": ctx.settings.run.seed, "settings": ctx.settings_json(),
    }  # fmt: skip
    row = {
        "id": f"c{number:04d}", "number": number, "seed": ctx.settings.run.seed, "settings_sha256": settings,
        "state": "running", "step": "begin", "champion": champion, "dataset": "", "challenger": "",
    }  # fmt: skip
    with ctx.store.write() as connection:
        write.insert(connection, "runs", [run])
        write.insert(connection, "cycles", [row])
    return _cycle(row, resumed=False)


def _obstacle(row: dict[str, Any], champion: str, settings: str) -> str:
    """Why an unfinished cycle cannot go on; "" when it can."""
    if row["settings_sha256"] != settings:
        return "it was begun under other settings, model or pack"
    if champion != row["champion"] and not (row["challenger"] and champion == row["challenger"]):
        return "another champion is in service now"
    return ""


def _set(ctx: Context, cycle_id: str, **values: Any) -> None:
    with ctx.store.write() as connection:
        write.update(connection, "cycles", cycle_id, **values)


def _cycle(row: dict[str, Any], *, resumed: bool) -> Cycle:
    return Cycle(
        id=row["id"],
        number=row["number"],
        seed=row["seed"],
        settings_sha256=row["settings_sha256"],
        champion=row["champion"],
        state=row["state"],
        step=row["step"],
        dataset=row["dataset"],
        challenger=row["challenger"],
        resumed=resumed,
    )
