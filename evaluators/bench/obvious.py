"""The obvious way to grade: a file, `gcc -O1 -fsanitize=address,undefined`, run it, look at its exit status.

    echo '{"workers": 2, "programs": [["a", "int main(void) { return 0; }"]]}' | python -m evaluators.bench.obvious

No dedupe, no cache, nothing kept, no sandbox around a candidate - so this whole program is only ever started in a box
(`evaluators.bench.outer_box`), and refuses to run elsewhere. Language rules and sanitizer options are the oracle's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evaluators.bench.obvious_program import WRONG
from evaluators.box.observe import ASAN_OPTIONS
from evaluators.box.tiers import OUTER_BOX
from evaluators.box.toolchain import LANGUAGE
from evaluators.verdict import Kind

SANITIZED = 99
"""Exit status of a program that a sanitizer ended (see ASAN_OPTIONS)."""
SECONDS = 1.0
"""What a program may take; a right one takes a thirtieth of it."""
COMMAND = (
    "gcc",
    *(flag for flag in LANGUAGE if flag != "-fPIC"),
    "-O1",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)


def main() -> None:
    """Programs in (stdin), seconds and verdicts out (stdout). Waiting for gcc and the programs leaves Python idle."""
    if not OUTER_BOX.exists():
        sys.exit("this runs what a model wrote without a sandbox: start it with evaluators.bench.outer_box.run_boxed")
    given = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given["workers"]) as pool:
        began = time.monotonic()
        jobs = [(Path(folder), number, text) for number, (_, text) in enumerate(given["programs"])]
        kinds = list(pool.map(lambda job: judge(*job), jobs))
        seconds = time.monotonic() - began
    verdicts = {name: [kind.value] for (name, _), kind in zip(given["programs"], kinds, strict=True)}
    json.dump({"seconds": seconds, "verdicts": verdicts}, sys.stdout)


def judge(folder: Path, number: int, text: str) -> Kind:
    source, program = folder / f"{number}.c", folder / f"{number}"
    source.write_text(text, encoding="utf-8", errors="replace")
    try:
        if _run([*COMMAND, str(source), "-o", str(program)], seconds=20):
            return Kind.COMPILE_ERROR
        status = _run([str(program)], seconds=SECONDS)
    except subprocess.TimeoutExpired:
        return Kind.TIMEOUT
    finally:
        source.unlink()
        program.unlink(missing_ok=True)
    return {0: Kind.PASS, WRONG: Kind.WRONG_ANSWER, SANITIZED: Kind.SANITIZER}.get(status, Kind.RUNTIME_ERROR)


def _run(command: list[str], *, seconds: float) -> int:
    """Exit status, negative for a signal; what is printed goes nowhere."""
    none = subprocess.DEVNULL
    environment = {**os.environ, "ASAN_OPTIONS": ASAN_OPTIONS}
    return subprocess.run(
        command, stdin=none, stdout=none, stderr=none, timeout=seconds, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    main()
