"""Train: an adapter from the frozen base on a dataset, checked against the engine that will serve it, and put away.

Never from another adapter: what accumulates is the data. An adapter whose tokens or logits differ between trainer and
engine is not kept, since everything measured afterwards would be about something else.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.cycle.freeze import require_unfrozen
from loop.cycle.grading import oracle_seed
from loop.cycle.lock import hold
from loop.cycle.records import Cycle, Dataset, Timing, TrainedAdapter
from loop.cycle.seeds import derive
from loop.cycle.times import record
from loop.errors import TrainingError, TrainingLost
from loop.report.training_plot import plot_training
from loop.store import ask, write
from loop.training.job import PATHS
from loop.training.recipe import recipe
from loop.training.trainer import TrainSpec

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.stage_names import StageName

PLOT = "training.svg"  # beside the adapter
TOKEN_ROWS = 32  # rows of the dataset whose tokens are compared; the trainer chooses those whose logits are


class TooFewTasks(TrainingError):
    """The harvest is too small to learn from: the cycle ends here, and the next one practises other tasks."""


def train(ctx: Context, cycle: Cycle, dataset: Dataset) -> TrainedAdapter:
    """Trains on `dataset`, checks parity, installs the weights.

    A training that was killed goes on from its last checkpoint. Raises HarvestFrozen, TooFewTasks and TrainingLost
    (both end the stage's share of the cycle), TrainingError, ParityError, RegistryError (weights), StoreError.
    """
    began = time.monotonic()
    require_unfrozen(ctx, "nothing is trained")
    settings = ctx.settings.train
    if dataset.tasks < settings.min_tasks:
        why = (
            f"only {dataset.tasks} practice tasks of {cycle.stage} were solved, and training wants {settings.min_tasks}"
        )
        _close(ctx, cycle, why)
        raise TooFewTasks(
            why,
            fix="run again (what was solved is kept), raise practice.tasks or practice.k, or lower train.min_tasks",
        )
    base = ctx.base(cycle.stage)
    spec = recipe(
        ctx.settings,
        cycle.stage,
        base=base.hf_dir,
        examples=dataset.path,
        out=ctx.home.scratch / f"train-{cycle.id}",
        cache=ctx.home.cache,
        seed=derive(cycle.seed, "train", cycle.number),
        oracle_seed=oracle_seed(cycle.seed, cycle),
    )
    known = _known(ctx, cycle, spec, dataset)
    if known is not None:
        record(ctx, cycle, "train", Timing(), wall=time.monotonic() - began)
        return known

    with hold(ctx.home):
        shutil.rmtree(spec.out, ignore_errors=True)
        ctx.reporter.start(f"train {cycle.stage} ({spec.method}) on {dataset.rows} rows", 100)
        try:
            result, training = _fit(ctx, spec)
        except TrainingLost as error:
            _close(ctx, cycle, error.message)
            raise
        if result.metrics.get("phases"):
            plot_training(result.metrics, result.out / PLOT)
        parity = ctx.parity(ctx, cycle.stage, result.out, result.gguf, _some_texts(dataset.path))
        from loop.registry import weights

        sha256 = weights.install(result.out, ctx.home.adapters)
        if sha256 != result.sha256:
            raise TrainingError(
                f"the adapter changed on its way into the store ({result.sha256[:12]} -> {sha256[:12]})",
                fix="check the disk and run it again",
            )
        row = {
            "sha256": sha256, "stage": cycle.stage, "base": base.name, "base_sha256": base.sha256,
            "dataset": dataset.manifest,
            "cycle_id": cycle.id, "seconds": result.seconds, "hyperparameters": _identity(spec),
            "metrics": write.plain_json(result.metrics), "parity": write.plain_json(parity),
        }  # fmt: skip
        with ctx.store.write() as connection:
            write.insert(connection, "adapters", [row])
            write.update(connection, "cycles", cycle.id, challenger=sha256, dataset=dataset.manifest)
        shutil.rmtree(spec.out, ignore_errors=True)
        record(ctx, cycle, "train", Timing(training=training), wall=time.monotonic() - began)
        ctx.reporter.done(f"adapter {sha256[:12]} in {result.seconds:.0f} s")
    return _stored(ctx, row)


def _close(ctx: Context, cycle: Cycle, why: str) -> None:
    """Ends the cycle without an adapter: the same again would end the same way."""
    with hold(ctx.home), ctx.store.write() as connection:
        write.update(connection, "cycles", cycle.id, state="failed", reason=why, finished=True)


def check_parity(ctx: Context, stage: StageName, adapter: Path, gguf: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Trainer and engine agree about tokens and logits, and the adapter has an effect. Raises ParityError."""
    from loop.training.parity import check_logits, check_tokens

    base, engine = ctx.base(stage).hf_dir, ctx.local_engine(stage)  # a server has no logits to compare
    check_tokens(base, engine, texts)
    report = check_logits(base, adapter, gguf, engine)
    return dataclasses.asdict(report)


def _fit(ctx: Context, spec: TrainSpec) -> tuple[Any, float]:
    """The trainer's result and the seconds it was waited for."""
    started = time.monotonic()
    shown = 0

    def progress(fraction: float, note: str) -> None:
        nonlocal shown
        percent = max(shown, min(100, round(100 * fraction)))
        ctx.reporter.advance(percent - shown, note)
        shown = percent

    result = ctx.trainer.train(spec, progress)
    return result, time.monotonic() - started


def _identity(spec: TrainSpec) -> str:
    """What determines an adapter besides base and dataset, as JSON."""
    plain = dataclasses.asdict(spec)
    for place in PATHS:
        del plain[place]
    return write.plain_json(plain)


def _known(ctx: Context, cycle: Cycle, spec: TrainSpec, dataset: Dataset) -> TrainedAdapter | None:
    """The adapter that this cycle has trained already on this very dataset, if its weights are there."""
    with ctx.store.read() as connection:
        found = ask.rows(
            connection,
            "SELECT * FROM adapters WHERE dataset = ? AND base_sha256 = ? AND cycle_id = ? ORDER BY created DESC",
            [dataset.manifest, ctx.base(cycle.stage).sha256, cycle.id],
        )
    for row in found:
        same = json.loads(row["hyperparameters"]) == json.loads(_identity(spec))
        if same and (ctx.home.adapters / row["sha256"] / "adapter.gguf").exists():
            with hold(ctx.home), ctx.store.write() as connection:
                write.update(connection, "cycles", cycle.id, challenger=row["sha256"], dataset=dataset.manifest)
            return _stored(ctx, row, reused=True)
    return None


def _stored(ctx: Context, row: dict[str, Any], *, reused: bool = False) -> TrainedAdapter:
    return TrainedAdapter(
        stage=row["stage"],
        sha256=row["sha256"],
        gguf=ctx.home.adapters / row["sha256"] / "adapter.gguf",
        dataset=row["dataset"],
        seconds=row["seconds"],
        metrics=ask.stored_json(row["metrics"]),
        parity=ask.stored_json(row["parity"]),
        reused=reused,
    )


def _some_texts(examples: Path) -> list[str]:
    """Prompts with their completions, of rows spread over the dataset."""
    rows = [json.loads(line) for line in examples.read_text(encoding="utf-8").splitlines()]
    some = rows[:: max(1, len(rows) // TOKEN_ROWS)][:TOKEN_ROWS]
    return [row["prompt"] + (row.get("completion") or row.get("chosen") or "") for row in some]
