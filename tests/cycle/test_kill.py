"""Killed in any step, a cycle goes on to the same end, and what was graded is not sampled again."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from loop.cycle.records import StageOutcome
from loop.home import Home, open_home
from loop.inference.scripted import ScriptedEngine
from loop.store.db import Store
from loop.store.journal import Journal
from tests.support.killed_cycle import POINTS
from tests.support.scripted_world import run_implementation, scripted_context


def kill_at(home: Home, point: str) -> None:
    command = [sys.executable, "-m", "tests.support.killed_cycle", str(home.root), point]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


def verdicts(home: Home) -> dict[str, str]:
    """Sample -> verdict, of the store and of the journal beside it."""
    with Store(home.store).read() as connection:
        stored = dict(connection.execute("SELECT sample_id, kind FROM verdicts").fetchall())
    pending = Journal(home.store.with_name("loop.duckdb.journal")).pending()
    return stored | {row["sample"]["id"]: row["verdict"]["kind"] for row in pending}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, oracle_cache: object) -> tuple[StageOutcome, dict[str, str]]:
    """The cycle as it goes when nothing happens, and all its verdicts."""
    root = tmp_path_factory.mktemp("undisturbed")
    (root / "cache").symlink_to(str(oracle_cache))
    home = open_home(root)
    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
    return outcome, verdicts(home)


@pytest.mark.parametrize("point", POINTS)
def test_a_cycle_killed_at_any_point_goes_on_without_repeating_graded_work(
    point: str, home: Home, undisturbed: tuple[StageOutcome, dict[str, str]]
) -> None:
    expected, all_verdicts = undisturbed
    kill_at(home, point)
    before = verdicts(home)
    assert before.items() <= all_verdicts.items()

    with scripted_context(home) as ctx:
        outcome = run_implementation(ctx)
        assert isinstance(ctx.engine("implementation"), ScriptedEngine)
        sampled = ctx.engine("implementation").served
        assert ctx.champion("implementation") == expected.adapter.sha256
        versions = [version.version for version in ctx.registry.versions("implementation")]
        with ctx.store.read() as connection:
            promotions = connection.execute("SELECT version, adapter FROM promotions").fetchall()
            cycles = connection.execute("SELECT id, state FROM cycles").fetchall()

    assert not set(sampled) & set(before)
    assert len(sampled) == len(set(sampled)) == len(all_verdicts) - len(before)
    assert verdicts(home) == all_verdicts
    assert outcome.decision == expected.decision
    assert outcome.dataset.manifest == expected.dataset.manifest
    assert outcome.cycle.resumed
    assert versions == ["v1"]
    assert promotions == [("v1", expected.adapter.sha256)]
    assert cycles == [("c0001-implementation", "finished")]


def test_a_kill_in_the_middle_of_practice_keeps_what_was_graded(home: Home) -> None:
    kill_at(home, "practice")
    assert len(verdicts(home)) > 42  # the whole audit, and some of the practice


def test_ctrl_c_leaves_everything_graded_in_the_store(home: Home) -> None:
    with scripted_context(home) as ctx:
        assert isinstance(ctx.engine("implementation"), ScriptedEngine)
        script, asked = ctx.engine("implementation").script, iter(range(1000))

        def interrupted(*arguments: object) -> str:
            if next(asked) == 30:
                raise KeyboardInterrupt
            return script(*arguments)  # type: ignore[arg-type]

        ctx.engine("implementation").script = interrupted
        with pytest.raises(KeyboardInterrupt):
            run_implementation(ctx)
    assert not ctx.journal.path.exists()
    kept = verdicts(home)
    assert kept
    with scripted_context(home) as ctx:
        run_implementation(ctx)
        assert isinstance(ctx.engine("implementation"), ScriptedEngine)
        assert not set(ctx.engine("implementation").served) & set(kept)
