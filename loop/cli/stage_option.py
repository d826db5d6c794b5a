"""`--stage`: which of the five a command is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from loop.stage_names import STAGES

F = TypeVar("F", bound=Callable[..., Any])


def stage_option(default: str | None, text: str) -> Callable[[F], F]:
    """`stage`: one of `STAGES`, or None where there is no default."""
    return click.option("--stage", type=click.Choice(STAGES), default=default, show_default=bool(default), help=text)
