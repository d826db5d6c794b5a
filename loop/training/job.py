"""What the trainer hands to its worker process, as one JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from loop.training.trainer import TrainSpec

PATHS = ("base", "examples", "out")


@dataclass(frozen=True)
class Job:
    """`out` is the directory the worker writes into; it becomes `spec.out` only when everything is there."""

    backend: str
    spec: TrainSpec
    out: Path


def spec_fields(spec: TrainSpec) -> dict[str, object]:
    """The spec as JSON values."""
    fields = asdict(spec)
    return {**fields, **{name: str(fields[name]) for name in PATHS}, "targets": list(spec.targets)}


def write_job(job: Job, path: Path) -> None:
    content = {"backend": job.backend, "spec": spec_fields(job.spec), "out": str(job.out)}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_job(path: Path) -> Job:
    content = json.loads(path.read_text(encoding="utf-8"))
    fields = content["spec"]
    fields |= {name: Path(fields[name]) for name in PATHS} | {"targets": tuple(fields["targets"])}
    return Job(backend=content["backend"], spec=TrainSpec(**fields), out=Path(content["out"]))
