"""The training process: `python -m loop.training.worker JOB.json FD PARENT_PID`.

Talks to the trainer in JSON lines on file descriptor FD: {"progress": fraction, "text": ...} while it works, and
{"refused": message, "fix": ..., "lost": bool} when training ended for a reason that has a clear message. Standard
output and error are a log. Dies with its parent. Of several workers (`loop.training.launch`) the first alone tells of
progress and writes; any may refuse.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

from loop.errors import LoopError, TrainingLost
from loop.training.job import read_job

PR_SET_PDEATHSIG = 1
HEARD = 5.0  # seconds: torchrun ends all workers as soon as one has failed, and the first is to say why


def die_with_parent(parent: int) -> None:
    """Asks the kernel for SIGKILL when the parent is gone, so that no orphan keeps training."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the call above
        sys.exit(1)


def channel(fd: int, parent: int) -> int:
    """Where the trainer listens: FD itself, or under torchrun, which passes none on, the parent's."""
    return os.open(f"/proc/{parent}/fd/{fd}", os.O_WRONLY) if "RANK" in os.environ else fd


def main(job_file: Path, fd: int, parent: int) -> int:
    die_with_parent(parent)
    fd, first = channel(fd, parent), os.environ.get("RANK", "0") == "0"

    def send(message: dict[str, object]) -> None:
        os.write(fd, (json.dumps(message) + "\n").encode())

    def report(fraction: float, text: str) -> None:
        if first:
            send({"progress": round(fraction, 4), "text": text})

    started = time.monotonic()
    job = read_job(job_file)
    report(0.0, "loading libraries")
    if job.backend == "unsloth":
        import unsloth  # noqa: F401 - it patches torch, transformers and trl, and must come before them
    from loop.training.fit import fit

    try:
        metrics = fit(job, report)
    except LoopError as error:
        if not first:
            time.sleep(HEARD)  # what is wrong for all is said by the first
        send({"refused": error.message, "fix": error.fix, "lost": isinstance(error, TrainingLost)})
        return 1
    if not first:
        return 0
    metrics["worker_seconds"] = round(time.monotonic() - started, 3)
    (job.out / "metrics.json").write_text(json.dumps(metrics, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
