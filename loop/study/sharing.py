"""What every arm does alike is done once: the base's audits and its first practice, which no way of learning changes.

They follow from base, tasks, decoding and seed, as their ids say, so an arm finds them in its store as if it had been
stopped behind them. Their time is added to the arm's own.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.cycle.records import BASE
from loop.home import Home
from loop.store import ask, write
from loop.store.db import Store

if TYPE_CHECKING:
    from loop.config import Settings
    from loop.cycle.context import Context

SHARED = "shared.json"  # beside an arm's homes: what it was given, and the seconds that took
LEARNING = ("harvest", "train", "dpo", "grpo")  # sections in which arms may differ
FIRST = f"(adapter = '{BASE}' AND (purpose <> 'practice' OR cycle_id IN (SELECT id FROM cycles WHERE number = 1)))"
ROWS = {
    "prompts": "SELECT * FROM prompts",
    "tasks": "SELECT * FROM tasks",
    "samples": f"SELECT * FROM samples WHERE {FIRST}",
    "verdicts": f"SELECT v.* FROM verdicts v JOIN (SELECT id FROM samples WHERE {FIRST}) s ON s.id = v.sample_id",
    "audits": f"SELECT * FROM audits WHERE adapter = '{BASE}' AND state = 'finished'",
}
SECONDS = """
SELECT coalesce(sum(t.seconds), 0) AS seconds FROM step_times t JOIN cycles c ON c.id = t.cycle_id
WHERE c.number = 1 AND t.step IN ('audit-champion', 'practice')
"""


def share_start(ctx: Context, place: Path, donors: list[Path]) -> None:
    """Gives an empty home what the first donor that began alike has, and notes the seconds in `place`/shared.json.

    donors: homes of complete arms of the same seed that were given nothing themselves.
    """
    note = place / SHARED
    if note.exists() or _begun(ctx):
        return
    for donor in donors:
        with Store(Home(donor).store).read() as connection:
            runs = ask.rows(connection, "SELECT settings FROM runs ORDER BY started LIMIT 1")
            if not runs or not _alike(ask.stored_json(runs[0]["settings"]), ctx.settings):
                continue
            found = {table: ask.rows(connection, query) for table, query in ROWS.items()}
            seconds = ask.rows(connection, SECONDS)[0]["seconds"]
        with ctx.store.write() as connection:
            for table, rows in found.items():
                write.insert(connection, table, rows)
        note.write_text(json.dumps({"seconds": seconds}) + "\n", encoding="utf-8")
        return


def shared_seconds(place: Path) -> float:
    """What the arm was given took so long."""
    note = place / SHARED
    return float(json.loads(note.read_text(encoding="utf-8"))["seconds"]) if note.exists() else 0.0


def _begun(ctx: Context) -> bool:
    with ctx.store.read() as connection:
        return bool(connection.execute("SELECT count(*) FROM samples").fetchall()[0][0])


def _alike(stored: dict[str, Any], settings: Settings) -> bool:
    """Whether two runs differ in nothing but how they learn."""
    ours = json.loads(json.dumps(dataclasses.asdict(settings)))
    return all(stored.get(name) == value for name, value in ours.items() if name not in LEARNING)
