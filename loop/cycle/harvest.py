"""Harvest: from all that a stage ever practised on its base, the rows that are worth learning.

Kept are right answers (that passed in a trusted sandbox, where code is run), ended by themselves, distinct for their
question, and among the shortest few of it; of judgments no label may crowd out the others. Data accumulates: the pool
is every cycle's practice, not the last one's. The same samples give the same bytes, whose SHA-256 is the dataset's
identity. Every candidate is counted under one reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluators.spec_json import spec_to_json
from loop.cycle.contamination import HeldOut
from loop.cycle.freeze import require_unfrozen
from loop.cycle.grading import TRUSTED
from loop.cycle.lock import hold
from loop.cycle.records import Cycle, Dataset, Timing
from loop.cycle.times import record
from loop.errors import HomeError
from loop.inference.chat import render_completion, render_prompt
from loop.store import ask, write
from loop.tasks.task import Task

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.stage_names import StageName

# Why a candidate is not a row, in the order in which it is asked; the first that applies counts.
REASONS = (
    "failed", "format_error", "infra", "untrusted_sandbox", "cut_off", "held_out_task",
    "duplicate", "contaminated", "over_cap", "class_balance",
)  # fmt: skip
BALANCE = 2  # a label of judgments may have so many times the rows of the rarest one

CANDIDATES = """
WITH judged AS (
    SELECT id, task_id, call_id, stage, question, label, family, cycle_id, completion, code, code_sha256,
           completion_tokens, prompt_sha256,
           CASE WHEN kind = 'infra' THEN 'infra'
                WHEN kind = 'format_error' THEN 'format_error'
                WHEN kind <> 'pass' THEN 'failed'
                WHEN tier <> '' AND NOT list_contains(?, tier) THEN 'untrusted_sandbox'  -- '': nothing was executed
                WHEN finish <> 'stop' THEN 'cut_off'
                WHEN split <> 'practice' OR list_contains(?, task_id) THEN 'held_out_task'
                ELSE '' END AS reason
    FROM v_samples WHERE purpose = 'practice' AND stage = ? AND base_sha256 = ?)
SELECT judged.* REPLACE (CASE WHEN reason = '' AND row_number() OVER (
        PARTITION BY task_id, call_id, code_sha256, reason ORDER BY completion_tokens, id) > 1
    THEN 'duplicate' ELSE reason END AS reason), prompts.text AS prompt
FROM judged LEFT JOIN prompts ON prompts.sha256 = judged.prompt_sha256
ORDER BY task_id, call_id, completion_tokens, id
"""


def harvest(
    ctx: Context, cycle: Cycle | None = None, *, stage: StageName = "implementation", dry_run: bool = False
) -> Dataset:
    """Selects the rows of `stage` (a cycle's own), writes datasets/<manifest>.jsonl and the dataset's rows; `dry_run`
    only counts.

    Raises HarvestFrozen, HomeError when the file cannot be written, StoreError.
    """
    began = time.monotonic()
    stage = cycle.stage if cycle is not None else stage
    if not dry_run:
        with hold(ctx.home):
            ctx.journal.replay(ctx.store)
            require_unfrozen(ctx, "nothing is harvested")
            made = _harvest(ctx, stage, cycle, write_it=True)
            if cycle is not None:
                record(ctx, cycle, "harvest", Timing(), wall=time.monotonic() - began)
            return made
    require_unfrozen(ctx, "nothing is harvested")
    return _harvest(ctx, stage, cycle, write_it=False)


def _harvest(ctx: Context, stage: StageName, cycle: Cycle | None, *, write_it: bool) -> Dataset:
    candidates, prompts, held_out = _pool(ctx, stage)
    kept, counters = select(candidates, held_out, ctx.settings.harvest.per_task)
    lines = [
        json.dumps(
            {
                # stores older than the table of prompts asked functions alone, in their own words
                "prompt": row["prompt"] or render_prompt(prompts[row["task_id"]]),
                "completion": render_completion(row["completion"]),
                "sample_id": row["id"],
            },
            sort_keys=True,
        )
        for row in kept
    ]
    text = "".join(line + "\n" for line in lines).encode()
    manifest = hashlib.sha256(text).hexdigest()
    dataset = Dataset(
        stage=stage,
        manifest=manifest,
        path=ctx.home.datasets / f"{manifest}.jsonl",
        rows=len(kept),
        tasks=len({row["task_id"] for row in kept}),
        candidates=len(candidates),
        counters=counters,
        cycles=tuple(sorted({row["cycle_id"] for row in kept})),
        families=dict(sorted(Counter(row["family"] for row in kept).items())),
    )
    if write_it:
        _write_file(dataset.path, text)
        _record(ctx, cycle, dataset, [row["id"] for row in kept])
    return dataset


def select(candidates: ask.Rows, held_out: HeldOut, per_task: int) -> tuple[ask.Rows, dict[str, int]]:
    """The rows kept, in the candidates' order (each question's shortest first), and counters that sum to all
    candidates. Judgments are not compared with held-out solutions: a word is nobody's solution.
    """
    counters: Counter[str] = Counter({"kept": 0, **dict.fromkeys(REASONS, 0)})
    kept: ask.Rows = []
    taken: Counter[str] = Counter()
    for row in candidates:
        reason = row["reason"]
        if not reason and row["label"] is None and held_out.matches(row["code"]):
            reason = "contaminated"
        if not reason and taken[row["call_id"] or row["task_id"]] >= per_task:
            reason = "over_cap"
        if not reason:
            taken[row["call_id"] or row["task_id"]] += 1
            kept.append(row)
        else:
            counters[reason] += 1
    fair = _balanced(kept)
    counters["class_balance"] += len(kept) - len(fair)
    counters["kept"] += len(fair)
    return fair, dict(counters)


def _balanced(rows: ask.Rows) -> ask.Rows:
    """Without what a label of one-word judgments has beyond `BALANCE` times the rarest one's rows: a model that has
    seen one answer too often gives that one. Which rows stay follows from their ids alone."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row["label"] is not None and "\n" not in row["label"] and row["question"] != "points":
            groups[row["question"], row["label"]].append(row["id"])
    out: set[str] = set()
    for question in {question for question, _ in groups}:
        sizes = [len(ids) for (asked, _), ids in groups.items() if asked == question]
        most = BALANCE * min(sizes) if len(sizes) > 1 else max(sizes)
        out |= {i for (asked, _), ids in groups.items() if asked == question for i in sorted(ids)[most:]}
    return [row for row in rows if row["id"] not in out]


def _pool(ctx: Context, stage: StageName) -> tuple[ask.Rows, dict[str, str], HeldOut]:
    """All practice of the stage on its base, its tasks' prompts, and what must never be trained on, of this pack or of
    any before."""
    held: dict[str, Task] = {task.id: task for task in ctx.pack.tasks if task.split != "practice"}
    with ctx.store.read() as connection:
        before = ask.rows(
            connection,
            "SELECT id, spec->>'reference' AS reference FROM tasks WHERE split <> 'practice' AND type <> 'honeypot'",
        )
        ids = sorted({*held, *(row["id"] for row in before)})
        candidates = ask.rows(connection, CANDIDATES, [list(TRUSTED), ids, stage, ctx.base(stage).sha256])
        prompts = dict(connection.execute("SELECT id, prompt FROM tasks").fetchall())
    references = [spec_to_json(task.spec).get("reference") for task in held.values()]
    references += [row["reference"] for row in before if row["id"] not in held]
    return candidates, prompts, HeldOut(text for text in references if isinstance(text, str))


def _record(ctx: Context, cycle: Cycle | None, dataset: Dataset, samples: list[str]) -> None:
    row: dict[str, Any] = {
        "manifest": dataset.manifest,
        "stage": dataset.stage,
        "base_sha256": ctx.base(dataset.stage).sha256,
        "cycle_id": cycle.id if cycle else None,
        "n_rows": dataset.rows,
        "n_tasks": dataset.tasks,
        "candidates": dataset.candidates,
        "counters": json.dumps(dataset.counters),
        "source_cycles": list(dataset.cycles),
    }
    with ctx.store.write() as connection:
        write.insert(connection, "datasets", [row])
        rows = [{"manifest": dataset.manifest, "position": i, "sample_id": s} for i, s in enumerate(samples)]
        write.insert(connection, "dataset_rows", rows)
        if cycle is not None:
            write.update(connection, "cycles", cycle.id, dataset=dataset.manifest)


def _write_file(path: Path, text: bytes) -> None:
    """Appears whole or not at all."""
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise HomeError(
            f"the training set {path} cannot be written: {error.strerror or error}", fix="free disk space"
        ) from error
