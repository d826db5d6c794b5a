"""Ways to sample, each in a process of its own: the engine, llama.cpp without anything around it, and what people do.

    python -m loop.inference.sampling_ways WAY < work.json

Each evaluates the same prompts, and samples `k` completions of each. What is counted begins when the model is loaded
and has answered once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from loop.errors import EngineError

TEMPERATURE = 0.8


@dataclass(frozen=True)
class Work:
    """gguf: for llama.cpp; directory: the same weights in Hugging Face layout. k: completions of a prompt; length:
    tokens of a completion, at most. workers, sequences, threads: processes, sequences and threads of each."""

    gguf: str
    directory: str
    prompts: tuple[str, ...]
    k: int
    length: int
    context: int
    workers: int
    sequences: int
    threads: int


@dataclass(frozen=True)
class Speed:
    """Completion tokens, and what they took with their prompts: seconds of wall time, CPU seconds of all processes."""

    tokens: int
    wall: float
    cpu: float

    @property
    def per_second(self) -> float:
        return self.tokens / self.wall

    @property
    def per_cpu_second(self) -> float:
        return self.tokens / self.cpu


def engine(work: Work) -> Speed:
    """This package's own."""
    from loop.inference.engine import Request
    from loop.inference.llama import LlamaEngine

    def requests(prompts: tuple[str, ...], seed: int) -> list[Request]:
        return [
            Request(f"{p}/{i}", prompt, seed + p * work.k + i, TEMPERATURE, work.length)
            for p, prompt in enumerate(prompts)
            for i in range(work.k)
        ]

    parallel, threads = work.workers * work.sequences, work.workers * work.threads
    with LlamaEngine(Path(work.gguf), context=work.context, parallel=parallel, threads=threads) as opened:
        list(opened.generate([replace(one, max_tokens=1) for one in requests(work.prompts[:1], 0)], None))
        with _spent(opened.worker_pids) as spent:
            tokens = sum(done.completion_tokens for done in opened.generate(requests(work.prompts, 1000), None))
    return Speed(tokens, *spent)


def decode(work: Work) -> Speed:
    """`llama_decode` alone, in as many processes: a prompt evaluated once and copied, then a token for each sequence.
    Nothing is drawn, nothing becomes text, nothing ends early."""
    if work.workers == 1:
        return _decode(work)
    with ExitStack() as stack:
        parts = []
        for i in range(work.workers):
            part = replace(work, prompts=work.prompts[i :: work.workers], workers=1)
            command = [sys.executable, "-m", "loop.inference.sampling_ways", "decode", "wait"]
            process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(asdict(part)).encode() + b"\n")
            process.stdin.flush()
            parts.append((process.stdin, process.stdout))
        for _, output in parts:
            output.readline()  # it is ready
        began = time.perf_counter()
        for given, _ in parts:
            given.write(b"\n")
            given.flush()
        done = [Speed(**json.loads(output.readline())) for _, output in parts]
        wall = time.perf_counter() - began
    return Speed(sum(speed.tokens for speed in done), wall, sum(speed.cpu for speed in done))


def pooled(work: Work) -> Speed:
    """The same in one process, whose sequences share a pool of cells (`loop.inference.layout`)."""
    return _decode(work, share=True)


def _decode(work: Work, *, share: bool = False, wait: bool = False) -> Speed:
    import numpy as np

    from loop.inference.native import LlamaContext

    model = LlamaContext(Path(work.gguf), context=work.context, sequences=work.sequences, threads=work.threads)
    sequences = np.arange(work.sequences, dtype=np.int32)
    some = np.full(work.sequences, 17, dtype=np.int32)
    prompts = [np.array(model.tokenize(prompt), dtype=np.int32) for prompt in work.prompts]
    together = max(1, work.sequences // work.k)
    if share and not model.arrange(together * max(map(len, prompts)) + work.sequences * work.length):
        raise EngineError("a pool would take more memory than streams do")

    def wave(some_prompts: list[Any], steps: int) -> None:
        model.clear()
        lengths = np.zeros(work.sequences, dtype=np.int32)
        for i, prompt in enumerate(some_prompts):
            holder, *others = range(i * work.k, min((i + 1) * work.k, work.sequences))
            for start in range(0, len(prompt), model.batch_size):
                part = prompt[start : start + model.batch_size]
                places = np.arange(start, start + len(part), dtype=np.int32)
                model.decode(part, places, np.full(len(part), holder, dtype=np.int32), logits=False)
            for other in others:
                model.copy(holder, other)
            lengths[holder : holder + len(others) + 1] = len(prompt)
        live = np.flatnonzero(lengths).astype(np.int32)
        for step in range(steps):
            model.decode(some[live], lengths[live] + step, sequences[live], logits=True)

    wave(prompts[:1], 1)
    if wait:
        print("ready", flush=True)
        sys.stdin.readline()
    with _spent() as spent:
        for start in range(0, len(prompts), together):
            wave(prompts[start : start + together], work.length)
    return Speed(len(prompts) * min(work.k, work.sequences) * work.length, *spent)


def create_completion(work: Work) -> Speed:
    """llama-cpp-python's own call, one completion after the other; it keeps what its next prompt begins with."""
    from llama_cpp import Llama

    model = Llama(
        work.gguf, n_ctx=work.context, n_threads=work.threads, n_threads_batch=work.threads, verbose=False
    )  # the engine's distribution: no truncation of it
    plain: dict[str, Any] = {"temperature": TEMPERATURE, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
    model.create_completion(work.prompts[-1], max_tokens=1, **plain)
    tokens = 0
    with _spent() as spent:
        for p, prompt in enumerate(work.prompts):
            for i in range(work.k):
                said: Any = model.create_completion(prompt, max_tokens=work.length, seed=p * work.k + i, **plain)
                tokens += said["usage"]["completion_tokens"]
    return Speed(tokens, *spent)


def transformers(work: Work) -> Speed:
    """`generate` on batches of as many sequences, in float32 where that is what the engine has, else as stored."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    small = Path(work.gguf).stat().st_size <= 64 << 20
    torch.set_num_threads(work.workers * work.threads)
    tokenizer = AutoTokenizer.from_pretrained(work.directory, padding_side="left")
    model: Any = AutoModelForCausalLM.from_pretrained(work.directory, dtype=torch.float32 if small else "auto")
    model.eval()
    together = max(1, work.workers * work.sequences // work.k)

    def wave(prompts: tuple[str, ...], length: int) -> int:
        batch = tokenizer(list(prompts), return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.no_grad():
            said = model.generate(
                **batch, do_sample=True, temperature=TEMPERATURE, top_k=0, max_new_tokens=length,
                num_return_sequences=work.k, pad_token_id=tokenizer.pad_token_id,
            )  # fmt: skip
        new = said[:, batch["input_ids"].shape[1] :]
        ended = (new == tokenizer.eos_token_id).int().cumsum(dim=1)
        return int((ended - (new == tokenizer.eos_token_id).int() == 0).sum())

    wave(work.prompts[:1], 1)
    with _spent() as spent:
        starts = range(0, len(work.prompts), together)
        tokens = sum(wave(work.prompts[start : start + together], work.length) for start in starts)
    return Speed(tokens, *spent)


WAYS = {
    "engine": engine,
    "decode": decode,
    "pooled": pooled,
    "create_completion": create_completion,
    "transformers": transformers,
}


@contextmanager
def _spent(pids: list[int] | None = None) -> Iterator[list[float]]:
    """[wall, CPU] of what is done within: seconds of this process and of those named."""
    spent: list[float] = []
    wall, cpu = time.perf_counter(), _cpu(pids or [])
    yield spent
    spent += [time.perf_counter() - wall, _cpu(pids or []) - cpu]


def _cpu(pids: list[int]) -> float:
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return time.process_time() + sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def main(way: str, *options: str) -> None:
    work = Work(**json.loads(sys.stdin.readline()))
    work = replace(work, prompts=tuple(work.prompts))
    speed = _decode(work, wait=True) if "wait" in options else WAYS[way](work)
    print(json.dumps(asdict(speed)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
