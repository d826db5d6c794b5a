"""Completions for a benchmark: what a cycle's practice draws, kept in files, and nothing of it in the store."""

from __future__ import annotations

from loop.cycle.begin import begin_or_resume
from loop.cycle.completions import stretches
from loop.cycle.practice import practice
from loop.cycle.records import BASE
from loop.home import Home
from tests.support.scripted_world import SETTINGS, scripted_context


def test_a_stretch_is_what_the_first_cycle_practises(home: Home) -> None:
    with scripted_context(home) as ctx:
        drawn = next(stretches(ctx, BASE, fresh=True))
        practice(ctx, begin_or_resume(ctx))
        with ctx.store.read() as connection:
            rows = connection.execute("SELECT task_id, idx, code FROM samples WHERE purpose = 'practice'").fetchall()
    assert {(d.task.id, d.index, d.code) for d in drawn} == set(rows)
    assert len(drawn) == SETTINGS.practice.tasks * SETTINGS.practice.k


def test_stretches_go_through_the_practice_once(home: Home) -> None:
    with scripted_context(home) as ctx:
        found = list(stretches(ctx, BASE))
        tasks = [{d.task.id for d in drawn} for drawn in found]
        practised = {task.id for task in ctx.pack.split("practice")}
    assert set.union(*tasks) == practised
    assert not tasks[0] & tasks[1]


def test_what_is_kept_is_not_sampled_again(home: Home) -> None:
    with scripted_context(home) as ctx:
        first = next(stretches(ctx, BASE))
    with scripted_context(home) as ctx:
        ctx._engine = None  # would be made, and fail, when it is asked
        again = next(stretches(ctx, BASE))
    assert again == first


def test_sampling_anew_gives_the_same_and_nothing_enters_the_store(home: Home) -> None:
    with scripted_context(home) as ctx:
        first = next(stretches(ctx, BASE))
        assert next(stretches(ctx, BASE, fresh=True)) == first
        with ctx.store.read() as connection:
            assert connection.execute("SELECT count(*) FROM samples").fetchone() == (0,)
