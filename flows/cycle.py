"""The cycle flow. For each stage: audit the champion, practise, harvest, train, audit the challenger, judge, promote or
say why not, where the settings want that after asking a person. Then the whole chain, end to end, with what serves now.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress

from prefect import flow

from flows import server
from flows.artifacts import publish_cycle, publish_outcome
from flows.reporter import RunReporter
from flows.session import failing_plainly, name_run, session, using
from flows.steps import STEPS
from loop.config import Settings
from loop.cycle.begin import cycle_number
from loop.cycle.context import Context, open_context
from loop.cycle.grading import tool_errors
from loop.cycle.lock import hold
from loop.cycle.records import CycleOutcome
from loop.cycle.run import run_cycle
from loop.errors import LoopError
from loop.home import Home, open_home
from loop.report.progress import Reporter
from loop.report.progress import reporter as default_reporter


@flow(name="cycle", persist_result=False, validate_parameters=True)
@failing_plainly
def cycle(
    profile: str | None = None, pack: str | None = None, seed: int | None = None, home: str | None = None
) -> CycleOutcome:
    """One whole improvement cycle, or the rest of an unfinished one.

    What is left out comes from loop.toml and the environment; `home` is LOOP_HOME, relative to the working directory.
    """
    with session(profile, home, {"run.pack": pack, "run.seed": seed}) as ctx:
        name_run(f"cycle-{cycle_number(ctx)} {ctx.settings.profile} seed {ctx.settings.run.seed}")
        done = run_cycle(ctx, STEPS, publish_outcome)
        publish_cycle(done)
        return done


def run_cycles(
    settings: Settings, cycles: int, *, home: Home | None = None, reporter: Reporter | None = None
) -> list[CycleOutcome]:
    """`cycles` cycles, one flow run each, on one open context; the engine is loaded while the server starts.

    Raises what the steps raise (LoopError, KeyboardInterrupt): the run is then marked failed or crashed, and the next
    call goes on from there. Raises EnvironmentFault when the home is in use or a configured server does not answer.
    """
    home = home or open_home()
    talk = RunReporter(reporter or default_reporter())
    with hold(home):
        talk.start("start")
        server_ready: Callable[[], None] = server.ensure()
        with open_context(settings, home, talk) as ctx, using(ctx):
            _warm(ctx)
            server_ready()
            talk.done("model and Prefect are ready")
            return _run(ctx, cycles)


def _run(ctx: Context, cycles: int) -> list[CycleOutcome]:
    profile, run, root = ctx.settings.profile, ctx.settings.run, str(ctx.home.root)
    try:
        return [cycle(profile=profile, pack=run.pack, seed=run.seed, home=root) for _ in range(cycles)]
    except BaseException as error:
        # Prefect keeps the error as long as the process lives; what its frames hold (connections) should not.
        traceback.clear_frames(error.__traceback__)
        raise


def _warm(ctx: Context) -> None:
    """Loads what the first step needs. What cannot be loaded is for that step to report, within a run."""
    with suppress(LoopError), tool_errors():
        first = ctx.stages[0]
        ctx.engine(first).tokenize("")
        ctx.champion(first)
        ctx.oracle(ctx.settings.run.seed)  # proves the sandbox, whose proof is kept; the cycle's own cases come later
