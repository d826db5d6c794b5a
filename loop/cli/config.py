"""`loop config`: every setting, its value and, with --show-sources, where it was set."""

from __future__ import annotations

from typing import Any

import click

from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.settings_load import Resolved, allowed, knobs, variable


@click.command()
@click.option("--show-sources", is_flag=True, help="Where each value was set, and why the setting exists.")
@settings_options
@json_option
@talk_options
@pass_ui
def config(ui: Ui, show_sources: bool, resolved: Resolved) -> None:
    """Every setting and its value, in the form of a loop.toml."""
    ui.emit(_as_json(resolved), lambda: _show(resolved, show_sources))


def value_of(resolved: Resolved, key: str) -> Any:
    section, name = key.split(".")
    return getattr(getattr(resolved.settings, section), name)


def _as_json(resolved: Resolved) -> dict[str, Any]:
    """The settings as sections, and beside them the source of each."""
    sections: dict[str, Any] = {"profile": resolved.settings.profile}
    for key in knobs():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value_of(resolved, key)
    return {"settings": sections, "sources": dict(resolved.sources), "file": str(resolved.file or "")}


def _show(resolved: Resolved, show_sources: bool) -> None:
    click.echo(_line("profile", resolved.settings.profile, resolved.sources["profile"] if show_sources else ""))
    current = ""
    for key, entry in knobs().items():
        section, name = key.split(".")
        if section != current:
            click.echo(f"\n[{section}]")
            current = section
        if show_sources:
            limits = f" ({allowed(entry)})" if allowed(entry) else ""
            click.echo(f"# {entry.metadata['why']}{limits}; {variable(key)}")
        click.echo(_line(name, value_of(resolved, key), resolved.sources[key] if show_sources else ""))


def _line(name: str, value: object, source: str) -> str:
    import json

    text = f"{name} = {json.dumps(value) if isinstance(value, str | bool) else value}"
    return f"{text:<32}# {source}" if source else text
