"""How a command talks: data to stdout, talk and progress to stderr, and with --json nothing but JSON on stdout."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from loop.report.progress import Reporter

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Ui:
    """What the flags asked for. Each may stand before or after the command's name."""

    quiet: bool = False
    verbosity: int = 0
    progress: bool = True
    json: bool = False

    def say(self, text: str) -> None:
        if not self.quiet:
            click.echo(text, err=True)

    def detail(self, text: str) -> None:
        """Only with -v."""
        if self.verbosity:
            click.echo(text, err=True)

    def reporter(self) -> Reporter:
        """Bars on a terminal, lines elsewhere, nothing with -q."""
        from loop.report import progress

        if self.quiet:
            return progress.NullReporter()
        return progress.reporter(bars=self.progress and sys.stderr.isatty())

    def emit(self, data: Any, show: Callable[[], None]) -> None:
        """The result: `data` as JSON with --json, else whatever `show` prints."""
        if self.json:
            click.echo(json.dumps(data, indent=2, default=str, allow_nan=False))
        else:
            show()

    @contextlib.contextmanager
    def talking(self) -> Iterator[None]:
        """Work whose libraries, or whose C code, may print: with --json all of that goes to stderr."""
        if not self.json:
            yield
            return
        sys.stdout.flush()
        kept = _redirect_fd()
        try:
            with contextlib.redirect_stdout(sys.stderr):
                yield
        finally:
            if kept is not None:
                os.dup2(kept, 1)
                os.close(kept)


def _redirect_fd() -> int | None:
    """Points file descriptor 1 at stderr and returns a copy of the old one; None when stdout is none (tests)."""
    try:
        if sys.stdout.fileno() != 1 or sys.stderr.fileno() != 2:
            return None
    except (OSError, ValueError):
        return None
    kept = os.dup(1)
    os.dup2(2, 1)
    return kept


def ui_of(ctx: click.Context) -> Ui:
    return ctx.find_root().ensure_object(Ui)


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value:
            setattr(ui_of(ctx), name, False if name == "progress" else value)

    return callback


def talk_options(command: F) -> F:
    """-q, -v and --no-progress."""
    for option in (
        click.option("--no-progress", is_flag=True, expose_value=False, callback=_set("progress"), help="No bars."),
        click.option("-v", "--verbose", count=True, expose_value=False, callback=_set("verbosity"), help="Say more."),
        click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_set("quiet"), help="Say nothing."),
    ):
        command = option(command)
    return command


def json_option(command: F) -> F:
    return click.option(
        "--json", is_flag=True, expose_value=False, callback=_set("json"), help="JSON on stdout, talk on stderr."
    )(command)


def dry_run_option(what: str) -> Callable[[F], F]:
    return click.option("--dry-run", is_flag=True, help=what)


def pass_ui(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives the command the Ui as its first argument."""

    @functools.wraps(command)
    def with_ui(*args: Any, **kwargs: Any) -> Any:
        return command(ui_of(click.get_current_context()), *args, **kwargs)

    return with_ui
