"""Opening what a command works on, and closing it whatever happens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from loop.cli.ui import Ui
from loop.home import Home, default_root, open_home

if TYPE_CHECKING:
    from evaluators.oracles.session import Oracles
    from loop.config import Settings
    from loop.cycle.context import Context


@contextlib.contextmanager
def context(ui: Ui, settings: Settings) -> Iterator[Context]:
    """The context of a step that changes the home: held by this process alone. Raises HomeError, EnvironmentFault."""
    home = open_home()
    from loop.cycle import lock
    from loop.cycle.context import open_context

    with lock.hold(home), ui.talking(), open_context(settings, home, ui.reporter()) as ctx:
        yield ctx


@contextlib.contextmanager
def store(home: Home | None = None) -> Iterator[Any]:
    """A read-only connection to the store; an absent store reads as an empty one. Raises StoreError."""
    from loop.store.db import Store

    with Store((home or Home(default_root())).store).read() as connection:
        yield connection


@contextlib.contextmanager
def snapshot() -> Iterator[Any]:
    """A connection to the last snapshot. Raises StoreError when there is none."""
    from loop.store.snapshot import opened

    with opened(Home(default_root()).snapshots / "latest") as connection:
        yield connection


@contextlib.contextmanager
def oracle(settings: Settings) -> Iterator[Oracles]:
    """The oracle, its hidden cases drawn with the run's seed. Raises EvaluatorError, HomeError."""
    home, grade = open_home(), settings.grade
    from evaluators.oracles.session import Oracles

    opened = Oracles(
        cache_dir=home.cache, sandbox=grade.sandbox, cases=grade.cases, seed=settings.run.seed, workers=grade.workers
    )
    try:
        yield opened
    finally:
        opened.close()


def registry(home: Home) -> Any:
    """The registry to read, or None where nothing was ever promoted: reading makes no repository, and repairs none."""
    if not home.registry.exists():
        return None
    from loop.registry import Registry

    return Registry(home.registry.absolute(), home.adapters.absolute())
