"""`loop`: finds the command, loads that one module, and turns what goes wrong into one message and an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from loop import __version__
from loop.cli.ui import Ui, talk_options
from loop.errors import LoopError

# name -> (module:attribute, one line of help); the lines stand here so that `loop --help` loads no command
COMMANDS: dict[str, tuple[str, str]] = {
    "run": (
        "loop.cli.run:run",
        "The whole cycle: audit, practice, harvest, train, audit again, promote or say why not.",
    ),
    "audit": ("loop.cli.audit:audit", "Measure an adapter (or the base) on the audit or vault split."),
    "practice": ("loop.cli.steps:practice", "Sample answers to practice tasks with the champion, and grade them."),
    "import": (
        "loop.cli.bring_in:bring_in",
        "Bring in a teacher's or an agent's answers to practice tasks, and grade them.",
    ),
    "harvest": ("loop.cli.steps:harvest", "Make a training set of what passed; lift a freeze."),
    "train": ("loop.cli.steps:train", "Train an adapter on the harvest, from the frozen base."),
    "promote": ("loop.cli.promote:promote", "Put an adapter in service, if the gate lets it."),
    "approve": ("loop.cli.approve:approve", "Answer a promotion that waits for a person; list those that wait."),
    "rollback": ("loop.cli.promote:rollback", "Put the previous champion (or --to VERSION) back in service."),
    "status": ("loop.cli.status:status", "Where things stand."),
    "diagnose": ("loop.cli.diagnose:diagnose", "Still improving, converged, starved, overfitting? And what to do."),
    "log": ("loop.cli.log:log", "What happened: cycles, decisions, promotions."),
    "lineage": ("loop.cli.lineage:lineage", "What a row came from, and what rests on it."),
    "taint": ("loop.cli.taint:taint", "An oracle or a task was wrong: grade again what it judged, say what follows."),
    "compare": ("loop.cli.compare:compare", "Two audited adapters, family by family."),
    "grade": ("loop.cli.grade:grade", "Grade given answers with a task's oracle."),
    "tasks": ("loop.cli.tasks:tasks", "Task packs: list, show, check."),
    "models": ("loop.cli.models:models", "Base models: list, build, verify."),
    "db": ("loop.cli.db:db", "The store: its path, and SQL on it."),
    "study": ("loop.cli.study:study", "Ways of learning, side by side."),
    "bench": ("loop.cli.bench:bench", "Where the time goes."),
    "deploy": ("loop.cli.deploy:deploy", "Register the Prefect deployments."),
    "config": ("loop.cli.config:config", "Every setting, its value and where it came from."),
    "doctor": ("loop.cli.doctor:doctor", "What this machine has and lacks."),
    "init": ("loop.cli.init:init", "Write a loop.toml and make LOOP_HOME."),
    "completion": ("loop.cli.completion:completion", "The shell's completion script."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from loop.settings_load import near

            raise click.UsageError(f"no such command '{args[0]}'{near(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="loop")
@talk_options
def cli() -> None:
    """A small C-coding model that improves: sample, grade, harvest, retrain, audit, promote only what is better."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 refused or found something, 2 usage, 3 environment, 130."""
    ui = Ui()
    if argv is None:
        signal.signal(signal.SIGTERM, _terminated)
    try:
        code = cli.main(args=argv, prog_name="loop", standalone_mode=False, obj=ui)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our stdout went away, as in `loop log | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort):
        return _stopped()
    except Exception as error:  # noqa: BLE001 - the last place where anything can be said about it
        return _stopped() if _came_of_an_interrupt(error) else _failed(error, ui)


def _terminated(number: int, frame: FrameType | None) -> None:
    """SIGTERM unwinds as Ctrl-C does, so that workers are ended and nothing half-written stays."""
    raise KeyboardInterrupt


def _stopped() -> int:
    click.echo("\ninterrupted; what was graded is kept, and `loop run` goes on from there", err=True)
    return 130


def _came_of_an_interrupt(error: BaseException) -> bool:
    """Whether it was raised while an interrupt unwound, as Prefect does over a task that it had not recorded yet."""
    context: BaseException | None = error
    while context is not None:
        if isinstance(context, KeyboardInterrupt):
            return True
        context = context.__context__
    return False


def _failed(error: Exception, ui: Ui) -> int:
    if ui.verbosity >= 2 or os.environ.get("LOOP_DEBUG"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    known = _as_loop_error(error)
    if known is not None:
        click.echo(f"error: {known}", err=True)
        return known.exit_code
    click.echo(f"error: {type(error).__name__}: {error}", err=True)
    click.echo("  -> this is not meant to happen; run it again with -vv for the traceback", err=True)
    return 1


def _as_loop_error(error: Exception) -> LoopError | None:
    """The error as one of ours: itself, what it was raised from, or an evaluator's (which know nothing of `loop`)."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, LoopError):
            return cause
        evaluator_errors = sys.modules.get("evaluators.errors")
        if type(cause).__module__ == "evaluators.errors" and evaluator_errors is not None:
            from loop.errors import ToolError

            return ToolError(getattr(cause, "message", str(cause)), fix=getattr(cause, "fix", "") or "loop doctor")
        cause = cause.__cause__
    return None


if __name__ == "__main__":
    sys.exit(main())
