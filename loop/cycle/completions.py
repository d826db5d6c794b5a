"""Completions as a cycle's practice draws them, kept in files: what a benchmark grades, and can grade again.

Nothing of this enters the store. A stretch is what the practice of one cycle would sample: the same functions, as many
completions of each, the same decoding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loop.cycle.calls import stage_calls
from loop.cycle.practice import practice_tasks
from loop.cycle.records import Cycle
from loop.cycle.seeds import derive, digest
from loop.cycle.wanted import request_of, wanted_seed
from loop.pipeline.stages import stage_of
from loop.stage_names import StageName
from loop.tasks.task import Task

if TYPE_CHECKING:
    from loop.cycle.context import Context

STAGE: StageName = "implementation"


@dataclass(frozen=True)
class Drawn:
    """One completion: the `index`-th of a task. code: C, or edits as text; None for a format error."""

    task: Task
    index: int
    code: str | None

    @property
    def id(self) -> str:
        return f"{self.task.id}/{self.index}"


def stretches(ctx: Context, adapter: str, *, fresh: bool = False) -> Iterator[list[Drawn]]:
    """One stretch after the other, in the order of its tasks, until the pack's practice has been gone through once.

    Files in the home's cache are read where they are there; `fresh` samples them anew. Raises EngineError, PackError.
    """
    settings = ctx.settings.practice
    count = -(-len(ctx.pack.split("practice")) // settings.tasks)
    for number in range(1, max(1, count) + 1):
        cycle = Cycle("", number, STAGE, ctx.settings.run.seed, ctx.settings_sha256, adapter)
        path = ctx.home.cache / "completions" / f"{_identity(ctx, cycle)}.jsonl"
        if fresh or not path.is_file():
            _sample(ctx, cycle, path)
        rows = (json.loads(line) for line in path.read_text().splitlines())
        yield [Drawn(ctx.tasks[row["task"]], row["index"], row["code"]) for row in rows]


def _identity(ctx: Context, cycle: Cycle) -> str:
    model, practice = ctx.model(STAGE), ctx.settings.practice
    return digest(
        ctx.base(STAGE).sha256, ctx.pack.sha256, cycle.champion, cycle.seed, cycle.number, practice.tasks, practice.k,
        practice.projects, model.temperature, model.thinking_budget, model.max_tokens, model.context,
        model.grammar, *ctx.sampler,
    )[:32]  # fmt: skip


def _sample(ctx: Context, cycle: Cycle, path: Path) -> None:
    """Writes the cycle's stretch. The file appears whole or not at all."""
    model, wanted, stage = ctx.model(STAGE), ctx.settings.practice.k, stage_of(STAGE)
    seed = derive(cycle.seed, "practice", cycle.number)
    functions = [task for task in practice_tasks(ctx, cycle) if task.truth is None]
    asked = stage_calls(ctx, STAGE, functions, per_task=0, seed=seed)
    keys = {f"{task.id}/{i}": (task, call, i) for task, call in asked for i in range(wanted)}
    requests = [
        request_of(ctx, key, call, wanted_seed(seed, task, call, i), model.temperature)
        for key, (task, call, i) in keys.items()
    ]
    codes: dict[str, str | None] = {}
    ctx.reporter.start(f"sampling {len(asked)} tasks", len(requests))
    for completion in ctx.engine(STAGE).generate(requests, ctx.adapter_gguf(cycle.champion)):
        codes[completion.request_id] = stage.read(keys[completion.request_id][1], completion.text).value
        ctx.reporter.advance(1, "")
    ctx.reporter.done("")
    lines = [json.dumps({"task": task.id, "index": i, "code": codes[key]}) for key, (task, _, i) in keys.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text("".join(line + "\n" for line in lines))
    partial.replace(path)
