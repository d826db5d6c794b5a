"""What a flow works on: the caller's open context, or one of its own made from the flow's parameters.

The command line opens a context once and runs several flows on it; a worker's process gets parameters only.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from prefect import runtime
from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency
from prefect.states import Failed

from flows.environment import in_worker
from flows.reporter import RunReporter
from loop.cycle.context import Context, open_context
from loop.cycle.lock import hold
from loop.errors import LoopError
from loop.home import open_home
from loop.report.progress import NullReporter
from loop.settings_load import Value, load

P = ParamSpec("P")
R = TypeVar("R")

# The global limit that `flows.deploy` creates with one slot: one deployed run at a time has the accelerator.
GPU_LIMIT = "gpu"

_given: ContextVar[Context | None] = ContextVar("loop_context", default=None)


@contextmanager
def using(ctx: Context) -> Iterator[Context]:
    """Flows called within work on `ctx`, whatever their parameters say."""
    token = _given.set(ctx)
    try:
        yield ctx
    finally:
        _given.reset(token)


@contextmanager
def session(profile: str | None, home: str | None, settings: Mapping[str, Value | None]) -> Iterator[Context]:
    """The context to work on, its home held by this process. `settings`: "section.key" -> value, None: as configured.

    A deployed run first waits for the accelerator's slot. Raises ConfigError, HomeError, EnvironmentFault.
    """
    given = _given.get()
    if given is not None:
        with hold(given.home):
            yield given
        return
    flags = {key: (value, f"parameter {key}") for key, value in settings.items() if value is not None}
    resolved = load(profile, flags)
    opened = open_home(Path(home).absolute() if home else None)
    slot = concurrency(GPU_LIMIT, occupy=1, strict=True) if in_worker() else nullcontext()
    with slot, hold(opened), open_context(resolved.settings, opened, RunReporter(NullReporter())) as ctx:
        yield ctx


def name_run(name: str) -> None:
    """Renames the current flow run; what it works on is only known once it has begun."""
    flow_run = runtime.flow_run.id
    if flow_run is not None:
        get_client(sync_client=True).update_flow_run(flow_run, name=name)


def failing_plainly(function: Callable[P, R]) -> Callable[P, R]:
    """A flow whose LoopError becomes a failed run with the error's own words on one line. The caller gets the error."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except LoopError as error:
            # Prefect raises the data of a failed state that a flow returns.
            state: Any = Failed(message=f"{error.message} -> {error.fix}" if error.fix else error.message, data=error)
            return cast(R, state)

    # Prefect reads the parameters' types off what it decorates; evaluated here, where the names in them are known.
    run.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
    return run
