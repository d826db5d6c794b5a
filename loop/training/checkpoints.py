"""Where an unfinished training lies, so that a killed one goes on: beside its `out`, named by what determines it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from loop.errors import TrainingError
from loop.models.digests import file_sha256, weights_sha256
from loop.training.job import PATHS, spec_fields
from loop.training.trainer import TrainSpec

COMPLETE = "complete"  # a file in a checkpoint: everything before it was written


def work_of(spec: TrainSpec) -> Path:
    """The directory of this very training's unfinished work; of others that were to become `spec.out`, none is left.

    A training that differs in anything - a row, a hyperparameter, the base - has another one. Raises TrainingError
    when it cannot be made.
    """
    plain = {name: value for name, value in spec_fields(spec).items() if name not in PATHS}
    parts = (json.dumps(plain, sort_keys=True), file_sha256(spec.examples), weights_sha256(spec.base))
    identity = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    work = spec.out.with_name(f".{spec.out.name}.work-{identity}")
    for other in spec.out.parent.glob(f".{spec.out.name}.work-*"):
        if other != work:
            shutil.rmtree(other, ignore_errors=True)
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"cannot write beside {spec.out}: {error.strerror or error}", fix="make it writable"
        ) from error
    return work


def last_complete(work: Path) -> Path | None:
    """The newest whole checkpoint; one that a kill left half-written is removed."""
    found: list[Path] = []
    for path in sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2])):
        if (path / COMPLETE).exists():
            found.append(path)
        else:
            shutil.rmtree(path, ignore_errors=True)
    return found[-1] if found else None
