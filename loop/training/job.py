"""What the trainer hands to its worker process, as one JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from loop.training.trainer import DpoSpec, GrpoSpec, TrainSpec

PATHS = ("base", "examples", "out", "cache")


@dataclass(frozen=True)
class Job:
    """`out` is the directory the worker writes into; it becomes `spec.out` only when everything is there.

    work: of the unfinished training (`loop.training.checkpoints`), which outlives a kill.
    """

    backend: str
    spec: TrainSpec
    out: Path
    work: Path


def spec_fields(spec: TrainSpec) -> dict[str, object]:
    """The spec as JSON values."""
    fields = asdict(spec)
    paths = {name: None if fields[name] is None else str(fields[name]) for name in PATHS}
    return {**fields, **paths, "targets": list(spec.targets)}


def write_job(job: Job, path: Path) -> None:
    content = {"backend": job.backend, "spec": spec_fields(job.spec), "out": str(job.out), "work": str(job.work)}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_job(path: Path) -> Job:
    content = json.loads(path.read_text(encoding="utf-8"))
    fields = content["spec"]
    fields |= {name: Path(fields[name]) for name in PATHS if fields[name] is not None}
    fields |= {"targets": tuple(fields["targets"]), "dpo": DpoSpec(**fields["dpo"]), "grpo": GrpoSpec(**fields["grpo"])}
    return Job(content["backend"], TrainSpec(**fields), Path(content["out"]), Path(content["work"]))
