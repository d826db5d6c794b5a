"""Will the configured engines fit? What they will take is predicted and compared with what there is."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loop.config import Settings
from loop.doctor.finding import Finding
from loop.home import Home
from loop.inference.demand import Demand, demands
from loop.stage_names import STAGES

GIB = 1 << 30
SECONDS = 60
FIX = "lower sampling.parallel or model.context (the cache), or choose another model.quantization (the weights)"
_OFFLOADS = "import llama_cpp; print(int(llama_cpp.llama_supports_gpu_offload()))"


@dataclass(frozen=True)
class Store:
    """Memory of one kind, in bytes; `free` is what a new process could have now."""

    kind: str
    total: int
    free: int


def check(settings: Settings, home: Home) -> Finding:
    """Required only when the whole machine is too small: what others hold now may be gone tomorrow."""
    if settings.engine.kind == "server":  # here only the parity check after a training loads the base, for one sequence
        settings = dataclasses.replace(settings, sampling=dataclasses.replace(settings.sampling, parallel=1))
    wanted = demands(settings)
    store = gpu_memory() or main_memory()
    on_gpu = store.kind == "GPU"
    need = sum(gpu_share(demand) if on_gpu else demand.memory.total for demand in wanted)
    parts = "; ".join(describe(demand) for demand in wanted)
    detail = f"{_size(need)}: {parts}. {_size(store.free)} of {_size(store.total)} are free ({store.kind})"
    if need <= store.free:
        return Finding("memory", True, detail)
    return Finding("memory", False, detail, FIX, required=need > store.total)


def describe(demand: Demand) -> str:
    """The parts of all workers together."""
    engine, memory = demand.engine, demand.memory
    stages = "all stages" if engine.stages == STAGES else ", ".join(engine.stages)
    rest = memory.compute + memory.output + memory.vocabulary + memory.judging + memory.process
    weights, cache, adapters, rest = (n * memory.workers for n in (memory.weights, memory.cache, memory.adapters, rest))
    return (
        f"{engine.base} at {demand.quantization} ({stages}) weights {_size(weights)}, cache {_size(cache)} for "
        f"{demand.parallel} x {engine.context} tokens, adapters {_size(adapters)}, rest {_size(rest)}"
    )


def gpu_share(demand: Demand) -> int:
    """What lies on the card when every layer does. Computed as for a CPU; not measured on one."""
    memory = demand.memory
    return memory.workers * (memory.weights + memory.cache + memory.compute + memory.adapters + memory.judging)


def main_memory() -> Store:
    """What this machine has, or the control group that this process is in."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = total
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free = int(fields["MemAvailable"].split()[0]) << 10
    group = Path("/sys/fs/cgroup")
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    if limit is not None and used is not None and limit < total:
        total, free = limit, min(free, limit - used)
    return Store("RAM", total, free)


def gpu_memory() -> Store | None:
    """The cards', when llama.cpp here was built to use them."""
    tool = shutil.which("nvidia-smi")
    if tool is None or _answer([sys.executable, "-c", _OFFLOADS]) != "1":
        return None
    rows = _answer([tool, "--query-gpu=memory.total,memory.free", "--format=csv,noheader,nounits"]).splitlines()
    cards = [[int(field) << 20 for field in row.split(",")] for row in rows]
    return Store("GPU", sum(c[0] for c in cards), sum(c[1] for c in cards)) if cards else None


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _number(path: Path) -> int | None:
    text = path.read_text().strip() if path.is_file() else ""
    return int(text) if text.isdigit() else None


def _size(size: int) -> str:
    return f"{size / GIB:.2f} GiB" if size >= GIB else f"{size / 2**20:.0f} MiB"
