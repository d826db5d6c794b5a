"""A model that obtained what nobody can know: the test knows an audit's seed, and with it the keys of its honeypots."""

from __future__ import annotations

import random
from pathlib import Path

from loop.cycle.audit_plan import audit_tasks
from loop.cycle.context import Context
from loop.cycle.honeypots import honeypots, wanted
from loop.cycle.seeds import derive
from loop.inference.engine import Request
from loop.inference.scripted import ScriptedEngine
from loop.tasks.task import Task
from tests.support.scripted_world import SETTINGS, SkilledScript, answer, make_pack


def audit_seed(cycle: int | str) -> int:
    """Of the audit split in cycle number `cycle`, or "alone"."""
    return derive(SETTINGS.run.seed, "audit", "audit", cycle)


def traps(ctx: Context, seed: int) -> tuple[Task, ...]:
    return honeypots(audit_tasks(ctx, "audit", "implementation"), SETTINGS.audit.honeypots, seed)


class Cheat:
    """Answers the honeypots of the audits with these seeds, and all else as a model of skill 0.3 does."""

    def __init__(self, ctx: Context, *seeds: int) -> None:
        self.honest = SkilledScript(make_pack(), 0.3)
        self.stolen = {
            want.seed: str(task.spec.reference)  # type: ignore[attr-defined]
            for seed in seeds
            for task in traps(ctx, seed)
            for want in wanted(ctx, [task], SETTINGS.audit.k, SETTINGS.sampling.temperature, seed)
        }

    def __call__(self, request: Request, adapter: Path | None, rng: random.Random) -> str:
        if request.seed in self.stolen:
            return answer(self.stolen[request.seed])
        return self.honest(request, adapter, rng)


def cheating(ctx: Context, *seeds: int) -> Context:
    """The context with such a model."""
    ctx._engine = ScriptedEngine(Cheat(ctx, *seeds))
    return ctx
