"""One real Prefect server for all tests of flows, and a world in which a cycle takes seconds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# Before anything imports prefect: its home must be neither the user's nor the checkout's.
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="prefect-home-")
os.environ.pop("PREFECT_API_URL", None)

import flows  # noqa: F401 - settles the rest of Prefect's environment


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The address of a server with an empty database."""
    from prefect.settings import get_current_settings
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        url = get_current_settings().api.url
        assert url is not None
        yield url


@pytest.fixture
def client(prefect_server: str) -> Iterator[Any]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as found:
        yield found


@pytest.fixture
def last_run(client: Any) -> Callable[[str], Any]:
    """The newest run of the flow of that name; those that a deployment has scheduled are yet to come."""

    def find(flow_name: str) -> Any:
        from prefect.client.schemas.filters import FlowFilter, FlowFilterName
        from prefect.client.schemas.objects import StateType
        from prefect.client.schemas.sorting import FlowRunSort

        runs = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow_name])), sort=FlowRunSort.EXPECTED_START_TIME_DESC
        )
        return next(run for run in runs if run.state_type != StateType.SCHEDULED)

    return find


@pytest.fixture
def artifacts(client: Any) -> Callable[[Any], dict[str, Any]]:
    """key -> artifact, of one flow run and its tasks."""

    def find(run: Any) -> dict[str, Any]:
        from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

        of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
        found = client.read_artifacts(artifact_filter=of_run)
        return {artifact.key: artifact for artifact in found}

    return find
