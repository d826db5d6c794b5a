"""`loop completion SHELL`: what to put into the shell's start-up file."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    bash: eval "$(loop completion bash)" in ~/.bashrc; zsh the same with zsh; fish: loop completion fish | source
    """
    from click.shell_completion import get_completion_class

    from loop.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion is known for {shell}")
    click.echo(kind(cli, {}, "loop", "_LOOP_COMPLETE").source())
