"""One cycle whose oracle was blind to a practice task and an audit task, and what serves since then."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from loop.cycle.begin import begin_or_resume
from loop.cycle.practice import practice_tasks
from loop.cycle.records import StageOutcome
from loop.home import Home
from loop.store.db import Store
from loop.tasks.task import Task
from tests.support.scripted_world import SETTINGS, make_pack, run_implementation, scripted_context
from tests.support.wrong_oracle import lenient

SMALL = replace(SETTINGS, audit=replace(SETTINGS.audit, k=1, honeypots=0))


@dataclass(frozen=True)
class World:
    """A home after one cycle. blind: the practice task whose wrong answers passed; blind_audit: the audit task."""

    home: Home
    outcome: StageOutcome
    blind: Task
    blind_audit: Task

    def copied(self, to: Path) -> World:
        """The same in another place, to be changed."""
        shutil.copytree(self.home.root, to, symlinks=True)
        return replace(self, home=Home(to))

    def ask(self, query: str, *arguments: object) -> list[tuple[object, ...]]:
        with Store(self.home.store).read() as connection:
            return connection.execute(query, list(arguments)).fetchall()

    def oracle_of(self, task: Task) -> str:
        (found,) = self.ask(
            "SELECT DISTINCT v.oracle FROM samples s JOIN verdicts v ON v.sample_id = s.id"
            " WHERE s.task_id = ? AND s.code IS NOT NULL",
            task.id,
        )
        return str(found[0])


def make_world(home: Home) -> World:
    """Its first cycle promotes an adapter."""
    audit_task = make_pack().split("audit")[0]
    with scripted_context(home, settings=SMALL, base_skill=0.4) as ctx:
        cycle = begin_or_resume(ctx)
        assert cycle is not None
        task = practice_tasks(ctx, cycle)[0]
        with lenient(task, audit_task):
            outcome = run_implementation(ctx)
    assert outcome.promotion is not None
    return World(home, outcome, task, audit_task)
