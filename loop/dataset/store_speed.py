"""How fast a store of many answers takes more of them, chooses a training set, and is laid out for readers."""

from __future__ import annotations

import multiprocessing
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loop.dataset import made_store
from loop.dataset.policy import Policy
from loop.dataset.selection import Selection, select
from loop.store import snapshot, write
from loop.store.db import Store

FILL = 500_000  # answers put in at a time while the store is filled
BATCH, SMALL = 100_000, 512  # answers of the batches that are measured: an import, and what practice writes at once
ONE_BY_ONE = 1_000  # answers of the baseline


@dataclass(frozen=True)
class Harvest:
    """seconds: of wall time, from opening the store to having the rows and keeping the sketches. cpu: of all threads.
    peak: resident bytes of a process that does nothing else."""

    seconds: float
    cpu: float
    peak: int
    rows: int
    counters: dict[str, int]


@dataclass(frozen=True)
class Speeds:
    """answers: in the store. bytes: of its file. load: of the machine, on average of the last five minutes.

    inserts: what was inserted -> answers a second. snapshots: which -> (seconds, bytes that are new).
    """

    answers: int
    bytes: int
    load: float
    inserts: dict[str, float]
    harvests: dict[str, Harvest]
    snapshots: dict[str, tuple[float, int]]


def measure(root: Path, answers: int, say: Callable[[str], None]) -> Speeds:
    """Fills a store under `root`, which has to be empty, with so many answers, and measures. Raises StoreError."""
    store, tasks = Store(root / "loop.duckdb"), made_store.tasks()
    made_store.begin(store, tasks, answers + 3 * BATCH)
    source = made_store.Answers(tasks)
    inserts = {"one by one": _one_by_one(Store(root / "baseline.duckdb"), source)}
    inserts |= {"first": _dicts(store, source, 0, BATCH)}
    seconds = 0.0
    for first in range(BATCH, answers, FILL):
        samples, verdicts = source.tables(first, min(answers, first + FILL))
        began = time.monotonic()
        with store.write() as connection:
            write.insert_graded_tables(connection, samples, verdicts, source.prompts)
        seconds += time.monotonic() - began
        say(f"{first + len(samples):,} answers, {len(samples) / (time.monotonic() - began):,.0f} a second")
    if answers > BATCH:
        inserts["tables"] = (answers - BATCH) / seconds
    inserts["last"] = _dicts(store, source, answers, answers + BATCH)
    inserts["again"] = _dicts(store, source, answers, answers + BATCH)
    small = range(answers + BATCH, answers + BATCH + 8 * SMALL, SMALL)
    inserts["last, by 512"] = sum(_dicts(store, source, at, at + SMALL) for at in small) / len(small)
    harvests = {}
    for name, method in (("first", "sft"), ("next", "sft"), ("pairs", "dpo"), ("prompts", "grpo")):
        harvests[name] = _apart(store.path, replace(Policy(), method=method))  # type: ignore[arg-type]
        done = harvests[name]
        say(f"harvest, {name}: {done.rows:,} rows in {done.seconds:.1f} s, {done.peak / 2**30:.2f} GiB")
    snapshots = {}
    for name in ("whole", "next"):
        with store.read() as connection:
            made = snapshot.take(connection, root / "snapshots", name)
        snapshots[name] = (made.seconds, made.written)
        say(f"snapshot, {name}: {made.seconds:.1f} s")
        _dicts(store, source, answers + 2 * BATCH, answers + 2 * BATCH + SMALL)
    filled = answers + BATCH + 8 * SMALL
    return Speeds(filled, store.path.stat().st_size, os.getloadavg()[1], inserts, harvests, snapshots)


def _dicts(store: Store, source: made_store.Answers, first: int, last: int) -> float:
    """Answers a second of one batch, as the loop writes it: rows as dicts, opened, committed and closed."""
    rows = source.rows(first, last)
    began = time.monotonic()
    with store.write() as connection:
        write.insert_graded(connection, rows)
    return len(rows) / (time.monotonic() - began)


def _one_by_one(store: Store, source: made_store.Answers) -> float:
    """The same with a statement a row, in one transaction."""
    rows = source.rows(0, ONE_BY_ONE)
    began = time.monotonic()
    with store.write() as connection:
        for row in rows:
            for table, values in (("samples", row["sample"]), ("verdicts", row["verdict"])):
                marks = ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
    return len(rows) / (time.monotonic() - began)


def _apart(path: Path, policy: Policy) -> Harvest:
    """A harvest in a process of its own, whose memory is that of the harvest."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as pool:
        return pool.apply(harvest_once, (path, policy))


def harvest_once(path: Path, policy: Policy) -> Harvest:
    """Chooses rows, and keeps the sketches that were made, as a harvest does."""
    store = Store(path)
    began, worked = time.monotonic(), time.process_time()
    with store.read() as connection:
        # DuckDB takes a process without a script, as this one is, for a person who types
        connection.execute("SET enable_progress_bar = false")
        held_out = made_store.references(connection)
        found = select(
            connection, "implementation", made_store.BASE, policy, references=held_out, held=list(held_out),
            trusted=("standard", "strong"),
        )  # fmt: skip
    _keep(store, found)
    seconds, cpu = time.monotonic() - began, time.process_time() - worked
    return Harvest(seconds, cpu, _peak(), len(found.rows), found.counters)


def _peak() -> int:
    """Bytes that this process had resident at most. (getrusage would count those of who started it.)"""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def _keep(store: Store, found: Selection) -> None:
    sketches: list[dict[str, Any]] = found.sketches
    if sketches:
        with store.write() as connection:
            write.insert(connection, "sketches", sketches)
