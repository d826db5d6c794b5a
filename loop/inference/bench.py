"""How fast the engine samples, beside a `create_completion` loop and a bare `llama_decode` loop.

    python -m loop.inference.bench --base micro --parallel 32

Each row counts completion tokens a second of wall time, and a second of CPU time: the latter is what the code costs
when something else wants the cores as well. All three start from the same prompts; the bare loop neither stops at the
end of a turn nor refills, so it is llama.cpp's share of the work and no more.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from loop.inference.chat import render_prompt
from loop.inference.engine import Request

PROMPTS = [
    render_prompt(f"Write a C function `int f{i}(const int *a, int n)` that returns the sum of the odd elements.")
    for i in range(64)
]


@dataclass(frozen=True)
class Speed:
    """Completion tokens and what they took; seconds of wall time, CPU seconds of all processes involved."""

    method: str
    tokens: int
    wall: float
    cpu: float

    @property
    def per_second(self) -> float:
        return self.tokens / self.wall

    @property
    def per_cpu_second(self) -> float:
        return self.tokens / self.cpu


def engine_speed(gguf: Path, *, context: int, parallel: int, threads: int, completions: int, length: int) -> Speed:
    """The engine, its start not counted in wall time (but in CPU time)."""
    from loop.inference.llama import LlamaEngine

    k = 8
    requests = [
        Request(f"{i}", PROMPTS[(i // k) % len(PROMPTS)], seed=i, temperature=0.8, max_tokens=length)
        for i in range(completions)
    ]
    before = _cpu(resource.RUSAGE_CHILDREN)
    with LlamaEngine(gguf, context=context, parallel=parallel, threads=threads) as engine:
        began = time.perf_counter()
        tokens = sum(done.completion_tokens for done in engine.generate(requests, None))
        wall = time.perf_counter() - began
        workers = len(engine.worker_pids)
    return Speed(f"engine, {workers} workers", tokens, wall, _cpu(resource.RUSAGE_CHILDREN) - before)


def decode_speed(gguf: Path, *, context: int, parallel: int, threads: int, length: int) -> Speed:
    """`parallel` sequences in one llama_decode with `threads` threads, the next token by argmax."""
    import numpy as np

    from loop.inference.native import LlamaContext

    model = LlamaContext(gguf, context=context, sequences=parallel, threads=threads)
    tokens = model.tokenize(PROMPTS[0])
    prompt, places = np.array(tokens, dtype=np.int32), np.arange(len(tokens), dtype=np.int32)
    for sequence in range(parallel):
        model.decode(prompt, places, np.full(len(tokens), sequence, dtype=np.int32), logits=False)
    sequences = np.arange(parallel, dtype=np.int32)
    current = np.full(parallel, tokens[-1], dtype=np.int32)
    cpu, began = _cpu(resource.RUSAGE_SELF), time.perf_counter()
    for step in range(length):
        positions = np.full(parallel, len(tokens) + step, dtype=np.int32)
        logits = model.decode(current, positions, sequences, logits=True)
        assert logits is not None
        current = logits.argmax(axis=1).astype(np.int32)
    wall = time.perf_counter() - began
    return Speed(f"bare llama_decode, {threads} threads", parallel * length, wall, _cpu(resource.RUSAGE_SELF) - cpu)


def completion_speed(gguf: Path, *, context: int, threads: int, completions: int, length: int) -> Speed:
    """llama-cpp-python's high-level call, one completion after the other."""
    from llama_cpp import Llama

    model = Llama(str(gguf), n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False)
    cpu, began, tokens = _cpu(resource.RUSAGE_SELF), time.perf_counter(), 0
    for i in range(completions):
        answer = model.create_completion(
            PROMPTS[i % len(PROMPTS)], max_tokens=length, temperature=0.8, top_k=0, top_p=1.0, min_p=0.0, seed=i
        )
        assert isinstance(answer, dict)
        tokens += answer["usage"]["completion_tokens"]
    wall = time.perf_counter() - began
    return Speed(f"create_completion, {threads} threads", tokens, wall, _cpu(resource.RUSAGE_SELF) - cpu)


def measure(gguf: Path, *, context: int, parallel: int, threads: int, length: int) -> list[Speed]:
    """All three, each loop in a process of its own (two OpenMP settings cannot live in one). The engine comes first."""
    ours = engine_speed(
        gguf, context=context, parallel=parallel, threads=threads, completions=20 * parallel, length=length
    )
    shared = {"context": context, "length": length}
    loops = [("decode_speed", {**shared, "parallel": parallel, "threads": n}) for n in sorted({1, threads})]
    loops.append(("completion_speed", {**shared, "threads": threads, "completions": 10}))
    return [ours, *(_in_a_process(name, gguf, arguments) for name, arguments in loops)]


def _in_a_process(name: str, gguf: Path, arguments: dict[str, int]) -> Speed:
    command = [sys.executable, "-m", "loop.inference.bench", "--only", name, json.dumps(arguments), "--base", str(gguf)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=True)
    return Speed(**json.loads(done.stdout.splitlines()[-1]))


def _cpu(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    from loop.inference.llama import available_cores

    parser = argparse.ArgumentParser(prog="python -m loop.inference.bench", description=__doc__)
    parser.add_argument("--base", default="micro", help="a model's name or directory, or a GGUF")
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--parallel", type=int, default=32)
    parser.add_argument("--threads", type=int, default=available_cores())
    parser.add_argument("--length", type=int, default=120, help="tokens a completion")
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    gguf = Path(options.base)
    if options.only:
        only: dict[str, Callable[..., Speed]] = {"decode_speed": decode_speed, "completion_speed": completion_speed}
        print(json.dumps(asdict(only[options.only[0]](gguf, **json.loads(options.only[1])))))
        return
    if gguf.suffix != ".gguf":
        from loop.home import open_home
        from loop.models.catalogue import resolve

        gguf = resolve(options.base, open_home()).gguf
    shared = {"context": options.context, "parallel": options.parallel, "threads": options.threads}
    print(f"{gguf.name}: {shared}, load average {os.getloadavg()[0]:.1f} on {available_cores()} cores")
    for row in measure(gguf, **shared, length=options.length):
        print(f"{row.method:34s} {row.per_second:9,.0f} tokens/s {row.per_cpu_second:9,.0f} tokens/CPU s")


if __name__ == "__main__":
    main()
