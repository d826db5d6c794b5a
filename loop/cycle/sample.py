"""Sampling and grading as one stream: completions are graded while others are still being sampled.

The stream resumes: what the store already holds is not asked for again, and whatever was graded before a kill is kept.
Completions that somebody else wrote (`loop.cycle.bring_in`) go through the same stream to the same verdicts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.verdict import Kind
from loop.cycle.answers import answers
from loop.cycle.records import Timing
from loop.cycle.stream import Stream, Writer
from loop.cycle.wanted import Purpose, Wanted, sample_id
from loop.stage_names import StageName
from loop.store import ask, write

if TYPE_CHECKING:
    from loop.cycle.context import Context


@dataclass(frozen=True)
class Collected:
    """How much was new, how much was there already, and where the time went."""

    sampled: int
    reused: int
    timing: Timing


def collect(
    ctx: Context,
    stage: StageName,
    wanted: Sequence[Wanted],
    purpose: Purpose,
    adapter: str,
    oracle_seed: int,
    label: str,
) -> Collected:
    """Samples and grades `wanted`, calls of one stage, with `adapter`, and returns when every one of them is in the
    store with its verdict.

    Call it under `hold(home)`. Raises EngineError, ToolError (the sandbox), StoreError, ModelError, ConfigError.
    """
    base = ctx.base(stage).sha256
    by_id = {sample_id(purpose, adapter, base, want): want for want in wanted}
    writer = Writer(adapter, lambda missing: answers(ctx, stage, missing, adapter))
    return judge_all(ctx, stage, by_id, purpose, writer, oracle_seed, label)


def judge_all(
    ctx: Context,
    stage: StageName,
    by_id: dict[str, Wanted],
    purpose: Purpose,
    writer: Writer,
    oracle_seed: int,
    label: str,
) -> Collected:
    """As `collect`, of completions with these ids, by whoever writes them."""
    began = time.monotonic()
    ctx.journal.replay(ctx.store)
    with ctx.store.read() as connection:
        known = ask.graded(connection, list(by_id))
    missing = {key: want for key, want in by_id.items() if key not in known}
    unjudged = [key for key, kind in known.items() if kind == Kind.INFRA]
    stream = Stream(ctx, stage, by_id, missing, purpose, writer, oracle_seed)
    if missing or unjudged:
        with ctx.store.write() as connection:
            write.insert_tasks(connection, (want.task for want in missing.values()))
        ctx.reporter.start(label, len(missing) + len(unjudged))
        try:
            stream.run()
            stream.regrade([*unjudged, *stream.infra])
        finally:
            stream.flush()
        ctx.reporter.done(stream.tally())
    return Collected(len(missing), len(by_id) - len(missing), stream.timing(time.monotonic() - began))
