"""`loop doctor`: what this machine has and lacks."""

from __future__ import annotations

import dataclasses

import click

from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.home import Home, default_root
from loop.settings_load import Resolved


@click.command()
@settings_options
@json_option
@talk_options
@pass_ui
def doctor(ui: Ui, resolved: Resolved) -> int:
    """Check the machine, the installation and LOOP_HOME. Exit 3: something that is required is missing."""
    from loop.doctor import examine

    found = []
    with ui.talking():
        for finding in examine(resolved.settings, Home(default_root())):
            found.append(finding)
            if not ui.json:
                mark = "ok  " if finding.ok else ("FAIL" if finding.required else "note")
                click.echo(f"{mark}  {finding.name:<16} {finding.detail}")
                if finding.fix:
                    click.echo(f"      {'':<16} -> {finding.fix}")
    ui.emit([dataclasses.asdict(finding) for finding in found], lambda: None)
    return 3 if any(finding.required and not finding.ok for finding in found) else 0
