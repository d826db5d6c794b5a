"""A process killed anywhere in a promotion or a rollback: after the next command one champion serves, and all agree."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

import loop.cycle.promote as steps
from loop.cycle.agreement import agreement
from loop.cycle.begin import begin_or_resume, cycle_number
from loop.cycle.context import Context
from loop.cycle.records import Cycle
from loop.home import Home
from loop.registry import Registry, transaction
from loop.store.db import Store
from loop.store.projection import catch_up
from tests.registry.test_crashes import KILLED, steps_of
from tests.support.judged import STAGE, trained
from tests.support.scripted_world import scripted_context

Act = Callable[[], object]


class Over(Exception):
    """Every point was tried."""


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


def killed_at_each_step(
    act: Act, change: str, names: list[str], home: Home, patch: pytest.MonkeyPatch, check: Callable[[int], None]
) -> None:
    """Where `act` enters the registry's `change`, a child goes on for each point and dies there, as it finds the home
    then; `check` sees what it leaves. Of the files that go into one commit, the last stands for all of them: between
    the others tests/registry/test_crashes.py kills."""
    real, parent = getattr(Registry, change), os.getpid()
    kept = [(path, path.with_name(f"{path.name}.kept")) for path in (home.registry, home.store)]

    def in_children(self: Registry, *given: Any, **named: Any) -> object:
        for path, copy in kept:
            (shutil.copytree if path.is_dir() else shutil.copy)(path, copy)
        for n in (n for n, name in enumerate(names) if name not in names[n + 1 :]):
            child = os.fork()
            if child == 0:
                transaction.reached = dying_after(n)
                return real(self, *given, **named)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            assert code == KILLED, names[n]
            check(n)
            shutil.rmtree(home.registry)
            for path, copy in kept:
                (shutil.copytree if copy.is_dir() else shutil.copy)(copy, path)
        raise Over

    patch.setattr(Registry, change, in_children)
    try:
        with pytest.raises(Over):
            act()
    finally:
        if os.getpid() != parent:
            os._exit(1)  # the child got to the end, or failed


def dying_after(left: int) -> Callable[[str], None]:
    def reached(step: str) -> None:
        nonlocal left
        if left == 0:
            os._exit(KILLED)
        left -= 1

    return reached


def next_command(home: Home, *, made: bool) -> str:
    """What every command that changes something does first, and what must be true then; who serves.

    Where nothing was `made` there is nothing to mend.
    """
    registry = Registry.open(home.registry, home.adapters)
    if made:
        catch_up(Store(home.store), registry)
    assert agreement(home) == []
    champion = registry.champion(STAGE)
    assert champion is not None
    return champion.version


def rehearsed(act: Act, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names = steps_of(act, monkeypatch)
    assert {"weights", "tree", "branch", "tag", "working tree"} <= set(names)
    assert {"before rebuild_promotions", "after rebuild_promotions"} <= set(names)
    return names


def promoting(ctx: Context, number: int, cycle: Cycle | None = None) -> Act:
    adapter = trained(ctx, number)
    return lambda: steps.promote(ctx, adapter, cycle=cycle, force=True, reason="a test")


def test_a_promotion_killed_between_any_two_steps_is_made_or_not(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_context(home) as ctx:
        promoting(ctx, 1)()
        cycle = begin_or_resume(ctx, STAGE)
        names = rehearsed(promoting(ctx, 2, cycle), monkeypatch)
        assert names[-2:] == ["before record", "after record"]
        made = names.index("branch")

        def check(n: int) -> None:
            assert next_command(home, made=n >= made) == ("v3" if n >= made else "v2"), names[n]

        killed_at_each_step(promoting(ctx, 3, cycle), "promote", names, home, monkeypatch, check)


def test_a_rollback_killed_between_any_two_steps_is_made_or_not(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_context(home) as ctx:
        for number in (1, 2):
            promoting(ctx, number)()
        names = rehearsed(lambda: steps.rollback(ctx, "v1"), monkeypatch)
        made = names.index("branch")

        def check(n: int) -> None:
            assert next_command(home, made=n >= made) == ("v2" if n >= made else "v1"), names[n]

        killed_at_each_step(lambda: steps.rollback(ctx, "v2"), "rollback", names, home, monkeypatch, check)


def test_each_command_that_changes_something_first_draws_what_the_store_has_missed(home: Home) -> None:
    def lose_rows() -> None:
        with ctx.store.write() as connection:
            connection.execute("DELETE FROM promotions")
        assert [each.kind for each in agreement(home)] == ["promotions"]

    with scripted_context(home) as ctx:
        promoting(ctx, 1)()
        for command in (lambda: cycle_number(ctx), promoting(ctx, 2), lambda: steps.rollback(ctx)):
            lose_rows()
            command()
            assert agreement(home) == []
