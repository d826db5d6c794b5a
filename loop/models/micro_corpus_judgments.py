"""Answers to the questions of routing, scope, precision and planning, as someone gives them who holds wrong notions.

A notion is a rule that sounds right and is not: it decides more often than not where it applies, so that the likeliest
answer is wrong there, and never always, so that the right one can still be sampled.
"""

from __future__ import annotations

import random

from evaluators.projects.code_map import code_map
from loop.pipeline.findings import repository_of
from loop.pipeline.stage import Call
from loop.tasks.task import Task

NOTION = 0.56
"""How often a notion decides where it applies."""
CARELESS = 0.05
"""How often any answer is another of the options."""


def answered(task: Task, call: Call, rng: random.Random) -> tuple[str, bool]:
    """(answer, whether it is flawed) to a call that has a label."""
    assert call.label is not None
    label = call.label
    if rng.random() < NOTION:
        label = notion(task, call)
    if call.options and rng.random() < CARELESS:
        label = rng.choice([option for option in call.options if option != call.label])
    return label, label != call.label


def notion(task: Task, call: Call) -> str:
    """What a wrong notion answers; the label where none applies."""
    assert call.label is not None
    if call.stage == "routing" and call.label == "precision":
        return "planning"  # what rests on others must be planned
    if call.stage == "scope" and call.item.endswith(".h"):
        return "yes"  # headers belong to everything
    if call.stage == "precision":
        return _part(task, call)
    if call.kind == "points" and "\n" in call.label:
        return call.label.split("\n")[0]  # one thing at a time
    if call.kind == "depends" and any(":" in p and p.rpartition(":")[2].isupper() for p in call.item.split(" <- ")):
        return "no" if call.label == "yes" else "yes"  # a constant uses what names it
    return call.label


def _part(task: Task, call: Call) -> str:
    """A function that is in sight changes; what is named in capitals is something to call."""
    symbol = code_map(repository_of(task)).get(call.item)
    if call.label == "type_context":
        return "supporting"
    if call.label == "supporting" and symbol is not None and symbol.kind == "function":
        return "primary"
    return call.label or ""


def thought(task: Task) -> str:
    """What someone says to themselves: what the task comes down to."""
    points = task.truth.points if task.truth else ()
    return "It is about " + " and ".join(point.rpartition(":")[2] for point in points) + "."
