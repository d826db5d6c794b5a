"""A world in which a whole cycle takes seconds: tiny real tasks, graded for real, and a model that is a script.

The script's skill is the share of its answers that are right. An adapter's weights file holds its skill, so that
"training" can be anything a test wants: a better model, a worse one, or none.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluators.spec import FunctionSpec, Param
from loop.config import (
    AuditSettings,
    GateSettings,
    GradeSettings,
    PracticeSettings,
    RunSettings,
    SamplingSettings,
    Settings,
    TrainSettings,
)
from loop.cycle.context import Context, open_context
from loop.cycle.records import StageOutcome
from loop.cycle.run import run_cycle
from loop.home import Home
from loop.inference.engine import Request
from loop.inference.scripted import ScriptedEngine
from loop.tasks.task import Pack, Split, Task
from loop.training.trainer import TrainResult, TrainSpec

SETTINGS = Settings(
    profile="scripted",
    run=RunSettings(seed=7),
    sampling=SamplingSettings(max_tokens=200),
    practice=PracticeSettings(tasks=6, k=3),
    audit=AuditSettings(k=2, honeypots=2),
    grade=GradeSettings(cases=4),
    train=TrainSettings(min_tasks=2),
    gate=GateSettings(alpha=0.4, attempts=8, attempt_alpha=0.05, permutations=2000, bootstrap=200),
)

# The same, with a person to be asked before anything is promoted.
ASKING = replace(SETTINGS, gate=replace(SETTINGS.gate, require_approval=True))


# The sign-flip test exchanges whole families: fewer than five of them could never show p < 0.05.
BODIES = {
    "plus": "x + {n}",
    "minus": "{n} - x",
    "times": "x * {n}",
    "masked": "(x & {n}) - {n}",
    "larger": "x > {n} ? x : {n}",
    "even": "x % 2 ? {n} : x",
    "square": "x * x + {n}",
}


def make_task(family: str, number: int, split: Split) -> Task:
    """`f(x)` is some arithmetic in x that no other task asks for."""
    body = BODIES[family].format(n=number)
    spec = FunctionSpec(
        name="f",
        returns="int",
        params=(Param("x", "int", "scalar"),),
        reference=f"int f(int x) {{\n    return {body};\n}}\n",
    )
    return Task("scripted", family, split, (family, str(number)), f"Write int f(int x) that returns {body}.", spec)


def make_pack() -> Pack:
    splits: tuple[tuple[Split, range], ...] = (
        ("practice", range(2, 4)),
        ("audit", range(4, 6)),
        ("vault", range(6, 7)),
    )
    tasks = [make_task(f, n, s) for f in BODIES for s, numbers in splits for n in numbers]
    return Pack("scripted", tuple(tasks))


def wrong(reference: str) -> str:
    return reference.replace("return ", "return 1 + (").replace(";\n}", ");\n}")


def answer(code: str) -> str:
    return f"```c\n{code}```"


@dataclass(frozen=True)
class StubBase:
    """Stands where a base model's files would: a scripted engine reads none."""

    name: str
    hf_dir: Path
    gguf: Path
    sha256: str


class SkilledScript:
    """Right with the adapter's skill, wrong or without a code block otherwise."""

    def __init__(self, pack: Pack, base_skill: float) -> None:
        self.by_prompt = {task.prompt: task for task in pack.tasks}
        self.base_skill = base_skill

    def __call__(self, request: Request, adapter: Path | None, rng: random.Random) -> str:
        skill = self.base_skill if adapter is None else float(json.loads(adapter.read_text())["skill"])
        prompt = request.prompt.split("<|im_start|>user\n")[1].split("<|im_end|>")[0]
        reference = self.by_prompt[prompt].spec.reference
        draw = rng.random()
        if draw < skill:
            return answer(reference)
        return answer(wrong(reference)) if draw < 0.2 * skill + 0.8 else "I cannot say."


class SkillTrainer:
    """Writes an adapter of the skill it is told; `skill` sees the examples."""

    def __init__(self, skill: Callable[[list[dict[str, str]]], float]) -> None:
        self.skill = skill
        self.trained: list[TrainSpec] = []

    def train(self, spec: TrainSpec, progress: Callable[[float, str], None]) -> TrainResult:
        self.trained.append(spec)
        rows = [json.loads(line) for line in spec.examples.read_text().splitlines()]
        spec.out.mkdir(parents=True)
        weights = json.dumps({"skill": self.skill(rows), "seed": spec.seed, "rows": spec.examples.stem})
        for name, text in (("adapter.gguf", weights), ("adapter_config.json", "{}"), ("metrics.json", "{}")):
            (spec.out / name).write_text(text)
        progress(1.0, "done")
        digest = hashlib.sha256(weights.encode()).hexdigest()
        return TrainResult(spec.out, spec.out / "adapter.gguf", digest, 0.01, {"rows": len(rows)})


def no_parity(*_: Any) -> dict[str, Any]:
    """A script has no logits to compare."""
    return {"checked": "nothing: scripted engine"}


def scripted_context(
    home: Home,
    *,
    base_skill: float = 0.3,
    trained_skill: float | Callable[[list[dict[str, str]]], float] = 0.97,
    settings: Settings = SETTINGS,
    pack: Pack | None = None,
    parity: Callable[..., dict[str, Any]] = no_parity,
) -> Context:
    """A context in which only model and trainer are scripts; store, registry, gate, sandbox and compiler are real."""
    pack = pack or make_pack()
    skill = trained_skill if callable(trained_skill) else lambda rows: trained_skill
    base = StubBase("scripted", home.models, home.models / "none.gguf", "0" * 64)
    return open_context(
        settings,
        home,
        pack=pack,
        base=base,  # type: ignore[arg-type]
        engine=ScriptedEngine(SkilledScript(pack, base_skill)),
        trainer=SkillTrainer(skill),
        parity=parity,
    )


def run_implementation(ctx: Context) -> StageOutcome:
    """A whole cycle, of which functions ask nothing but the implementation."""
    return run_cycle(ctx).stages["implementation"]


def with_run(settings: Settings, **values: Any) -> Settings:
    return replace(settings, run=replace(settings.run, **values))
