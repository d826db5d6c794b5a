"""A world of projects, in which a cycle goes through all stages in seconds: real tasks, a model that is a script."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from evaluators.oracles.repository import RepositorySpec, reference_of
from evaluators.projects.edits import Edit, parse_edits, render_edits
from evaluators.projects.ground_truth import ground_truth
from loop.cycle.calls import stage_calls
from loop.cycle.context import Context, open_context
from loop.home import Home
from loop.inference.engine import Request
from loop.inference.scripted import ScriptedEngine
from loop.pipeline.stage import Call
from loop.stage_names import STAGES
from loop.tasks.task import Pack, Split, Task
from tests.support.repositories import BUG_FIX, CROSS_FILE_FIX, FEATURE
from tests.support.scripted_world import SETTINGS, SkillTrainer, StubBase, no_parity

SAID = {
    "bugfix": (BUG_FIX, "After a few pushes and pops the ring gives values back that nobody put into it."),
    "bugfix-cross": (CROSS_FILE_FIX, "Long names of sections are read as if they had no end, and blanks stay on them."),
    "feature": (FEATURE, "Add ring_peek, which shows the value at a place counted from the oldest."),
}
FAMILIES = ("north", "south", "east", "west", "up", "down")  # the sign-flip test wants five at least
STAGED = replace(
    SETTINGS,
    model=replace(SETTINGS.model, context=2048),
    practice=replace(SETTINGS.practice, tasks=6, k=3, calls=3),
    audit=replace(SETTINGS.audit, k=2, calls=3, chain=3),
    gate=replace(
        SETTINGS.gate, alpha=0.4, attempts=2, attempt_alpha=0.2, guard_alpha=0.2
    ),  # a handful of tasks shows no more
)


def project_task(kind: str, family: str, split: Split) -> Task:
    """The same project in each family and split, in other words: ids follow from the request."""
    spec, request = SAID[kind]
    assert isinstance(spec, RepositorySpec)
    truth = ground_truth(spec.repository, reference_of(spec), request)
    said = f"{request} ({family}, {split})"
    return Task("staged", family, split, (kind, family), said, spec, kind, truth)


def staged_pack() -> Pack:
    splits: tuple[Split, ...] = ("practice", "audit", "vault")
    kinds = list(SAID)
    tasks = [project_task(kinds[i % 3], family, split) for split in splits for i, family in enumerate(FAMILIES)]
    return Pack("staged", tuple(tasks))


def right_answer(task: Task, call: Call) -> str:
    if call.stage == "implementation":
        return str(task.spec.reference)  # type: ignore[attr-defined]
    return str(call.label)


def wrong_answer(task: Task, call: Call) -> str:
    if call.stage == "implementation":
        found = parse_edits(task.spec.reference)  # type: ignore[attr-defined]
        return render_edits(Edit(edit.file, edit.search, edit.search + " ") for edit in found)  # changes nothing
    return next((option for option in call.options if option != call.label), "README.md")


class FourBytes(ScriptedEngine):
    """Four bytes make a token, as in a real tokenizer's rule of thumb."""

    def tokenize(self, text: str) -> list[int]:
        return list(text.encode()[::4])


class StagedScript:
    """Right with the skill of its stage (an adapter's, else the base's), wrong otherwise; greedy counts as one draw."""

    def __init__(self, ctx: Context, skill: Mapping[str, float]) -> None:
        self.skill = skill
        self.known: dict[str, tuple[Task, Call]] = {}
        for stage in STAGES:
            for task, call in stage_calls(ctx, stage, ctx.pack.tasks, per_task=0, seed=0):
                self.known[call.prompt] = task, call
        self.asked: list[str] = []

    def __call__(self, request: Request, adapter: Path | None, rng: random.Random) -> str:
        prompt = request.prompt.split("<|im_start|>user\n")[1].split("<|im_end|>")[0]
        if prompt not in self.known:
            return "cannot say"  # in the chain: about something that the reference does not lead to
        task, call = self.known[prompt]
        self.asked.append(call.stage)
        skill = self.skill.get(call.stage, 0.0) if adapter is None else float(json.loads(adapter.read_text())["skill"])
        return right_answer(task, call) if rng.random() < skill else wrong_answer(task, call)


def staged_context(
    home: Home, *, skill: float | Mapping[str, float] = 0.4, trained: float = 1.0, stages: str = "all"
) -> Context:
    """Only model and trainer are scripts. skill: the base's, by stage. trained: that of every adapter.

    With fewer stages than all, nothing goes through the chain.
    """
    base = StubBase("scripted", home.models, home.models / "none.gguf", "0" * 64)
    ctx = open_context(
        replace(STAGED, run=replace(STAGED.run, stages=stages)),
        home,
        pack=staged_pack(),
        base=base,  # type: ignore[arg-type]
        engine=FourBytes(lambda *_: ""),
        trainer=SkillTrainer(lambda rows: trained),
        parity=no_parity,
    )
    skills = skill if isinstance(skill, Mapping) else dict.fromkeys(STAGES, skill)
    ctx._engine = FourBytes(StagedScript(ctx, skills))
    return ctx
