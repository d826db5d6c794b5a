"""What a verdict costs: `python -m evaluators.bench [candidates]`.

Every candidate is distinct, so nothing comes from a cache. CPU is user and system time of this process and of every
process of every box: the bench adopts the boxes' orphans (PR_SET_CHILD_SUBREAPER) so that the kernel adds them up.
"""

from __future__ import annotations

import ctypes
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evaluators.differential import DifferentialOracle
from evaluators.spec import FunctionSpec, Param

_SPEC = FunctionSpec(
    "sum_positive",
    "int",
    (Param("a", "const int *", "buffer"), Param("n", "int", "scalar", of="a", role="length")),
    "int sum_positive(const int *a, int n) { int s = 0; while (n-- > 0) if (a[n] > 0) s += a[n]; return s; }",
)
_BODY = """int sum_positive(const int *a, int n) {{
    int total = 0;
    for (int i = 0; i < n; i++) {{
        if (a[i] {test} 0) {{
            total += a[i] + {i} - {i};
        }}
    }}
    return total;
}}
"""
_KINDS: dict[str, Callable[[int], str]] = {
    "wrong answer": lambda i: _BODY.format(test="<", i=i),
    "pass": lambda i: _BODY.format(test=">", i=i),
    "pass, three headers": lambda i: (
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" + _BODY.format(test=">", i=i)
    ),
    "compile error": lambda i: _BODY.format(test=">", i=i).replace("return", f"retrun{i}"),
    "sanitizer": lambda i: _BODY.format(test=">", i=i).replace("i < n", "i <= n"),
    "infinite loop": lambda i: _BODY.format(test=">", i=i).replace("i++", ""),
}
_PR_SET_CHILD_SUBREAPER = 36


def main(count: int) -> None:
    """Prints wall milliseconds with one worker, CPU milliseconds a candidate, and candidates a second with all."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print("| candidate | verdict | median ms, one worker | CPU ms | a second, all workers |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        with DifferentialOracle(cache_dir=Path(scratch)) as warm:  # drivers, canaries
            list(warm.grade_many([(k, _SPEC, make(-1)) for k, make in _KINDS.items()]))
        base = 0
        for kind, make in _KINDS.items():
            n = max(4, count // 8) if kind == "infinite loop" else count
            walls, cpu, verdict = _measure(Path(scratch), [make(base + i) for i in range(n)], workers=1)
            started = time.monotonic()
            _measure(Path(scratch), [make(base + n + i) for i in range(n)], workers=0)
            rate = n / (time.monotonic() - started)
            base += 2 * n
            wall = 1000 * statistics.median(walls)
            print(f"| {kind} | {verdict} | {wall:.0f} | {1000 * cpu:.0f} | {rate:.0f} |", flush=True)


def _measure(cache: Path, sources: list[str], workers: int) -> tuple[list[float], float, str]:
    """(wall seconds of each, mean CPU seconds, the kinds seen)."""
    before = _cpu()
    with DifferentialOracle(cache_dir=cache, workers=workers) as oracle:
        verdicts = [v for _, v in oracle.grade_many((str(i), _SPEC, s) for i, s in enumerate(sources))]
    _reap()
    kinds = ", ".join(sorted({v.kind.value for v in verdicts}))
    return [v.seconds for v in verdicts], (_cpu() - before) / len(sources), kinds


def _reap() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _cpu() -> float:
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
