"""What an engine really takes while it answers the stages' questions, beside what was predicted.

The longest prompts are asked, as many at a time as the settings allow, so that cache and scratch are used to the full.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loop.config import Settings
from loop.errors import EngineError, ToolError
from loop.home import Home
from loop.inference.chat import render_prompt
from loop.inference.demand import Demand, demands
from loop.inference.engine import Question, Request
from loop.inference.llama import LlamaEngine
from loop.inference.memory import EngineMemory
from loop.models import catalogue
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.router import StageModel, resolve
from loop.stage_names import StageName
from loop.tasks.task import Task

_IDLE = "import loop.inference.worker; print(open('/proc/self/status').read())"


@dataclass(frozen=True)
class Measured:
    """One engine. peak: bytes, the most that its workers ever held, added up (VmHWM); idle: as many workers without a
    model. prompt_tokens: of the longest prompt; asked: questions by stage; tokens: sampled; seconds: start not counted.
    """

    demand: Demand
    predicted: EngineMemory
    peak: int
    idle: int
    asked: dict[StageName, int]
    prompt_tokens: int
    tokens: int
    seconds: float

    @property
    def ratio(self) -> float:
        """Measured to predicted, both without the idle process."""
        return (self.peak - self.idle) / (self.predicted.total - self.predicted.workers * self.predicted.process)


def measure(
    settings: Settings,
    home: Home,
    tasks: Sequence[Task],
    *,
    calls: int,
    answer_tokens: int,
    say: Callable[[str], None],
) -> Iterator[Measured]:
    """One engine after the other, each alone in memory, without adapters.

    calls: questions of a stage that are put, the longest; answer_tokens: at most, of an answer; say: how far it is.
    Raises ToolError where there is no /proc, and what the router, the catalogue and the engine raise.
    """
    if not Path("/proc/self/status").is_file():
        raise ToolError("the peak of a process is read from /proc, which is not there", fix="measure on Linux")
    one_idle = _idle_peak()
    for demand in demands(settings):
        say(f"{demand.engine.base} at {demand.quantization}: starting")
        base = catalogue.resolve(demand.engine.base, home, quantization=demand.engine.quantization)
        sampling = settings.sampling
        with LlamaEngine(
            base.gguf, context=demand.engine.context, parallel=sampling.parallel, threads=sampling.threads
        ) as engine:
            requests: list[Request] = []
            questions: list[Question] = []
            asked: dict[StageName, int] = {}
            for stage in demand.engine.stages:
                model = resolve(settings, stage)
                longest = _longest_calls(engine, model, tasks, calls)
                asked[stage] = len(longest)
                limit = min(model.max_tokens, answer_tokens)
                for i, (prompt, call) in enumerate(longest.items()):
                    key = f"{stage}/{i}"
                    requests.append(Request(key, prompt, seed=i, temperature=model.temperature, max_tokens=limit))
                    if call.options and model.by_logits:
                        questions.append(Question(key, prompt, call.options))
            say(f"{demand.engine.base}: asking {len(requests)} questions, {len(questions)} of them off the logits too")
            began = time.monotonic()
            done = list(engine.generate(requests, None))
            list(engine.choose(questions, None))
            seconds = time.monotonic() - began
            peak = sum(peak_of(pid) for pid in engine.worker_pids)
        yield Measured(
            demand,
            replace(demand.memory, adapters=0),
            peak,
            one_idle * demand.memory.workers,
            asked,
            max(completion.prompt_tokens for completion in done),
            sum(completion.completion_tokens for completion in done),
            seconds,
        )


def _longest_calls(engine: LlamaEngine, model: StageModel, tasks: Sequence[Task], calls: int) -> dict[str, Call]:
    """Rendered prompts of the stage with their calls, each task given what its reference shows."""

    def rendered(text: str) -> str:
        return render_prompt(text, thinking=model.thinking, style=model.chat)

    @functools.cache
    def count(text: str) -> int:
        return len(engine.tokenize(text))

    room = Room(model.prompt_tokens - count(rendered("")), count)
    stage = stage_of(model.stage)
    found = {
        call.prompt: call
        for task in tasks
        for turn in range(stage.rounds)
        for call in stage.calls(task, reference_findings(task), turn, room)
        if room.holds(call.prompt)
    }
    return {rendered(prompt): found[prompt] for prompt in sorted(found, key=len, reverse=True)[:calls]}


def peak_of(pid: int) -> int:
    """The most memory that the process ever held, in bytes. Raises EngineError when it is gone."""
    try:
        return _high_water(Path(f"/proc/{pid}/status").read_text())
    except OSError as error:
        raise EngineError(f"worker {pid} is gone", fix="look at the error before this one") from error


def _idle_peak() -> int:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", _IDLE], cwd=root, capture_output=True, text=True, check=True)
    return _high_water(done.stdout)


def _high_water(status: str) -> int:
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10
