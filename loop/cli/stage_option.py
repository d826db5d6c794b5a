"""`--stage`: which of the five a command is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

NAMES = ("routing", "scope", "precision", "planning", "implementation")  # as loop.pipeline.stage has them; a test looks


def stage_option(default: str | None, text: str) -> Callable[[F], F]:
    """`stage`: one of `NAMES`, or None where there is no default."""
    return click.option("--stage", type=click.Choice(NAMES), default=default, show_default=bool(default), help=text)
