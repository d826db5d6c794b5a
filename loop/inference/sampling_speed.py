"""How fast the engine samples beside other ways of it (`loop.inference.sampling_ways`), in turns and in one run.

A busy machine disturbs all of them, and wall times of different moments do not compare: what counts are the ratios
within a repeat, and their median. CPU time is disturbed less.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from loop.errors import EngineError
from loop.inference.chat import ChatStyle, render_prompt
from loop.inference.plan import SMALL_MODEL, plan_workers, worker_environment
from loop.inference.sampling_ways import Speed, Work

ENGINE = "engine"
ONE_PROCESS = "decode, one process"
POOLED = "pooled"
TITLES = {
    ENGINE: "engine",
    "decode": "bare llama_decode, as many processes",
    ONE_PROCESS: "bare llama_decode, one process",
    POOLED: "bare llama_decode, a pool of cells",
    "create_completion": "create_completion, one by one",
    "transformers": "transformers generate, batches",
}
SLOW = {"create_completion": 4, "transformers": 4}  # parts of the prompts that a slow way is asked
_NAMES = ("sum", "largest", "count", "index", "mean", "product", "parity", "range", "longest", "first", "last")


@dataclass
class Comparison:
    """By way, the speed of each repeat. prompt_tokens: of the first prompt; load: 1-minute load averages, before the
    first and after the last."""

    work: Work
    prompt_tokens: int
    speeds: dict[str, list[Speed]] = field(default_factory=dict)
    load: tuple[float, float] = (0.0, 0.0)

    def per_second(self, way: str, *, cpu: bool = False) -> float:
        """Completion tokens a second, the median."""
        return statistics.median(_rate(speed, cpu) for speed in self.speeds[way])

    def ratio(self, way: str, *, cpu: bool = False) -> float:
        """How many times as fast as this way the engine is: the median of the repeats' ratios."""
        pairs = zip(self.speeds[ENGINE], self.speeds[way], strict=True)
        return statistics.median(_rate(ours, cpu) / _rate(theirs, cpu) for ours, theirs in pairs)

    def best_decode(self, *, cpu: bool = False) -> str:
        """The faster of the bare loops."""
        bare = [way for way in ("decode", ONE_PROCESS, POOLED) if way in self.speeds]
        return max(bare, key=lambda way: self.per_second(way, cpu=cpu))


def measure(
    gguf: Path,
    directory: Path,
    *,
    style: ChatStyle,
    prompts: int,
    prompt_tokens: int,
    k: int,
    length: int,
    context: int,
    parallel: int,
    threads: int,
    repeats: int,
    without: Sequence[str] = (),
    say: Callable[[str], None],
) -> Comparison:
    """prompt_tokens: about as many in each prompt, 0 for short ones. without: ways that are left out.

    Raises EngineError when a way fails, or when prompt and completion do not fit the context.
    """
    texts, size = _prompts(directory, prompts, prompt_tokens, style)
    if size + length > context:
        raise EngineError(
            f"prompts of {size} tokens and completions of {length} do not fit a context of {context}",
            fix=f"--set model.context={size + length}",
        )
    specs = plan_workers(gguf, context, parallel, threads)
    work = Work(str(gguf), str(directory), texts, k, length, context, len(specs), specs[0].sequences, specs[0].threads)
    large = gguf.stat().st_size > SMALL_MODEL
    found = Comparison(work, size, load=(os.getloadavg()[0], 0.0))
    for repeat in range(repeats):
        for way in TITLES:
            if way in without or (way == ONE_PROCESS and work.workers == 1) or (way == POOLED and not large):
                continue
            speed = _run(way, work)
            found.speeds.setdefault(way, []).append(speed)
            say(f"{repeat + 1}: {TITLES[way]}: {speed.per_second:,.0f} tokens/s, {speed.per_cpu_second:,.0f} a CPU s")
    found.load = (found.load[0], os.getloadavg()[0])
    return found


def _run(way: str, work: Work) -> Speed:
    if way in SLOW:
        work = replace(work, prompts=work.prompts[: -(-len(work.prompts) // SLOW[way])])
    if way == ONE_PROCESS:
        n = work.workers
        way, work = "decode", replace(work, workers=1, sequences=n * work.sequences, threads=n * work.threads)
    command = [sys.executable, "-m", "loop.inference.sampling_ways", way]
    given = json.dumps(asdict(work)) + "\n"
    # The bare loops run as the engine's workers do; the others as they are started by default, which suits them best.
    environment = worker_environment(os.environ) if way in ("decode", POOLED) else dict(os.environ)
    done = subprocess.run(
        command, input=given, env=environment, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode != 0:
        raise EngineError(f"{way} failed: {' '.join(done.stderr.split())[-400:]}")
    return Speed(**json.loads(done.stdout.splitlines()[-1]))


def _prompts(directory: Path, number: int, tokens: int, style: ChatStyle) -> tuple[tuple[str, ...], int]:
    """Texts of at least so many tokens, which differ early on; and the tokens of the longest."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    texts = [_prompt(random.Random(seed), count, tokens, style) for seed in range(number)]
    return tuple(texts), max(map(count, texts))


def _prompt(rng: random.Random, count: Callable[[str], int], tokens: int, style: ChatStyle) -> str:
    lines = [f"Write a C function `int f{rng.randrange(1000)}(const int *a, int n)`: the {rng.choice(_NAMES)} of a."]
    while True:
        text = render_prompt("\n".join(lines), style=style)
        if count(text) >= tokens:
            return text
        lines.append(f"int {rng.choice(_NAMES)}_{rng.randrange(1000)}(int x) {{ return x * {rng.randrange(100)}; }}")


def _rate(speed: Speed, cpu: bool) -> float:
    return speed.per_cpu_second if cpu else speed.per_second
