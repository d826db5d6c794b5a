"""A task: a request in plain words, and what an oracle needs to judge an answer to it."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from evaluators.oracles.protocol import Spec
    from evaluators.projects.ground_truth import GroundTruth

Split = Literal["practice", "audit", "vault"]


@dataclass(frozen=True)
class Task:
    """One task, of any kind that an oracle judges.

    id: first 16 hex digits of the SHA-256 of prompt and spec; the same content has the same id everywhere.
    family: the cluster it belongs to when scores are compared ("fold", "digits", "stack", ...).
    composition: the parts it is composed of; the splits are disjoint in it.
    prompt: the user's message.
    type: what kind of task it is called; the spec's type unless it says otherwise ("honeypot", "bugfix").
    truth: the labels of a task on a project (its spec has a `repository`); None for a task that is one function, which
      has nothing to look for: only its implementation is asked.
    """

    pack: str
    family: str
    split: Split
    composition: tuple[str, ...]
    prompt: str
    spec: Spec
    type: str = ""
    truth: GroundTruth | None = None

    def __post_init__(self) -> None:
        if not self.type:
            object.__setattr__(self, "type", self.spec.type)

    @functools.cached_property
    def id(self) -> str:
        return hashlib.sha256(f"{self.prompt}\0{self.spec.sha256}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Pack:
    """Tasks under one name. `sha256` is over the sorted task ids with their splits."""

    name: str
    tasks: tuple[Task, ...]

    @functools.cached_property
    def sha256(self) -> str:
        lines = sorted(f"{t.split}:{t.id}" for t in self.tasks)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def split(self, name: Split) -> tuple[Task, ...]:
        return tuple(t for t in self.tasks if t.split == name)
