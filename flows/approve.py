"""Waiting for a person's word on a promotion: the flow run is paused, and Prefect's UI shows a form to resume it with.

The run is paused in its process, not suspended: it goes on within seconds, also without a server of the user's own, and
nothing has to be scheduled again. While it waits its engines are ended and their memory is free.

There are two ways to answer, and this process looks for both: the form, whose input the server has, and the command
`loop approve`, whose answer is a line of a file in the home. It then resumes its own run. So the command needs neither
a server's address nor Prefect, and works while the server does not. Prefect's `pause_flow_run` looks at the server
alone, and waits on for a run that was cancelled; what it does is done here with the same states and the same keys.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID, uuid4

import httpx
from prefect import runtime
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import PrefectHTTPStatusError
from prefect.input import RunInput, keyset_from_paused_state
from prefect.states import Paused

import loop.cycle.approval as approvals
from flows.reporter import log
from loop.errors import EnvironmentFault

if TYPE_CHECKING:
    from prefect.input.run_input import Keyset

    from loop.cycle.context import Context
    from loop.cycle.records import Approval

LOOK_EVERY = 2.0  # seconds between two looks at the file and at the server
AFTER_EXPIRY = timedelta(minutes=10)  # then the server gives up a run whose process died while it waited
ANSWERED_BY = "prefect"


class Answer(RunInput):
    """The form."""

    approve: bool
    reason: str = ""


def approve(ctx: Context, approval: Approval) -> Approval:
    """The proposal with its answer, or expired: returns when it no longer waits.

    Raises EnvironmentFault when the run cannot be paused or is ended while it waits; the proposal then waits on.
    """
    flow_run = runtime.flow_run.id
    if flow_run is None:  # a task called outside of a flow: there is nothing to pause
        return approvals.approve(ctx, approval)
    with get_client(sync_client=True) as client:
        return ask(ctx, client, UUID(flow_run), approval)


def ask(ctx: Context, client: SyncPrefectClient, run: UUID, approval: Approval) -> Approval:
    """The same for the flow run `run`, which this process works on."""
    earlier = _left_by_a_dead_run(client, approval)
    if earlier is not None:
        return _record(ctx, approval, earlier)
    approvals.asked_in(ctx, approval, str(run), client.read_flow_run(run).name)
    ctx.release()
    keyset = _pause(client, run, approval)
    ctx.reporter.say(f"{approval.stage}: {approval.asks}; it {approval.says}, or Prefect's UI")
    return _wait(ctx, client, run, approval, keyset)


def _pause(client: SyncPrefectClient, run: UUID, approval: Approval) -> Keyset:
    """Pauses the run, with the form that resumes it. Raises EnvironmentFault when the server does not let it."""
    ends = approval.expires + AFTER_EXPIRY if approval.expires is not None else None
    key = f"{approval.id}-{uuid4().hex[:8]}"  # a run that is retried may pause for the same proposal again
    state: State[None] = Paused(
        message=f"{approval.stage} waits for approval", pause_expiration_time=ends, pause_key=key
    )
    keyset = keyset_from_paused_state(state)
    state.state_details.run_input_keyset = {str(name): text for name, text in keyset.items()}
    Answer.with_initial_data(description=_description(approval)).save(keyset, run)
    result = client.set_flow_run_state(run, state)
    if result.status != SetStateStatus.ACCEPT:
        raise EnvironmentFault(
            f"Prefect does not let the run wait: {getattr(result.details, 'reason', result.status)}",
            fix=f"answer with `loop approve {approval.id}`, then `loop run`",
        )
    return keyset


def _wait(ctx: Context, client: SyncPrefectClient, run: UUID, approval: Approval, keyset: Keyset) -> Approval:
    reachable = True
    while True:
        if approvals.due(ctx, approval):
            approvals.take_in(ctx)
            answered = approvals.find(ctx, approval.id)
            if answered.state != "pending":
                _resume(client, run, answered)
                return answered
        try:
            state = client.read_flow_run(run).state
            if state is not None and state.is_running():
                return _record(ctx, approval, cast(Answer, Answer.load(keyset, run)))  # a coroutine in an async flow
            if state is None or not state.is_paused():
                raise EnvironmentFault(
                    f"the flow run was ended while it waited for approval ({state.name if state else 'no state'})",
                    fix=f"the proposal waits on: `loop approve {approval.id}`, then `loop run`",
                )
            reachable = True
        except (httpx.HTTPError, PrefectHTTPStatusError) as error:
            if reachable:
                log(f"Prefect's server does not answer; `loop approve` does as well: {error}", logging.WARNING)
            reachable = False
        time.sleep(LOOK_EVERY)


def _record(ctx: Context, approval: Approval, given: Answer) -> Approval:
    return approvals.answer(ctx, approval, approved=given.approve, by=ANSWERED_BY, reason=given.reason.strip())


def _resume(client: SyncPrefectClient, run: UUID, answered: Approval) -> None:
    """Lets the paused run go on, with the answer that was given elsewhere as its input."""
    given = {"approve": answered.state == "approved", "reason": answered.says}
    result = client.resume_flow_run(run, run_input=given)
    state = client.read_flow_run(run).state
    if result.status != SetStateStatus.ACCEPT and (state is None or not state.is_running()):
        raise EnvironmentFault(
            f"the flow run cannot be resumed: {getattr(result.details, 'reason', result.status)}",
            fix="the answer is kept: `loop run` goes on with it",
        )


def _left_by_a_dead_run(client: SyncPrefectClient, approval: Approval) -> Answer | None:
    """What the form of an earlier run was answered with, if this server has it: that run died while it waited."""
    if not approval.flow_run:
        return None
    inputs = client.filter_flow_run_input(UUID(approval.flow_run), f"paused-{approval.id}", 20, set())
    for given in inputs:
        if given.key.endswith("-response"):
            return Answer.load_from_flow_run_input(given)
    return None


def _description(approval: Approval) -> str:
    """What stands above the form, in Markdown."""
    until = f"\n\nWithout an answer until {approval.expires:%Y-%m-%d %H:%M %Z} it expires." if approval.expires else ""
    return (
        f"The gate would promote at **{approval.stage}**: {approval.asks}.\n\nThe artifacts of this run show the "
        f"comparison and the reasons.{until}\n\n`loop approve {approval.id}` answers as well."
    )
