"""deployments/prefect.yaml: what it names exists, and a real server takes all of it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from flows.deploy import FILE, deploy
from loop.errors import EnvironmentFault, UsageError

NAMES = ["cycle/nightly", "audit/on-demand", "practice/on-demand", "train/on-demand", "promote/on-demand"]
ROOT = Path(__file__).resolve().parents[2]


def test_every_entrypoint_is_a_flow_with_parameters_that_can_be_left_out() -> None:
    from prefect.flows import load_flow_from_entrypoint

    for entry in yaml.safe_load((ROOT / FILE).read_text())["deployments"]:
        flow: Any = load_flow_from_entrypoint(entry["entrypoint"], use_placeholder_flow=False)
        assert not flow.parameters.required, f"{flow.name} cannot be scheduled without {flow.parameters.required}"


def test_a_dry_run_needs_no_server() -> None:
    assert deploy("http://127.0.0.1:9/api", dry_run=True) == NAMES


def test_no_server_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings(restore_defaults={PREFECT_API_URL}), pytest.raises(UsageError, match="no Prefect server"):
        deploy()


def test_a_server_that_is_not_there_is_one_clear_error() -> None:
    with socket.socket() as bound:  # bound, not listening: nobody answers there, and nobody else can take it
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(EnvironmentFault, match="does not answer"):
            deploy(f"http://127.0.0.1:{bound.getsockname()[1]}/api")


def test_everything_is_registered_and_doing_it_again_changes_nothing(prefect_server: str, client: Any) -> None:
    def registered() -> dict[str, Any]:
        flows = {flow.id: flow.name for flow in client.read_flows()}
        return {f"{flows[found.flow_id]}/{found.name}": found for found in client.read_deployments()}

    assert deploy(prefect_server) == NAMES
    first = registered()
    assert sorted(first) == sorted(NAMES)

    nightly = first["cycle/nightly"]
    assert [(s.active, s.schedule.cron, s.schedule.timezone) for s in nightly.schedules] == [(True, "0 2 * * *", "UTC")]
    assert {found.work_pool_name for found in first.values()} == {"loop"}
    assert [s for name, found in first.items() if name != "cycle/nightly" for s in found.schedules] == []

    pool = client.read_work_pool("loop")
    assert (pool.type, pool.concurrency_limit) == ("process", 1)
    assert client.read_global_concurrency_limit_by_name("gpu").limit == 1

    deploy(prefect_server)
    assert {name: found.id for name, found in registered().items()} == {name: found.id for name, found in first.items()}


def test_the_nightly_schedule_makes_runs(prefect_server: str, client: Any) -> None:
    """Prefect's bulk insert of scheduled runs fails with SQLAlchemy 2.1, which its own requirements allow."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId

    deploy(prefect_server)
    nightly = client.read_deployment_by_name("cycle/nightly")
    # What the scheduler does once a minute; the tests' server has none. Not by the client, which would try for minutes.
    asked = httpx.post(f"{prefect_server}/deployments/{nightly.id}/schedule", json={"max_runs": 3}, timeout=30)
    assert asked.status_code == 200, "Prefect cannot schedule with this SQLAlchemy: install sqlalchemy<2.1"
    runs = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[nightly.id]))
    )
    assert len(runs) == 3
    assert {(run.expected_start_time.hour, run.auto_scheduled) for run in runs} == {(2, True)}
