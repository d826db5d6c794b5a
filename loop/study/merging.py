"""The base that changes: a champion merged into it, and a pool that the next base inherits. For studies alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loop.cycle.records import BASE
from loop.models.merge import merge_adapter
from loop.store import ask, write
from loop.store.db import Store

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.home import Home
    from loop.stage_names import StageName

INHERITED = "inherited"
POOL = {
    "prompts": "SELECT * FROM prompts",
    "tasks": "SELECT * FROM tasks",
    "cycles": "SELECT * FROM cycles",
    "samples": "SELECT * FROM samples WHERE purpose = 'practice'",
    "verdicts": "SELECT v.* FROM verdicts v JOIN samples s ON s.id = v.sample_id WHERE s.purpose = 'practice'",
}


def merge_champion(ctx: Context, stage: StageName, out: Path) -> Path:
    """The stage's base with its champion merged in, written to `out`; the base itself where nothing was promoted."""
    champion = ctx.champion(stage)
    base = ctx.base(stage).hf_dir
    if champion == BASE:
        return base
    return out if out.exists() else merge_adapter(base, ctx.home.adapters / champion, out)


def inherit(ctx: Context, before: Home, stage: StageName, number: int) -> None:
    """Gives this home the practice of the one before it, as if its own base had been practised with.

    The harvest takes samples of its own base alone; what is studied here is the base, not the pool, so the pool stays
    the same. The cycle that comes is `number`: the ones before it stand here as inherited.
    """
    with Store(before.store).read() as connection:
        found = {table: ask.rows(connection, query) for table, query in POOL.items()}
    base = ctx.base(stage).sha256
    found["samples"] = [{**row, "base_sha256": base} for row in found["samples"]]
    found["cycles"] = [{**row, "state": INHERITED} for row in found["cycles"] if row["number"] < number]
    with ctx.store.write() as connection:
        for table, rows in found.items():
            write.insert(connection, table, rows)
