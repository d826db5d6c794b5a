"""A flow run that waits for a person: paused with a form, resumed by it or by what `loop approve` writes down."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from loop.cycle.approval import asked_in, find, take_in
from loop.cycle.context import Context
from loop.cycle.records import Approval
from loop.errors import EnvironmentFault
from loop.home import Home
from loop.report.progress import NullReporter
from loop.store import approval_log
from tests.support.scripted_world import ASKING, scripted_context


@pytest.fixture
def ctx(asked: Home, prefect_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A home in which a promotion waits, whose run is gone."""
    import flows.approve
    from flows.reporter import RunReporter

    monkeypatch.setattr(flows.approve, "LOOK_EVERY", 0.1)
    with scripted_context(asked, settings=ASKING) as opened:
        opened.reporter = RunReporter(NullReporter())
        yield opened


def pending(ctx: Context) -> Approval:
    with ctx.store.read() as connection:
        ((key,),) = connection.execute("SELECT id FROM approvals").fetchall()
    return find(ctx, key)


@contextmanager
def meanwhile(act: Callable[[Any], None], find_run: Callable[[], Any]) -> Iterator[None]:
    """Does `act` with the run once it is paused, beside what stands in the block."""
    failed: list[BaseException] = []

    def watch() -> None:
        try:
            for _ in range(1200):
                run = find_run()
                if run is not None and run.state.is_paused():
                    act(run)
                    return
                time.sleep(0.05)
            raise AssertionError("the run was never paused")
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=contextvars.copy_context().run, args=(watch,))
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert not failed


def newest(client: Any, name: str) -> Callable[[], Any]:
    """The newest run of that flow, None while there is none."""
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName
    from prefect.client.schemas.sorting import FlowRunSort

    began = datetime.now(UTC)

    def look() -> Any:
        wanted = FlowFilter(name=FlowFilterName(any_=[name]))
        runs = client.read_flow_runs(flow_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_DESC)
        return next((run for run in runs if run.created >= began), None)

    return look


def test_the_form_resumes_the_cycle_and_its_words_stay_in_the_manifest(
    ctx: Context, client: Any, artifacts: Callable[[Any], dict[str, Any]]
) -> None:
    from prefect.client.schemas.responses import SetStateStatus

    from flows.cycle import cycle
    from flows.session import using

    shown: dict[str, Any] = {}

    def answer(run: Any) -> None:
        assert ctx.champion("implementation") == "base"
        keys = run.state.state_details.run_input_keyset
        shown["above the form"] = client.read_flow_run_input(run.id, keys["description"])
        shown["story"] = artifacts(run)["decision-implementation"].data
        refused = client.resume_flow_run(run.id)  # without the form
        assert refused.status == SetStateStatus.REJECT
        given = client.resume_flow_run(run.id, run_input={"approve": True, "reason": "fine by me"})
        assert given.status == SetStateStatus.ACCEPT

    find_run = newest(client, "cycle")
    with using(ctx), meanwhile(answer, find_run):
        outcome = cycle(profile="scripted", seed=7).stages["implementation"]

    run = find_run()
    assert run.state.is_completed()
    assert outcome.promotion is not None
    version = ctx.registry.champion("implementation")
    assert version is not None
    assert (version.manifest["approved_by"], version.manifest["approval_reason"]) == ("prefect", "fine by me")
    assert outcome.adapter.sha256[:12] in shown["above the form"]
    assert "waits for approval" in shown["story"]
    approval = pending(ctx)
    assert (approval.state, approval.flow_run) == ("approved", str(run.id))


@pytest.fixture
def running(client: Any) -> UUID:
    """A flow run that this process is at work on, as far as the server knows."""
    from prefect import flow
    from prefect.states import Running

    @flow
    def asks() -> None: ...

    run: UUID = client.create_flow_run(asks).id
    client.set_flow_run_state(run, Running(), force=True)
    return run


def test_what_loop_approve_writes_resumes_the_run_and_so_does_the_end_of_the_time(
    ctx: Context, client: Any, running: UUID
) -> None:
    from flows.approve import ask

    def answer(run: Any) -> None:
        reply = approval_log.Reply(waits.id, False, "cli ada", "not today", datetime.now(UTC))
        approval_log.append(ctx.home.approvals, reply)

    waits = pending(ctx)
    with ctx.store.write() as connection:  # a second one, which nobody answers
        connection.execute(
            "INSERT INTO approvals BY NAME SELECT * REPLACE ('second' AS id, now() AS created, ? AS expires)"
            " FROM approvals",
            [datetime.now(UTC) + timedelta(seconds=1)],
        )
    with meanwhile(answer, lambda: client.read_flow_run(running)):
        answered = ask(ctx, client, running, waits)
    assert (answered.state, answered.answered_by, answered.reason) == ("rejected", "cli ada", "not today")
    assert client.read_flow_run(running).state.is_running()

    assert ask(ctx, client, running, find(ctx, "second")).state == "expired"
    assert client.read_flow_run(running).state.is_running()


def test_a_run_that_is_cancelled_while_it_waits_ends_and_the_proposal_waits_on(
    ctx: Context, client: Any, running: UUID
) -> None:
    from prefect.states import Cancelled

    from flows.approve import ask

    def cancel(run: Any) -> None:
        client.set_flow_run_state(run.id, Cancelled(), force=True)

    with (
        meanwhile(cancel, lambda: client.read_flow_run(running)),
        pytest.raises(EnvironmentFault, match="ended while it waited for approval"),
    ):
        ask(ctx, client, running, pending(ctx))
    take_in(ctx)
    assert pending(ctx).state == "pending"


def test_the_form_of_a_run_that_died_is_read_by_the_next_one(ctx: Context, client: Any, running: UUID) -> None:
    from flows.approve import ask

    waits = pending(ctx)
    asked_in(ctx, waits, str(running), "died")
    client.create_flow_run_input(running, f"paused-{waits.id}-0123-response", '{"approve": false, "reason": "no"}')
    answered = ask(ctx, client, running, pending(ctx))
    assert (answered.state, answered.answered_by, answered.reason) == ("rejected", "prefect", "no")
