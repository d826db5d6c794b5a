"""A long run of the grader in one process, and what it leaves behind: `python -m evaluators.bench.soak`.

Every candidate gets a constant of its own behind it, so that none is known already. The process adopts what its boxes
leave behind (it is their subreaper): whatever outlives its box is seen among its descendants. The dead among them would
be reaped by the system's first process; here that is done at the end.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluators.box.process_tree import PAGE, runs, tree_use
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec, from_json
from evaluators.verdict import Kind, Verdict

EVERY = 500
"""Executions from one look at the process to the next."""
CHUNK = 64
"""Candidates a worker that are handed over together; the end of a chunk leaves a core idle for one candidate."""
DYING = 2.0
"""Seconds after the end in which killed processes may still be seen."""
PR_SET_CHILD_SUBREAPER = 36
_OF_THE_CACHE = re.compile(r"verdicts\.sqlite(-wal|-shm)?|canaries\.json|drivers/[0-9a-f]{64}")


@dataclass(frozen=True)
class Sample:
    """Bytes of resident memory of this process and of all processes in its boxes; open descriptors; living descendants;
    files in the temporary folder."""

    executions: int
    resident: int
    boxes: int
    descriptors: int
    processes: int
    temporary: int


def main() -> None:
    """Work as `evaluators.bench.pipeline` reads it and `executions` (stdin); what `soak` gives (stdout)."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    json.dump(soak(json.load(sys.stdin)), sys.stdout)


def soak(work: dict[str, Any]) -> dict[str, Any]:
    """Samples and kinds of verdicts; `left`: processes, descriptors and files that are there after the end and were not
    before the beginning, besides the cache's own files."""
    cache = Path(work["cache"])
    specs = {name: from_json(spec) for name, spec in work["specs"].items()}
    jobs = [(specs[name], answer) for _, name, answer in work["jobs"]]
    settings = {name: work[name] for name in ("sandbox", "cases", "seed", "workers")}
    with Oracles(cache_dir=cache, **settings) as oracles:
        oracles.grade(jobs[0][0], jobs[0][0].reference)
    _reap()
    before = _look(0)
    samples: list[Sample] = []
    kinds: Counter[str] = Counter()
    done = 0
    began = time.monotonic()
    with Oracles(cache_dir=cache, **settings) as oracles:
        variants = _variants(jobs)
        while done < work["executions"]:
            for _, verdict in oracles.grade_many(itertools.islice(variants, CHUNK * oracles.workers)):
                kinds[verdict.kind.value] += 1
                done += executions(verdict)
                if done // EVERY >= len(samples):
                    samples.append(_look(done))
    _reap()
    after = _look(done)
    left = {
        "processes": after.processes - before.processes,
        "descriptors": after.descriptors - before.descriptors,
        "temporary files": after.temporary - before.temporary,
        "stray files": len(strays(cache)),
    }
    return {
        "executions": done,
        "candidates": sum(kinds.values()),
        "seconds": time.monotonic() - began,
        "kinds": dict(sorted(kinds.items())),
        "left": left,
        "samples": [asdict(sample) for sample in samples],
    }


def executions(verdict: Verdict) -> int:
    """Boxes in which a candidate certainly ran for this verdict: the plain build's, the sanitized build's."""
    if verdict.kind in (Kind.COMPILE_ERROR, Kind.TAMPER, Kind.FORMAT_ERROR, Kind.INFRA):
        return 0
    both = verdict.kind in (Kind.PASS, Kind.SANITIZER) or "under the sanitizers" in verdict.evidence
    return 2 if both else 1


def growth(samples: list[dict[str, int]], what: str) -> tuple[float, float]:
    """Means of the first and of the last tenth of the samples."""
    tenth = max(1, len(samples) // 10)
    values = [sample[what] for sample in samples]
    return statistics.mean(values[:tenth]), statistics.mean(values[-tenth:])


def strays(cache: Path) -> list[str]:
    """Files of the cache's folder that no part of the grader keeps there."""
    names = [str(path.relative_to(cache)) for path in cache.rglob("*") if not path.is_dir()]
    return sorted(name for name in names if not _OF_THE_CACHE.fullmatch(name))


def _variants(jobs: list[tuple[FunctionSpec, str]]) -> Iterator[tuple[str, FunctionSpec, str]]:
    """The answers again and again, each time with another constant that nothing uses."""
    for number, (spec, answer) in enumerate(itertools.cycle(jobs)):
        yield str(number), spec, f"{answer}\nenum {{ soaked_{number} }};\n"


def _reap() -> None:
    """Waits for the dead, and a moment for the dying; whoever lives on is left."""
    deadline = time.monotonic() + DYING
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            return


def _look(done: int) -> Sample:
    use = tree_use(os.getpid())
    own = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    descriptors, temporary = len(os.listdir("/proc/self/fd")), len(os.listdir(tempfile.gettempdir()))
    living = sum(runs(pid) for pid in use.pids) - 1
    return Sample(done, own, use.resident - own, descriptors, living, temporary)


if __name__ == "__main__":
    main()
