"""`loop bench`: measurements of this machine, one a file."""

from __future__ import annotations

import click

from loop.cli.bench_cycle import cycle
from loop.cli.bench_grading import grading
from loop.cli.bench_judging import judging
from loop.cli.bench_memory import memory
from loop.cli.bench_sampling import sampling
from loop.cli.bench_store import store
from loop.cli.bench_training import training


@click.group()
def bench() -> None:
    """Measurements of this machine."""


bench.add_command(cycle)
bench.add_command(grading)
bench.add_command(judging)
bench.add_command(memory)
bench.add_command(sampling)
bench.add_command(store)
bench.add_command(training)
