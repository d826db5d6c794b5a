"""What a stage is: the calls it asks of a model for a task, how an answer is read, and whether it is right.

A call is one prompt and one answer, and one training example for its stage. What a stage may build on is `Findings`:
judged alone, a stage is given what the reference shows (`reference_findings`); in the whole chain, what the stages
before it found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from evaluators.projects.ground_truth import Part, Route
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.pipeline.budget import Room
    from loop.tasks.task import Task

EACH_LINE = "each line"
"""In place of a positive option: the answer is a list, and precision and recall count its lines."""


@dataclass(frozen=True)
class Findings:
    """What is known of a task so far; None: not asked yet.

    files: in scope. parts: symbol (`Symbol.id`) -> part, of the symbols in those files. points: what is to be changed,
    symbols by id or paths of files that are no C. dependencies: (b, a), b depends on a. answer: the implementation.
    """

    route: Route | None = None
    files: tuple[str, ...] | None = None
    parts: Mapping[str, Part] | None = None
    points: tuple[str, ...] | None = None
    dependencies: tuple[tuple[str, str], ...] | None = None
    answer: str | None = None


@dataclass(frozen=True)
class Call:
    """One question to a model.

    item: what of the task it is about (a path, a symbol's id, "b <- a"), "" for the task as a whole; with `kind` it is
      unique within task and stage. kind: "" or, in planning, "points" and "depends".
    prompt: the user's message. options: the words that may be answered; () for free text.
    label: the right answer in its canonical form; None: there is none ("useful" items), or the oracle decides.
    positive: the option that precision and recall count, or `EACH_LINE`; "" where they are averaged over the options.
    careful: the option that stands for not knowing, as an answer does that cannot be read; "" without options.
    dropped: what did not fit into the prompt's budget, by name.
    """

    task_id: str
    stage: StageName
    item: str
    prompt: str
    kind: str = ""
    options: tuple[str, ...] = ()
    label: str | None = None
    positive: str = ""
    careful: str = ""
    dropped: tuple[str, ...] = field(default=())

    @property
    def id(self) -> str:
        """Identity of what is asked: task, stage and prompt."""
        text = "\0".join((self.task_id, self.stage, self.kind, self.item, self.prompt))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Reading:
    """An answer as it was read. value: canonical form; None when it cannot be read, and `problem` says why."""

    value: str | None
    problem: str = ""


class Stage(Protocol):
    """One kind of question. Stateless. A new stage is a file with one of these and a line in `loop.pipeline.stages`."""

    @property
    def name(self) -> StageName: ...

    @property
    def rounds(self) -> int:
        """How often it asks: the calls of a later round may build on the answers of an earlier one."""
        ...

    def calls(self, task: Task, known: Findings, turn: int, room: Room) -> tuple[Call, ...]:
        """The calls of round `turn` (from 0), given what is known; () when the task has nothing to ask here."""
        ...

    def read(self, call: Call, text: str) -> Reading:
        """The completion without its thought, strictly: what is not exactly an answer is a format error."""
        ...

    def conclude(self, task: Task, known: Findings, answers: Mapping[Call, Reading]) -> Findings:
        """What is known after a round. Default-deny: a judgment that could not be read counts as "no"."""
        ...
