"""What this machine can train on, asked without importing torch."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class Gpu:
    """One card. free, total: bytes of its memory."""

    name: str
    free: int
    total: int


def free_memory() -> int:
    """Bytes of main memory that a new process can have: of the machine, or of the control group it is in."""
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines())
    free = int(fields["MemAvailable"].split()[0]) << 10
    limit, used = (_number(Path("/sys/fs/cgroup", name)) for name in ("memory.max", "memory.current"))
    return free if limit is None or used is None else min(free, limit - used)


def _number(path: Path) -> int | None:
    text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return int(text) if text.isdigit() else None  # "max": no limit


@functools.cache
def gpus() -> tuple[Gpu, ...]:
    """The NVIDIA cards that a training may use (CUDA_VISIBLE_DEVICES), by what nvidia-smi says; () without any."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    query = [tool, "--query-gpu=index,name,memory.free,memory.total", "--format=csv,noheader,nounits"]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()  # a driver that does not answer trains nothing
    found: dict[str, Gpu] = {}
    for line in listed.splitlines():
        index, name, free, total = (part.strip() for part in line.split(","))
        found[index] = Gpu(name, int(free) * MIB, int(total) * MIB)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return tuple(found.values())
    return tuple(found[index] for index in visible.split(",") if index in found)
