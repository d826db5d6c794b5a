"""A process killed anywhere in a promotion or a rollback: after the next command one champion serves, and all agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import loop.cycle.promote as steps
from loop.cycle.agreement import agreement
from loop.cycle.begin import begin_or_resume, cycle_number
from loop.cycle.context import Context
from loop.cycle.records import Cycle
from loop.home import Home
from loop.registry import transaction
from tests.registry.test_crashes import dies_after, steps_of
from tests.support.judged import STAGE, trained
from tests.support.scripted_world import scripted_context


@pytest.fixture(autouse=True)
def points_around_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after the store's rows are drawn, and before and after the step is recorded as done, stand points."""

    def between(name: str) -> None:
        real = getattr(steps, name)

        def act(*given: Any, **named: Any) -> object:
            transaction.reached(f"before {name}")
            done = real(*given, **named)
            transaction.reached(f"after {name}")
            return done

        monkeypatch.setattr(steps, name, act)

    between("rebuild_promotions")
    between("record")


def next_command(home: Home) -> Context:
    """What every command that changes something does first, and what must be true then."""
    ctx = scripted_context(home)
    cycle_number(ctx)
    assert agreement(home) == []
    with ctx.store.read() as connection:
        rows = connection.execute("SELECT adapter FROM promotions ORDER BY position").fetchall()
    assert ctx.champion(STAGE) == rows[-1][0]
    return ctx


def rehearsed(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names = steps_of(act, monkeypatch)
    assert {"weights", "tree", "branch", "tag", "working tree"} <= set(names)
    assert {"before rebuild_promotions", "after rebuild_promotions"} <= set(names)
    return names


def promoting(ctx: Context, adapter: str, cycle: Cycle | None) -> Callable[[], object]:
    return lambda: steps.promote(ctx, adapter, cycle=cycle, force=True, reason="a test")


def test_a_promotion_killed_between_any_two_steps_is_made_or_not(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = scripted_context(home)
    cycle = begin_or_resume(ctx, STAGE)
    promoting(ctx, trained(ctx, 0), cycle)()
    names = rehearsed(promoting(ctx, trained(ctx, 1), cycle), monkeypatch)
    assert {"before record", "after record"} <= set(names)
    adapter = trained(ctx, 2)
    for n, name in enumerate(names):
        assert dies_after(n, promoting(scripted_context(home), adapter, cycle)), name
        ctx = next_command(home)
        made = n >= names.index("branch")
        assert (ctx.champion(STAGE) == adapter) is made, name
        if made:
            adapter = trained(ctx, 3 + n)


def test_a_rollback_killed_between_any_two_steps_is_made_or_not(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = scripted_context(home)
    for number in (1, 2):
        promoting(ctx, trained(ctx, number), None)()
    names = rehearsed(lambda: steps.rollback(ctx, "v1"), monkeypatch)
    serves, other = "v1", "v2"
    for n, name in enumerate(names):
        assert dies_after(n, lambda other=other: steps.rollback(scripted_context(home), other)), name  # type: ignore[misc]
        if n >= names.index("branch"):
            serves, other = other, serves
        version = next_command(home).registry.champion(STAGE)
        assert version is not None and version.version == serves, name
