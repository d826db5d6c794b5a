"""How soon a training reaches a loss, beside TRL as it comes (`loop.training.training_ways`), in turns and in one run.

The loss that counts is that on held-out rows; the one to reach is the worst of what the ways end with, so that all of
them get there. Time is that of training alone: loading libraries and looking at the held-out rows are left out.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from loop.errors import TrainingError
from loop.training.examples import Example, read_set, to_lines
from loop.training.job import Job, write_job
from loop.training.process import environment
from loop.training.trainer import TrainSpec

TITLES = {
    "ours": "this project's sft",
    "trl": "SFTTrainer, TRL's defaults",
    "trl-float32": "SFTTrainer, float32, no checkpointing",
}
OURS = "ours"
HELD_OUT = 0.1  # of the tasks


@dataclass(frozen=True)
class Course:
    """One training. curve: (seconds trained, rows seen, loss on held-out rows); tokens: that went through the model."""

    curve: tuple[tuple[float, int, float], ...]
    tokens: int
    seconds: float
    peak_memory_bytes: int

    def seconds_to(self, loss: float) -> float:
        """When the held-out loss was first no higher than `loss`, interpolated between two looks."""
        for before, after in zip(self.curve, self.curve[1:], strict=False):
            if after[2] <= loss:
                part = (before[2] - loss) / (before[2] - after[2]) if before[2] > loss else 0.0
                return before[0] + part * (after[0] - before[0])
        return float("inf")


@dataclass
class Comparison:
    """By way, the course of each repeat. rows: trained on and held out. load: 1-minute averages, before and after."""

    rows: tuple[int, int]
    courses: dict[str, list[Course]] = field(default_factory=dict)
    load: tuple[float, float] = (0.0, 0.0)

    def target(self, repeat: int) -> float:
        """The loss that every way reached in this repeat."""
        return max(min(loss for _, _, loss in courses[repeat].curve) for courses in self.courses.values())

    def seconds(self, way: str) -> float:
        """To the target; the median of the repeats."""
        found = self.courses[way]
        return statistics.median(course.seconds_to(self.target(at)) for at, course in enumerate(found))

    def ratio(self, way: str) -> float:
        """How many times as long as ours this way takes: the median of the repeats' ratios."""
        pairs = enumerate(zip(self.courses[OURS], self.courses[way], strict=True))
        return statistics.median(b.seconds_to(self.target(at)) / a.seconds_to(self.target(at)) for at, (a, b) in pairs)


def measure(
    spec: TrainSpec, repeats: int, *, without: Sequence[str] = (), most: int = 0, say: Callable[[str], None]
) -> Comparison:
    """Trains on the rows of `spec.examples` but for a tenth of their tasks, in every way in turn.

    most: rows that are used at most, 0: all. Raises TrainingError when a way fails or there are too few rows.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        job, held, rows = _prepare(spec, folder, most)
        found = Comparison(rows, load=(os.getloadavg()[0], 0.0))
        for repeat in range(repeats):
            for way in (way for way in TITLES if way not in without):
                course = _run(way, job, held, folder)
                found.courses.setdefault(way, []).append(course)
                say(f"{repeat + 1}: {TITLES[way]}: {course.seconds:.1f} s, loss {course.curve[-1][2]:.4f}")
        found.load = (found.load[0], os.getloadavg()[0])
    return found


def _prepare(spec: TrainSpec, folder: Path, most: int) -> tuple[Path, Path, tuple[int, int]]:
    """The job file, the held-out rows' file, and how many rows there are of either kind."""
    examples = list(read_set(spec.examples).examples)
    tasks = sorted({example.task_id or example.sample_id for example in examples})
    random.Random(spec.seed).shuffle(tasks)
    chosen = set(tasks[: max(1, round(HELD_OUT * len(tasks)))])
    trained = [e for e in examples if (e.task_id or e.sample_id) not in chosen]
    held = [e for e in examples if (e.task_id or e.sample_id) in chosen]
    if most:
        trained = random.Random(spec.seed).sample(trained, min(most, len(trained)))
    if len(trained) < 2 * spec.batch_size:
        raise TrainingError(f"{len(trained)} rows are too few to time a training", fix="practise and harvest more")
    paths = _written(folder / "trained.jsonl", trained), _written(folder / "held.jsonl", held)
    job = folder / "job.json"
    write_job(Job("trl", replace(spec, examples=paths[0], out=folder / "out"), folder / "out", folder / "work"), job)
    return job, paths[1], (len(trained), len(held))


def _written(path: Path, rows: Sequence[Example]) -> Path:
    path.write_text(to_lines(rows), encoding="utf-8")
    return path


def _run(way: str, job: Path, held: Path, folder: Path) -> Course:
    command = [sys.executable, "-m", "loop.training.training_ways", way, str(job), str(held)]
    done = subprocess.run(
        command, env=environment(folder), capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode != 0:
        raise TrainingError(f"{TITLES[way]} failed: {' '.join(done.stderr.split())[-600:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Course(**{**found, "curve": tuple(tuple(point) for point in found["curve"])})
