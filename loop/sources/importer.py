"""The seam: what a file of completions is read into, and by what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

from loop.errors import UsageError
from loop.settings_load import near
from loop.stage_names import STAGES, StageName

Source = Literal["teacher", "agent"]
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True)
class Imported:
    """One completion of somebody else.

    task: a task's id, the beginning of one, or the exact text of its prompt. kind, item: which of the stage's questions
    about the task (`loop.pipeline.stage.Call`); "" where there is only one. completion: the answer as it was written,
    with or without a thought before it; thought: the thought where the file has it apart. source_name: the model or
    agent that wrote it. where: its place in the file, for messages ("line 3").
    """

    task: str
    stage: StageName
    completion: str
    source_name: str
    kind: str = ""
    item: str = ""
    thought: str = ""
    where: str = ""


@dataclass(frozen=True)
class Skipped:
    """A record that is no completion: unreadable, with the reason in `why`, or one that a filter left out."""

    reason: Literal["unreadable", "filtered"]
    why: str = ""
    where: str = ""


@dataclass(frozen=True)
class Defaults:
    """What holds for records that do not say it themselves. model: who wrote them; "": each has to say."""

    stage: StageName = "implementation"
    model: str = ""


class Importer(Protocol):
    """One format of files."""

    @property
    def source(self) -> Source:
        """What its completions are marked as."""
        ...

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        """The records of the file in their order. Raises UsageError where the file as a whole cannot be read, or says
        something that would be wrong of every record: a broken line, an unknown stage, nobody who wrote it."""
        ...


def stage_named(name: str, where: str, fix: str) -> StageName:
    """Raises UsageError for what is none of the five."""
    found = next((stage for stage in STAGES if stage == name), None)
    if found is None:
        raise UsageError(f"{where}: there is no stage '{name}'{near(name, STAGES)}", fix=fix)
    return found


def written_by(name: str, where: str) -> str:
    """Raises UsageError for a completion of which nobody knows who wrote it: sources are told apart by their names."""
    if not name.strip():
        raise UsageError(f"{where}: nothing says which model wrote it", fix="add --model NAME")
    return name.strip()
