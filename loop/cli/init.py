"""`loop init`: a loop.toml to start from, and LOOP_HOME."""

from __future__ import annotations

from pathlib import Path

import click

from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import ConfigError
from loop.home import default_root, open_home
from loop.settings_load import FILE_NAME, profile_document

TEXT = """\
# Settings of this project; `loop config --show-sources` lists all of them, with the reason of each.
# Lowest to highest: defaults, the profile, this file, LOOP_<SECTION>_<KEY> in the environment, flags.
profile = "{profile}"

# [run]
# seed = 1
# cycles = 1

# [practice]
# tasks = 220
# k = 6
"""


@click.command()
@click.option("--profile", default="micro", metavar="NAME", show_default=True, help="The profile to start from.")
@dry_run_option("Say what would be written.")
@json_option
@talk_options
@pass_ui
def init(ui: Ui, profile: str, dry_run: bool) -> None:
    """Write a loop.toml here and make LOOP_HOME. An existing loop.toml is left alone."""
    profile_document(profile)
    path, home = Path.cwd() / FILE_NAME, default_root()
    existed = path.exists()
    if not dry_run:
        open_home(home)
        if not existed:
            try:
                path.write_text(TEXT.format(profile=profile), encoding="utf-8")
            except OSError as error:
                raise ConfigError(
                    f"{path} cannot be written: {error.strerror}", fix="run it in another folder"
                ) from error
    made = "would be written" if dry_run else "written"
    data = {"file": str(path), "home": str(home), "profile": profile, "existed": existed, "dry_run": dry_run}
    ui.emit(data, lambda: click.echo(f"{path}: {'left as it is' if existed else made}\nLOOP_HOME: {home}"))
