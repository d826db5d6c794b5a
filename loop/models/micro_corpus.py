"""The micro model's corpus: answers to practice-side katas as an imperfect programmer would write them.

Katas of one function and all five stages of kata projects. Three kinds of flaw, all seeded: misconceptions (what is
got wrong more often than right, or nearly so), slips (one token changed anywhere), and broken format. The first bend
greedy decoding, the others sampling.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loop.inference.chat import render_completion, render_prompt
from loop.models import micro_corpus_changes as changes
from loop.models import micro_corpus_judgments as judgments
from loop.models import micro_corpus_katas as katas
from loop.models.micro_corpus_flaws import FORMAT_SHARE
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.route import right_findings
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.stage_names import STAGES, StageName
from loop.tasks.kata.projects.asked import Asked
from loop.tasks.kata.projects.generate import drawn
from loop.tasks.task import Task

THINK_SHARE = 0.06
KATA_ROWS = 5
"""Katas of one function for each project; a project gives `ROWS` of each stage."""
CHANGES = 2
"""Further projects for each of these, of which only the change is written: long answers want the most practice."""
ROWS: dict[StageName, int] = {"routing": 1, "scope": 2, "precision": 2, "planning": 2, "implementation": 1}
KINDS = {"bugfix": 30, "cross": 18, "feature": 18, "wide": 14, "tests": 18, "performance": 8}
"""Weights of the kinds of project."""
ROOM = Room(100_000, len)
"""Nothing is left out of these prompts: a model of this size cannot learn what to do without."""


@dataclass(frozen=True)
class Row:
    """Rendered prompt and completion. flawed: whether a misconception or a slip went in (for the statistics).

    stage: what is asked; "kata" for one function.
    """

    prompt: str
    completion: str
    flawed: bool
    stage: str = "kata"


def rows(seed: int) -> Iterator[Row]:
    """An endless stream of rows."""
    rng = random.Random(seed)
    while True:
        for _ in range(KATA_ROWS):
            yield kata_row(rng)
        yield from project_rows(rng, STAGES)
        for _ in range(CHANGES):
            yield from project_rows(rng, ("implementation",))


def kata_row(rng: random.Random) -> Row:
    """One answer to one kata of one function."""
    composition = katas.drawn_composition(rng)
    request, answer, flawed = katas.answered(composition, rng)
    return _row(request, answer, flawed, "kata", katas.thought(composition), rng)


def project_rows(rng: random.Random, stages: Sequence[StageName]) -> Iterator[Row]:
    """Some answers in each of these stages of one project."""
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    found = drawn(kind, rng)
    if found is None:
        return
    asked, task = found
    for stage in stages:
        for call in _chosen(calls_of(task, stage), ROWS[stage], rng):
            yield _answered(asked, task, call, rng)


def calls_of(task: Task, stage: StageName) -> list[Call]:
    """What the stage asks of the task, judged alone."""
    found = stage_of(stage)
    known = right_findings(task) if stage == "implementation" else reference_findings(task)
    return [call for turn in range(found.rounds) for call in found.calls(task, known, turn, ROOM)]


def _chosen(calls: list[Call], count: int, rng: random.Random) -> list[Call]:
    """Some of the calls, in a random order: labels take turns, so that a rare one is as frequent as the others."""
    by_label: dict[str, list[Call]] = {}
    for call in rng.sample(calls, len(calls)):
        by_label.setdefault(call.label if call.options and call.label else call.kind, []).append(call)
    labels = rng.sample(list(by_label), len(by_label))
    queue = [by_label[label][i] for i in range(len(calls)) for label in labels if i < len(by_label[label])]
    return queue[:count]


def _answered(asked: Asked, task: Task, call: Call, rng: random.Random) -> Row:
    if call.stage == "implementation":
        answer, flawed = changes.answered(asked, rng)
    else:
        answer, flawed = judgments.answered(task, call, rng)
        if rng.random() < FORMAT_SHARE:
            answer = rng.choice((f"{answer} {answer}", f"{task.type}", f"I say {answer}"))
    return _row(call.prompt, answer, flawed, call.stage, judgments.thought(task), rng)


def _row(request: str, answer: str, flawed: bool, stage: str, thought: str, rng: random.Random) -> Row:
    thinking = rng.random() < THINK_SHARE
    if thinking:
        answer = f"<think>\n{thought}\n</think>\n\n{answer}"
    return Row(render_prompt(request, thinking=thinking), render_completion(answer), flawed, stage)
