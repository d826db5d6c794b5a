"""A reporter that also tells Prefect: a progress artifact for each long step, a log line for what is said."""

from __future__ import annotations

import logging
import re
import time
from contextlib import suppress
from typing import cast
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from prefect.exceptions import MissingContextError, PrefectHTTPStatusError
from prefect.logging import get_run_logger

from loop.report.progress import Reporter

UPDATE_EVERY = 3.0  # seconds between two updates of a progress artifact; one costs about 10 ms


class RunReporter:
    """Passes everything on to `inner`; within a run of Prefect's, that is told as well.

    Progress is for watching: a server that fails to take it is named in the log once and not asked again in that step.
    """

    def __init__(self, inner: Reporter) -> None:
        self._inner = inner
        self._step, self._total, self._count = "", 0, 0
        self._artifact: UUID | None = None
        self._updated = 0.0

    def start(self, step: str, total: int | None = None) -> None:
        self._inner.start(step, total)
        self._end_artifact()
        self._step, self._total, self._count = step, total or 0, 0
        within = TaskRunContext.get()
        if total and within is not None:
            # The key is the step's, whatever it works on: the UI keeps one history a key.
            artifact = create_progress_artifact(0.0, key=f"progress-{slug(within.task.name)}", description=step)
            self._artifact = cast(UUID, artifact)  # a coroutine in an async flow only
            self._updated = time.monotonic()

    def advance(self, n: int = 1, note: str = "") -> None:
        self._inner.advance(n, note)
        self._count += n
        if self._artifact is not None and time.monotonic() - self._updated >= UPDATE_EVERY:
            self._update(100.0 * self._count / self._total, f"{self._step}: {note}" if note else self._step)

    def say(self, text: str) -> None:
        self._inner.say(text)
        log(text)

    def done(self, summary: str = "") -> None:
        self._inner.done(summary)
        self._end_artifact(summary)
        log(f"{self._step}: {summary or 'done'}")

    def _end_artifact(self, summary: str = "") -> None:
        if self._artifact is not None:
            self._update(100.0 * self._count / self._total, f"{self._step}: {summary}" if summary else self._step)
            self._artifact = None

    def _update(self, percent: float, description: str) -> None:
        assert self._artifact is not None
        self._updated = time.monotonic()
        try:
            update_progress_artifact(self._artifact, min(percent, 100.0), description)
        except (httpx.HTTPError, PrefectHTTPStatusError) as error:
            self._artifact = None
            log(f"the progress of '{self._step}' cannot be shown any more: {error}", logging.WARNING)


def log(text: str, level: int = logging.INFO) -> None:
    """A line in the log of the current run; nothing outside of one (the inner reporter has said it)."""
    with suppress(MissingContextError):
        get_run_logger().log(level, text)


def slug(text: str) -> str:
    """An artifact key: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
