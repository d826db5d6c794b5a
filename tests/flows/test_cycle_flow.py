"""The cycle as a Prefect flow. All is real (store, gate, compiler, sandbox, Prefect) but model and trainer: scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from loop.cycle.context import Context
from loop.errors import LoopError
from loop.home import Home
from loop.report.progress import NullReporter
from tests.support.scripted_world import SETTINGS, scripted_context

STEPS = [
    "begin or resume",
    "audit champion",
    "practice",
    "harvest",
    "train",
    "audit challenger",
    "judge",
    "promote or not",
    "audit vault",
    "finish",
]


@pytest.fixture
def world(home: Home, prefect_server: str) -> Iterator[Context]:
    from flows.reporter import RunReporter

    with scripted_context(home) as ctx:
        ctx.reporter = RunReporter(NullReporter())
        yield ctx


def task_names(client: Any, run: Any) -> list[str]:
    """The names of a run's tasks, in the order in which they began. Task runs reach the database a little later."""
    import time

    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    for _ in range(100):
        found = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])))
        if found and all(task.state is not None and task.state.is_final() for task in found):
            break
        time.sleep(0.1)
    return [task.name for task in sorted(found, key=lambda task: task.start_time)]


def test_a_cycle_is_one_run_with_its_steps_in_order_and_its_numbers_shown(
    world: Context, client: Any, last_run: Callable[[str], Any], artifacts: Callable[[Any], dict[str, Any]]
) -> None:
    from flows.cycle import cycle
    from flows.session import using

    with using(world):
        outcome = cycle(profile="scripted", seed=7).stages["implementation"]

    run = last_run("cycle")
    assert run.name == "cycle-1 scripted seed 7"
    assert run.state.is_completed()
    assert task_names(client, run) == [f"{step}: implementation" for step in STEPS]

    shown = artifacts(run)
    rows = json.loads(shown["champion-against-challenger-implementation"].data)
    assert rows[0]["family"] == "all"
    assert rows[0]["champion"] == f"{outcome.champion.summary.pass_at_1:.3f}"
    assert rows[0]["challenger"] == f"{outcome.challenger.summary.pass_at_1:.3f}"
    assert {row["family"] for row in rows[1:]} == {task.family for task in world.pack.tasks}

    story = shown["decision-implementation"].data
    assert outcome.decision.outcome in story
    assert all(reason in story for reason in outcome.decision.reasons)
    assert f"{outcome.decision.delta:+.3f}" in story
    assert "| audit-champion |" in story  # where the time went
    bars = {key: float(artifact.data) for key, artifact in shown.items() if key.startswith("progress-")}
    assert outcome.decision.outcome.upper() in shown["cycle"].data
    assert bars == dict.fromkeys(
        ["progress-audit-champion", "progress-practice", "progress-train", "progress-audit-challenger"], 100.0
    )


def test_a_failing_step_fails_the_run_with_the_errors_own_words(
    home: Home, prefect_server: str, last_run: Callable[[str], Any]
) -> None:
    from flows.cycle import cycle
    from flows.session import using

    impossible = replace(SETTINGS, train=replace(SETTINGS.train, min_tasks=10_000))
    with scripted_context(home, settings=impossible) as ctx, using(ctx), pytest.raises(LoopError) as raised:
        cycle(profile="scripted", seed=7)

    state = last_run("cycle").state
    assert state.is_failed()
    assert state.message == f"{raised.value.message} -> {raised.value.fix}"
    assert "\n" not in state.message


def test_the_next_cycle_is_a_run_of_its_own_and_starts_from_the_new_champion(
    world: Context, last_run: Callable[[str], Any]
) -> None:
    from flows.cycle import cycle
    from flows.session import using

    with using(world):
        first, second = (cycle(profile="scripted", seed=7).stages["implementation"] for _ in range(2))
    assert first.promotion is not None
    assert second.cycle.champion == first.adapter.sha256
    assert last_run("cycle").name == "cycle-2 scripted seed 7"


def test_ctrl_c_ends_the_run_as_crashed_and_reaches_the_caller(world: Context, last_run: Callable[[str], Any]) -> None:
    from flows.cycle import cycle
    from flows.session import using

    def interrupted(*_: Any) -> str:
        raise KeyboardInterrupt

    world.engine("implementation").script = interrupted  # type: ignore[attr-defined]
    with using(world), pytest.raises(KeyboardInterrupt):
        cycle(profile="scripted", seed=7)
    assert last_run("cycle").state.is_crashed()
