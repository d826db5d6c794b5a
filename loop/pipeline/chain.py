"""The stages one after the other, each building on what the ones before it found: how a task is really worked on.

All tasks go in lockstep, stage by stage and round by round, so that whoever answers can answer many calls at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loop.pipeline.budget import Room
from loop.pipeline.route import is_asked, without
from loop.pipeline.stage import Call, Findings, Reading, Stage
from loop.pipeline.stages import ALL
from loop.stage_names import StageName

if TYPE_CHECKING:
    from loop.tasks.task import Task

Answer = Callable[[StageName, Sequence[Call]], Mapping[Call, str]]
"""The completions of calls of one stage; each call once."""


@dataclass(frozen=True)
class Exchange:
    """A call and what came of it. text: the completion; None when the call was not put, and `reading` says why."""

    call: Call
    text: str | None
    reading: Reading


@dataclass(frozen=True)
class Attempt:
    """A task's way through the stages. exchanges: in the order of asking. broke_at: the stage after which there was
    nothing to go on with; "" when an answer was written."""

    task: Task
    exchanges: tuple[Exchange, ...]
    findings: Findings
    broke_at: str = ""

    @property
    def calls(self) -> tuple[Call, ...]:
        """Those that were put to a model."""
        return tuple(exchange.call for exchange in self.exchanges if exchange.text is not None)

    @property
    def answer(self) -> str | None:
        """What the oracle is given; None when the chain broke."""
        return None if self.broke_at else self.findings.answer


@dataclass(eq=False)
class _Run:
    task: Task
    known: Findings = field(default_factory=Findings)
    exchanges: list[Exchange] = field(default_factory=list)
    last: StageName = "routing"  # that was asked
    broke_at: str = ""


def run_chain(tasks: Sequence[Task], answer: Answer, room_of: Callable[[StageName], Room]) -> list[Attempt]:
    """One attempt a task, in the order of the tasks. A call about something whose label is known carries it.

    room_of: what a prompt of a stage may hold. A prompt that is more than that is not put: it counts as one whose
    answer cannot be read. Raises what `answer` raises, and KeyError when it leaves a call out.
    """
    runs = [_Run(task) for task in tasks]
    for stage in ALL:
        going = [run for run in runs if not run.broke_at]
        asked = [run for run in going if _asks(run, stage)]
        for run in going:
            if run not in asked:
                run.known = without(run.task, run.known, stage.name) if run.task.truth else run.known
        for turn in range(stage.rounds):
            _round(stage, turn, asked, answer, room_of(stage.name))
        for run in going:
            run.last = stage.name if run in asked else run.last
            run.broke_at = run.last if _is_lost(run, stage.name) else ""
    return [Attempt(run.task, tuple(run.exchanges), run.known, run.broke_at) for run in runs]


def _asks(run: _Run, stage: Stage) -> bool:
    if run.task.truth is None:
        return stage.name == "implementation"
    return is_asked(run.known.route, stage.name)


def _round(stage: Stage, turn: int, runs: Sequence[_Run], answer: Answer, room: Room) -> None:
    calls = [stage.calls(run.task, run.known, turn, room) for run in runs]
    put = [call for some in calls for call in some if room.holds(call.prompt)]
    texts = answer(stage.name, tuple(dict.fromkeys(put))) if put else {}
    wanted = set(put)
    for run, some in zip(runs, calls, strict=True):
        exchanges = [_exchange(stage, call, texts[call] if call in wanted else None, room) for call in some]
        run.exchanges += exchanges
        run.known = stage.conclude(run.task, run.known, {e.call: e.reading for e in exchanges})


def _exchange(stage: Stage, call: Call, text: str | None, room: Room) -> Exchange:
    if text is None:
        problem = f"not asked: the prompt has {room.count(call.prompt)} tokens, and there is room for {room.tokens}"
        return Exchange(call, None, Reading(None, problem))
    return Exchange(call, text, stage.read(call, text))


def _is_lost(run: _Run, stage: StageName) -> bool:
    """Whether nothing is left to go on with: no file to look at, nothing to change, or no answer."""
    known = run.known
    if stage == "implementation":
        return known.answer is None
    if run.task.truth is None:
        return False
    if stage == "planning" and is_asked(known.route, stage):
        return not known.points
    return stage == "scope" and not known.files and not is_asked(known.route, "planning")
