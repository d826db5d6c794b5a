"""What a verdict costs: `python -m evaluators.bench [candidates]`.

Every candidate is distinct, so nothing comes from a cache. CPU is that of every process of every box. Only a counter
that children inherit sees them all (a killed pid namespace is not added to anybody's rusage), so it needs `perf`.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evaluators.oracles.session import Oracles
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


def main(count: int) -> None:
    """Prints wall milliseconds with one worker, CPU milliseconds a candidate, and candidates a second with all."""
    print("| candidate | verdict | median ms, one worker | CPU ms | a second, all workers |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        for number, kind in enumerate(_KINDS):
            grade(Path(scratch), kind, range(-1, 0), workers=1)  # drivers, canaries, the reference
            n = max(4, count // 8) if kind == "infinite loop" else count
            first = 2 * number * count
            walls, verdict = grade(Path(scratch), kind, range(first, first + n), workers=1)
            started = time.monotonic()
            grade(Path(scratch), kind, range(first + n, first + 2 * n), workers=0)
            rate = n / (time.monotonic() - started)
            wall, cpu = 1000 * statistics.median(walls), _cpu_milliseconds(Path(scratch), kind, n)
            print(f"| {kind} | {verdict} | {wall:.0f} | {cpu} | {rate:.0f} |", flush=True)


def grade(cache: Path, kind: str, numbers: range, workers: int) -> tuple[list[float], str]:
    """(wall seconds of each, the kinds of verdict seen)."""
    with Oracles(cache_dir=cache, workers=workers) as oracle:
        verdicts = [v for _, v in oracle.grade_many((str(i), _SPEC, _KINDS[kind](i)) for i in numbers)]
    return [v.seconds for v in verdicts], ", ".join(sorted({v.kind.value for v in verdicts}))


def _cpu_milliseconds(cache: Path, kind: str, count: int) -> str:
    """Of one more candidate: the difference between a run with `count` fresh ones and a run with one known one."""
    perf = shutil.which("perf")
    if not perf:
        return "-"
    fresh = 10**6
    used = []
    for numbers in (range(-1, 0), range(fresh, fresh + count)):
        code = f"from evaluators.bench.costs import *; grade(Path({str(cache)!r}), {kind!r}, {numbers!r}, 1)"
        command = [perf, "stat", "-x", ",", "-e", "task-clock", sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        used.append(float(done.stderr.splitlines()[-1].split(",")[0]))
    return f"{(used[1] - used[0]) / count:.0f}"
