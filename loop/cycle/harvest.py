"""Harvest: from all that a stage ever practised on its base, the rows that are worth learning (`loop.dataset`).

Data accumulates: the pool is every cycle's practice, not the last one's. The same samples and the same policy give the
same bytes, whose SHA-256 is the dataset's identity. Every candidate is counted under one reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.spec_json import spec_to_json
from loop.cycle.freeze import require_unfrozen
from loop.cycle.grading import TRUSTED
from loop.cycle.lock import hold
from loop.cycle.records import Cycle, Dataset, Timing
from loop.cycle.times import record
from loop.dataset.policy import Policy, policy_of
from loop.dataset.selection import Selection, select
from loop.errors import HomeError
from loop.store import ask, write
from loop.training.examples import to_lines

if TYPE_CHECKING:
    import duckdb

    from loop.cycle.context import Context
    from loop.stage_names import StageName


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
    policy = policy_of(ctx.settings, stage)
    with ctx.store.read() as connection:
        references, held = _held_out(ctx, connection)
        chosen = select(
            connection, stage, ctx.base(stage).sha256, policy, references=references, held=held, trusted=TRUSTED
        )
    text = to_lines(chosen.rows).encode()
    manifest = hashlib.sha256(text).hexdigest()
    dataset = Dataset(
        stage=stage,
        manifest=manifest,
        path=ctx.home.datasets / f"{manifest}.jsonl",
        rows=len(chosen.rows),
        tasks=chosen.tasks,
        candidates=chosen.candidates,
        counters=chosen.counters,
        cycles=chosen.source_cycles,
        families=chosen.families,
        method=policy.method,
        removed=tuple(
            {"sample_id": found.sample_id, "task_id": found.task_id, "held_out_task": found.with_.task_id,
             "overlap": found.with_.overlap, "found_by": found.with_.found_by}
            for found in chosen.removed
        ),
    )  # fmt: skip
    if write_it:
        _write_file(dataset.path, text)
        _record(ctx, cycle, dataset, policy, chosen)
    return dataset


def _held_out(ctx: Context, connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, str], list[str]]:
    """What must never be trained on, of this pack or of any before: task id -> solution, and the ids of all tasks."""
    before = ask.rows(
        connection,
        "SELECT id, spec->>'reference' AS reference FROM tasks WHERE split <> 'practice' AND type <> 'honeypot'",
    )
    references = {row["id"]: row["reference"] for row in before}
    held = {task.id: task for task in ctx.pack.tasks if task.split != "practice"}
    references |= {key: spec_to_json(task.spec).get("reference") for key, task in held.items()}
    return {key: text for key, text in references.items() if isinstance(text, str)}, sorted(references)


def _record(ctx: Context, cycle: Cycle | None, dataset: Dataset, policy: Policy, chosen: Selection) -> None:
    row = {
        "manifest": dataset.manifest,
        "stage": dataset.stage,
        "base_sha256": ctx.base(dataset.stage).sha256,
        "cycle_id": cycle.id if cycle else None,
        "n_rows": dataset.rows,
        "n_tasks": dataset.tasks,
        "candidates": dataset.candidates,
        "counters": json.dumps(dataset.counters),
        "source_cycles": list(dataset.cycles),
        "method": dataset.method,
        "policy": policy.to_json(),
    }
    lineage = [
        {"manifest": dataset.manifest, "position": i, "sample_id": sample_id, "role": role}
        for i, (role, sample_id) in enumerate(chosen.lineage)
    ]
    names = ("sample_id", "held_out_task", "overlap", "found_by")
    removed = [{"manifest": dataset.manifest, **{name: one[name] for name in names}} for one in dataset.removed]
    with ctx.store.write() as connection:
        write.insert(connection, "datasets", [row])
        write.insert(connection, "dataset_rows", lineage)
        connection.execute("DELETE FROM dataset_removed WHERE manifest = ?", [dataset.manifest])
        write.insert(connection, "dataset_removed", removed, "append")
        write.insert(connection, "sketches", chosen.sketches)
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
