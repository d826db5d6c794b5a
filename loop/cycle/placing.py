"""Somebody else's completion in its place: the task it answers, the question of the stage, the answer as ours would be.

Only tasks of the practice split are learned from: whatever is about another one, of this pack or of any before, is held
out. The question is the one that practice would ask, in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.cycle.calls import room, stage_calls
from loop.cycle.seeds import digest
from loop.cycle.wanted import Wanted, rendered
from loop.inference.chat import SPECIAL_TOKENS, THINK_END, THINK_START
from loop.inference.engine import Completion
from loop.store import ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loop.cycle.context import Context
    from loop.pipeline.budget import Room
    from loop.pipeline.stage import Call
    from loop.sources.importer import Imported
    from loop.stage_names import StageName
    from loop.tasks.task import Task

PREFIX = 6  # hex digits of a task's id at least: a log's own numbers are no ids
HELD_OUT = "its task is held out: it measures, and is never learned from"
AFTER = "\n\n"  # between a thought and what is said


@dataclass(frozen=True)
class Placed:
    """A completion that can be judged. Its id is that of its content: imported again, it is the same one."""

    want: Wanted
    completion: Completion
    where: str

    @property
    def id(self) -> str:
        return self.completion.request_id


@dataclass(frozen=True)
class Unplaced:
    """One that cannot: a reason of `loop.cycle.bring_in.REASONS`, and what is the matter."""

    reason: str
    why: str


class Tasks:
    """Finds tasks by id, beginning of an id, or prompt, among the pack's and all that was ever held out."""

    def __init__(self, ctx: Context) -> None:
        self._practice = {t.id: t for t in ctx.pack.tasks if t.split == "practice" and t.type != "honeypot"}
        held = {task.id: task.prompt for task in ctx.pack.tasks if task.id not in self._practice}
        with ctx.store.read() as connection:
            stored = ask.rows(connection, "SELECT id, prompt FROM tasks WHERE split <> 'practice' OR type = 'honeypot'")
        self._held = held | {row["id"]: row["prompt"] for row in stored}
        self._held_prompts = set(self._held.values())
        self._by_prompt: dict[str, list[Task]] = {}
        for task in self._practice.values():
            self._by_prompt.setdefault(task.prompt, []).append(task)
        self._pack = ctx.pack.name

    def find(self, name: str) -> Task | Unplaced:
        """A task of the practice split."""
        said = name.strip()
        if name in self._held_prompts or said in self._held_prompts or said in self._held:
            return Unplaced("held_out", HELD_OUT)
        found = self._by_prompt.get(name) or self._by_prompt.get(said) or []
        if not found and len(said) >= PREFIX:
            ids = sorted(key for key in self._practice.keys() | self._held.keys() if key.startswith(said))
            if len(ids) > 1:
                return Unplaced("ambiguous_task", f"{len(ids)} tasks begin with '{said}'")
            if ids and ids[0] in self._held:
                return Unplaced("held_out", HELD_OUT)
            found = [self._practice[key] for key in ids]
        if len(found) > 1:
            return Unplaced("ambiguous_task", f"{len(found)} tasks have this prompt")
        shown = " ".join(said.split())[:40]
        return found[0] if found else Unplaced("unknown_task", f"pack {self._pack} has no task '{shown}'")


class Questions:
    """What practice would ask of tasks at one stage."""

    def __init__(self, ctx: Context, stage: StageName, tasks: Iterable[Task]) -> None:
        self.ctx, self.stage, self.model = ctx, stage, ctx.model(stage)
        self.room: Room = room(ctx, stage)
        self._calls: dict[str, list[Call]] = {}
        unique = {task.id: task for task in tasks}
        for task, call in stage_calls(ctx, stage, list(unique.values()), per_task=0, seed=0):
            self._calls.setdefault(task.id, []).append(call)

    def place(self, record: Imported, task: Task, source: str) -> Placed | Unplaced:
        """The record as a completion of its question."""
        calls = [call for call in self._calls.get(task.id, ()) if call.item == record.item]
        calls = [call for call in calls if call.kind == record.kind or not record.kind]
        if len(calls) != 1:
            asked = " ".join(part for part in (record.kind, record.item) if part)
            return Unplaced("unknown_question", f"{self.stage} asks nothing of task {task.id} about '{asked}'")
        thought, said = thought_and_answer(record)
        if any(mark in text for text in (thought, said) for mark in SPECIAL_TOKENS) or THINK_END in thought:
            return Unplaced("unreadable", "the completion holds a marker of the chat format")
        prefix = f"{THINK_START}\n{thought}\n{THINK_END}{AFTER}" if thought and self.model.thinking else ""
        return self._fitting(record, Wanted(task, calls[0], 0, 0.0, 0), prefix, said, source)

    def _fitting(self, record: Imported, want: Wanted, prefix: str, said: str, source: str) -> Placed | Unplaced:
        """Longer than the model may be asked or may answer, it would teach to write what is cut off."""
        prompt = rendered(self.ctx, want.call)
        asked = self.room.count(prompt)
        answered = len(self.ctx.engine(self.stage).tokenize(prefix + said)) + 1  # and the end of the turn
        if asked > self.model.prompt_tokens or not self.room.holds(want.call.prompt):
            why = f"the prompt has {asked} tokens, and there is room for {self.room.tokens}"
            return Unplaced("too_long", why)
        if answered > self.model.max_tokens:
            return Unplaced("too_long", f"it has {answered} tokens, and an answer may have {self.model.max_tokens}")
        key = digest("import", source, record.source_name, want.task.id, want.call.id, prompt, prefix + said)[:32]
        thought = self.room.count(prefix) if prefix else 0
        return Placed(want, Completion(key, prefix + said, asked, answered, "stop", thought), record.where)


def thought_and_answer(record: Imported) -> tuple[str, str]:
    """What was thought, and what was said. A thought that never ends stays in the answer: a format error."""
    said, thought = record.completion.strip(), record.thought.strip()
    if said.startswith(THINK_START):
        before, closed, after = said.removeprefix(THINK_START).partition(THINK_END)
        if closed:
            thought, said = thought or before.strip(), after.strip()
    return thought, said
