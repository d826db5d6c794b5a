"""Registers what deployments/prefect.yaml describes: the work pool, the accelerator's limit, and every deployment."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from flows import server
from loop.errors import EnvironmentFault, UsageError

POOL = "loop"
FILE = Path("deployments") / "prefect.yaml"


def deploy(server_url: str | None = None, pool: str = POOL, dry_run: bool = False) -> list[str]:
    """Registers every deployment with the server at `server_url` (default: the configured one) and returns their names.

    The work pool (of type process) and the limit `gpu` are made when they are missing, and left alone otherwise.
    Runs start in the directory that holds deployments/prefect.yaml. With `dry_run` no server is needed or asked.
    Raises UsageError (no server is configured; no such file), EnvironmentFault (the server does not answer or refuses).
    """
    root = _root()
    document = _document(root)
    names = [_name(entry) for entry in document["deployments"]]
    if dry_run:
        return names
    url = _url(server_url)
    server.check(url)
    _prepare_server(url, pool)
    for entry in document["deployments"]:
        entry["work_pool"]["name"] = pool
    _register(root, document, url)
    return names


def deploy_all(*, dry_run: bool = False) -> list[str]:
    """`deploy` with everything as configured."""
    return deploy(dry_run=dry_run)


def _root() -> Path:
    """The project's root: here, or where this package lies."""
    for root in (Path.cwd(), Path(__file__).absolute().parent.parent):
        if (root / FILE).is_file():
            return root
    raise UsageError(f"there is no {FILE} here", fix="run `loop deploy` in the project's root")


def _document(root: Path) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    document: dict[str, Any] = yaml.safe_load((root / FILE).read_text())
    return document


def _name(entry: dict[str, Any]) -> str:
    """ "flow/deployment", as Prefect names it."""
    from prefect.flows import load_flow_from_entrypoint

    flow: Any = load_flow_from_entrypoint(entry["entrypoint"], use_placeholder_flow=False)
    return f"{flow.name}/{entry['name']}"


def _url(server_url: str | None) -> str:
    from prefect.settings import get_current_settings

    url = server_url or get_current_settings().api.url
    if not url:
        raise UsageError(
            "no Prefect server is configured, so there is nothing to register with",
            fix="`prefect server start`, then `export PREFECT_API_URL=http://127.0.0.1:4200/api`",
        )
    return url.rstrip("/")


def _prepare_server(url: str, pool: str) -> None:
    """Makes the work pool and the limit that are missing. One run at a time: they share the machine and LOOP_HOME."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, WorkPoolCreate
    from prefect.exceptions import ObjectNotFound
    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.workers.process import ProcessWorker

    from flows.session import GPU_LIMIT

    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
        try:
            client.read_work_pool(pool)
        except ObjectNotFound:
            template = ProcessWorker.get_default_base_job_template()
            client.create_work_pool(
                WorkPoolCreate(name=pool, type=ProcessWorker.type, base_job_template=template, concurrency_limit=1)
            )
        try:
            client.read_global_concurrency_limit_by_name(GPU_LIMIT)
        except ObjectNotFound:
            client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=GPU_LIMIT, limit=1))


def _register(root: Path, document: dict[str, Any], url: str) -> None:
    """Prefect's own `prefect deploy --all`, in the project's root."""
    import yaml

    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(document, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", file.name],
            cwd=root,
            env=os.environ | {"PREFECT_API_URL": url, "PYTHONPATH": _python_path(root), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise EnvironmentFault(
            f"`prefect deploy` failed: {said[-1].strip() if said else f'exit code {done.returncode}'}",
            fix=f"prefect --no-prompt deploy --all --prefect-file {FILE}",
        )


def _python_path(root: Path) -> str:
    """The entrypoints are modules of this project, installed or not."""
    return os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
