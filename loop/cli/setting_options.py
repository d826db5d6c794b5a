"""The flags that set knobs: --profile, --pack, --seed and --set, and a command's own ones such as -k."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from loop.settings_load import Resolved, check, load

OWN_FLAGS = "loop.flags"  # where options made by `knob_option` leave their values


def knob_option(*names: str, key: str, help: str, metavar: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that sets the knob `key` and nothing else; its value is checked like that of a file."""

    def callback(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.meta.setdefault(OWN_FLAGS, {})[key] = (check(key, value, names[-1]), names[-1])

    return click.option(*names, expose_value=False, callback=callback, help=help, metavar=metavar)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the flags and gives the command `resolved`: the settings and the source of each."""

    @functools.wraps(command)
    def with_settings(*args: Any, profile: str | None, assignments: tuple[str, ...], **kwargs: Any) -> Any:
        return command(*args, resolved=resolve(profile, assignments), **kwargs)

    decorated: Callable[..., Any] = with_settings
    for option in (
        click.option(
            "--set",
            "assignments",
            multiple=True,
            metavar="SECTION.KEY=VALUE",
            help="Any other setting (`loop config`).",
        ),
        knob_option("--seed", key="run.seed", metavar="S", help="Every draw follows from it."),
        knob_option("--pack", key="run.pack", metavar="P", help="The task pack."),
        click.option("--profile", metavar="NAME", help="A set of defaults: micro, qwen3-1.7b, ..."),
    ):
        decorated = option(decorated)
    return decorated


def resolve(profile: str | None, assignments: tuple[str, ...]) -> Resolved:
    """The settings under the flags of the current command. Raises ConfigError, click.UsageError."""
    flags = dict(click.get_current_context().meta.get(OWN_FLAGS, {}))
    for text in assignments:
        key, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--set wants SECTION.KEY=VALUE, not '{text}'")
        flags[key.strip()] = (value.strip(), "--set")
    return load(profile, flags)
