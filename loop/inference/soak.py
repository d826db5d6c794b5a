"""A long run of completions through one engine, and what it holds in memory meanwhile.

Every call brings new prompts, and some of its requests have stop strings, a grammar or a thought: whatever keeps
something of a request would show.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from loop.inference.chat import render_prompt
from loop.inference.engine import Request
from loop.inference.llama import LlamaEngine

SAMPLES = 100  # looks at the processes
_TOKENS = 16  # of a completion, at most: the run is to be long in completions
_GRAMMAR = 'root ::= [a-z]+ (" " [a-z]+)*'


def soak(
    gguf: Path, completions: int, *, context: int, parallel: int, threads: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """completions, tokens, seconds, and `samples`: resident bytes of the workers together and of this process.

    Raises EngineError.
    """
    samples: list[dict[str, int]] = []
    tokens, count, began = 0, 0, time.monotonic()
    with LlamaEngine(gguf, context=context, parallel=parallel, threads=threads) as engine:
        for number, requests in enumerate(_calls(completions, max(1, completions // SAMPLES))):
            for done in engine.generate(requests, None):
                tokens += done.completion_tokens
                count += 1
            workers = sum(_resident(pid) for pid in engine.worker_pids)
            samples.append({"workers": workers, "parent": _resident("self")})
            if number % 10 == 9:
                say(f"{count} completions, workers {workers / 2**20:.1f} MiB")
    return {"completions": count, "tokens": tokens, "seconds": time.monotonic() - began, "samples": samples}


def _calls(completions: int, size: int) -> Iterator[list[Request]]:
    for start in range(0, completions, size):
        yield [_request(number) for number in range(start, min(start + size, completions))]


def _request(number: int) -> Request:
    """Four of a prompt; of ten prompts one each with a thought, a grammar and stop strings."""
    task, kind = number // 4, number // 4 % 10
    prompt = render_prompt(f"Write `int f{task}(int x)`.", thinking=kind == 0)
    return Request(
        str(number),
        prompt,
        seed=number,
        temperature=0.8,
        max_tokens=_TOKENS,
        thinking_budget=6 if kind == 0 else 0,
        grammar=_GRAMMAR if kind == 1 else "",
        stop=("int", "}") if kind == 2 else (),
    )


def _resident(pid: int | str) -> int:
    """Bytes. The file's second number counts pages (proc_pid_statm(5))."""
    import resource

    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
