"""`loop deploy`: the Prefect deployments (a nightly cycle; audit, practice, train and promote on demand)."""

from __future__ import annotations

import click

from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options


@click.command()
@dry_run_option("Say what would be registered.")
@json_option
@talk_options
@pass_ui
def deploy(ui: Ui, dry_run: bool) -> None:
    """Register the deployments of deployments/prefect.yaml with the Prefect server (PREFECT_API_URL)."""
    with ui.talking():
        from flows.deploy import deploy_all

        names = deploy_all(dry_run=dry_run)
    verb = "would register" if dry_run else "registered"
    ui.emit(
        {"deployments": names, "dry_run": dry_run}, lambda: click.echo("\n".join(f"{verb} {name}" for name in names))
    )
