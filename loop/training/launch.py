"""How many processes train, and what starts them: the worker itself, or several of it under torchrun.

`python -m loop.training.launch N JOB.json FD PARENT_PID` is torchrun's agent with two things added. It dies with the
trainer, and its workers with it: each asks the kernel for that, so that nothing is left to pass a signal on. And it
keeps FD open, on which the trainer listens: torchrun closes descriptors when it starts a worker, which therefore opens
the agent's by way of /proc.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from loop.errors import ConfigError, TrainingError
from loop.training.devices import gpus
from loop.training.trainer import TrainSpec
from loop.training.worker import die_with_parent

# What torchrun sets for its workers; a training that is started from such a worker is none of that group.
SET_BY_TORCHRUN = (
    *("RANK", "LOCAL_RANK", "GROUP_RANK", "ROLE_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE"),
    *("ROLE_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID", "TORCHELASTIC_USE_AGENT_STORE"),
)


def processes_of(spec: TrainSpec) -> int:
    """Processes that train together: `spec.devices`, or one for each GPU, or one on a CPU.

    Raises ConfigError for more than there are GPUs, and TrainingError when a step's rows cannot be dealt out evenly.
    """
    cards = len(gpus())
    count = spec.devices or max(1, cards)
    if cards and count > cards:
        raise ConfigError(
            f"train.devices = {count}, and there are {cards} GPUs", fix="train.devices = 0 takes them all"
        )
    if spec.batch_size % count:
        raise TrainingError(
            f"a step of {spec.batch_size} rows cannot be dealt out to {count} processes",
            fix=f"make train.batch_size a multiple of {count}, or set train.devices",
        )
    return count


def command(processes: int, job_file: Path, fd: int) -> list[str]:
    """The command line; FD must be inherited, and this process be the parent."""
    module = ["loop.training.worker"] if processes == 1 else ["loop.training.launch", str(processes)]
    return [sys.executable, "-P", "-m", *module, str(job_file), str(fd), str(os.getpid())]


def main(processes: int, job_file: str, fd: int, parent: int) -> int:
    die_with_parent(parent)
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main as torchrun

    worker = ["-m", "loop.training.worker", job_file, str(fd), str(os.getpid())]
    try:
        torchrun(["--standalone", "--nproc-per-node", str(processes), *worker])
    except ChildFailedError:
        return 1  # torchrun has logged which worker ended, and how
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
