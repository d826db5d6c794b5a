"""Progress of long steps, on stderr: bars on a terminal, an occasional plain line anywhere else."""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY = 15.0  # seconds between two lines of one step in a log: enough to see life, few enough to read


class Reporter(Protocol):
    """One step at a time: start, advance..., done. `say` may come at any time."""

    def start(self, step: str, total: int | None = None) -> None:
        """A step begins; `total` counts what `advance` counts, None when it is not known. Ends an unfinished one."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """`n` more are done; `note` is a short text beside the bar ("passed 312")."""

    def say(self, text: str) -> None:
        """One line that stays."""

    def done(self, summary: str = "") -> None:
        """The step is over; `summary` says what came of it."""


class NullReporter:
    """Says nothing."""

    def start(self, step: str, total: int | None = None) -> None: ...

    def advance(self, n: int = 1, note: str = "") -> None: ...

    def say(self, text: str) -> None: ...

    def done(self, summary: str = "") -> None: ...


class LineReporter:
    """For logs and pipes: a line when a step starts and ends, and one every `every` seconds in between."""

    def __init__(
        self, stream: TextIO | None = None, *, every: float = LINE_EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._every, self._clock = stream, every, clock
        self._step, self._total, self._count = "", 0, 0
        self._began = self._spoke = clock()

    def start(self, step: str, total: int | None = None) -> None:
        if self._step:
            self.done()
        self._step, self._total, self._count = step, total or 0, 0
        self._began = self._spoke = self._clock()
        self.say(f"{step}: started" + (f", {total} to do" if total else ""))

    def advance(self, n: int = 1, note: str = "") -> None:
        self._count += n
        now = self._clock()
        if self._step and now - self._spoke >= self._every:
            self._spoke = now
            progress = f"{self._count}/{self._total} ({self._count / self._total:.0%})" if self._total else self._count
            left = f", {self._left(now):.0f} s left" if 0 < self._count < self._total else ""
            self.say(f"{self._step}: {progress} after {now - self._began:.0f} s{left}" + (f", {note}" if note else ""))

    def _left(self, now: float) -> float:
        """Seconds until the end, if it goes on as it went so far."""
        return (now - self._began) / self._count * (self._total - self._count)

    def say(self, text: str) -> None:
        print(text, file=self._stream or sys.stderr, flush=True)

    def done(self, summary: str = "") -> None:
        if self._step:
            took = self._clock() - self._began
            self.say(f"{self._step}: done in {took:.1f} s" + (f" - {summary}" if summary else ""))
        self._step = ""


class RichReporter:
    """For terminals: one live bar, with what is left of it when the step ends. Colours honour NO_COLOR."""

    def __init__(self, stream: TextIO | None = None) -> None:
        from rich.console import Console

        self._console = Console(file=stream or sys.stderr, highlight=False)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._step, self._began = "", 0.0
        atexit.register(self._clear)  # an interrupted step must not leave the terminal without a cursor

    def start(self, step: str, total: int | None = None) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.progress import TimeRemainingColumn as Left

        if self._bar is not None:
            self.done()
        self._step, self._began = step, time.monotonic()
        counts = [BarColumn(), MofNCompleteColumn()] if total else [BarColumn()]
        self._bar = Progress(
            TextColumn("{task.description:<26}"),
            *counts,
            TimeElapsedColumn(),
            *([Left()] if total else []),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            transient=True,  # the line that `done` prints takes the bar's place
        )
        self._task = self._bar.add_task(step, total=total, note="")
        self._bar.start()

    def advance(self, n: int = 1, note: str = "") -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=n)
            if note:
                self._bar.update(self._task, note=note)

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def done(self, summary: str = "") -> None:
        if self._bar is None:
            return
        self._clear()
        took = time.monotonic() - self._began
        self.say(f"{self._step:<42} {took:6.1f} s  {summary}".rstrip())

    def _clear(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None


def reporter(*, bars: bool | None = None, stream: TextIO | None = None) -> Reporter:
    """The reporter for this stderr: bars on a terminal that can draw them, lines elsewhere or with bars=False."""
    target = stream or sys.stderr
    able = target.isatty() and os.environ.get("TERM", "") != "dumb"
    return RichReporter(stream) if able and bars is not False else LineReporter(stream)
