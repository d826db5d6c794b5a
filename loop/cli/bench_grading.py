"""`loop bench grading`: the oracle against the obvious way of grading, on what the model really writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.shapes import measurement
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.home import open_home
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from evaluators.bench.grading import Answer, Comparison, Conditions

MIX_TARGET, DISTINCT_TARGET, SANDBOX_TARGET = 5.0, 2.5, 1.15


@click.command()
@click.option("--completions", default=1000, type=click.IntRange(1), help="Completions in each set.", metavar="N")
@click.option("--repeats", default=3, type=click.IntRange(1), help="Times that each way runs.", metavar="R")
@click.option("--soak", "soaked", type=click.IntRange(1), metavar="N", help="Instead: N executions in one process.")
@click.option("--adapter", default="champion", metavar="ID", help="Who wrote them: champion, base, a version.")
@click.option("--fresh", is_flag=True, help="Sample anew what is kept from an earlier time.")
@settings_options
@json_option
@talk_options
@pass_ui
def grading(
    ui: Ui, completions: int, repeats: int, soaked: int | None, adapter: str, fresh: bool, resolved: Resolved
) -> int:
    """Time of the oracle beside that of the obvious way, verdicts compared. Exit 1: a verdict differs, or a soak left
    something behind."""
    from evaluators.bench import grading as bench

    mix, different = _sets(ui, resolved, completions, adapter, fresh)
    grade = resolved.settings.grade
    conditions = bench.Conditions(
        open_home().cache / "bench", grade.sandbox, grade.cases, resolved.settings.run.seed, grade.workers
    )
    if soaked is not None:
        return _soak(ui, different, conditions, soaked)
    with ui.talking():
        ui.say(f"real mix: {len(mix)} completions")
        found = {"mix": bench.compare(mix, conditions, repeats, say=ui.say)}
        ui.say(f"all distinct: {len(different)} completions")
        found["distinct"] = bench.compare(different, conditions, repeats, without_sandbox=True, say=ui.say)
    results = measurements(found, repeats)
    ui.emit(results, lambda: _show(found, results))
    return 1 if any(c.differences for c in found.values()) else 0


def _sets(ui: Ui, resolved: Resolved, count: int, adapter: str, fresh: bool) -> tuple[list[Answer], list[Answer]]:
    """The first `count` completions of functions that have code, as they come; and the first `count` distinct ones."""
    from evaluators.bench.grading import Answer
    from evaluators.spec import FunctionSpec
    from loop.cycle.completions import STAGE, stretches

    mix: list[Answer] = []
    different: dict[tuple[str, str], Answer] = {}
    with opening.context(ui, resolved.settings) as ctx:
        for stretch in stretches(ctx, ctx.resolve_adapter(adapter, STAGE), fresh=fresh):
            answers = [
                Answer(drawn.id, drawn.task.spec, drawn.code)
                for drawn in stretch
                if drawn.code is not None and isinstance(drawn.task.spec, FunctionSpec)
            ]
            mix += answers
            for answer in answers:
                different.setdefault(answer.identity, answer)
            if len(mix) >= count and len(different) >= count:
                break
    if not mix:
        raise UsageError("no completion has code in it", fix="give another --adapter, or a larger --completions")
    return mix[:count], list(different.values())[:count]


def measurements(found: dict[str, Comparison], repeats: int) -> list[dict[str, Any]]:
    """Answers a second of the oracle and of the obvious way; seconds with and without the sandbox; disagreements."""
    out = []
    for name, c in found.items():
        rate, obvious = c.answers / c.median("ours"), c.answers / c.median("obvious")
        out.append(measurement(f"grading.{name}", "answers a second", rate, obvious, c.ratio("obvious"), repeats))
        out.append(measurement(f"grading.{name}.differences", "verdicts", len(c.differences), repeats=repeats))
    c = found["distinct"]
    boxed, bare = c.median("ours"), c.median("without sandbox")
    out.append(measurement("grading.sandbox", "seconds", boxed, bare, 1 / c.ratio("without sandbox"), repeats))
    return out


def _show(found: dict[str, Comparison], results: list[dict[str, Any]]) -> None:
    value = {row["name"]: row for row in results}
    click.echo(f"{'':<14}{'answers':>8}{'distinct':>10}{'ours, s':>10}{'obvious, s':>12}{'ratio':>8}{'target':>8}")
    for name, title, target in (("mix", "real mix", MIX_TARGET), ("distinct", "all distinct", DISTINCT_TARGET)):
        c, ratio = found[name], value[f"grading.{name}"]["ratio"]
        ours, obvious = c.median("ours"), c.median("obvious")
        click.echo(f"{title:<14}{c.answers:>8}{c.distinct:>10}{ours:>10.1f}{obvious:>12.1f}{ratio:>8.2f}{target:>8.2f}")
    sandbox = value["grading.sandbox"]
    click.echo(
        f"\nsandbox ({found['distinct'].tier}): {sandbox['value']:.1f} s with, {sandbox['baseline']:.1f} s without: "
        f"{sandbox['ratio']:.2f} (target: at most {SANDBOX_TARGET}); {found['distinct'].unboxed} verdicts change"
    )
    for name, c in found.items():
        click.echo(f"\n{name}: ours / obvious" + ("" if c.differences else ", the same pass"))
        for (kind, other), n in c.kinds.most_common():
            click.echo(f"{n:>7}  {kind} / {other}")
        for d in c.differences:
            click.echo(f"  {d.id}: {d.ours} ({d.evidence}), obvious: {d.obvious}")


def _soak(ui: Ui, answers: list[Answer], conditions: Conditions, executions: int) -> int:
    from evaluators.bench.grading import soak

    with ui.talking():
        ui.say(f"soak: {executions} executions of variants of {len(answers)} completions")
        done = soak(answers, conditions, executions)
    results = soak_measurements(done)
    ui.emit(results, lambda: _show_soak(done, results))
    return 1 if any(done["left"].values()) else 0


def soak_measurements(done: dict[str, Any]) -> list[dict[str, Any]]:
    """What was left behind, and resident memory of the last tenth of the run against that of the first."""
    from evaluators.bench.soak import growth

    out = [
        measurement("grading.soak", "executions", done["executions"]),
        measurement("grading.soak.time", "seconds", done["seconds"]),
    ]
    out += [measurement(f"grading.soak.left.{what.replace(' ', '-')}", "left", n) for what, n in done["left"].items()]
    for what in ("resident", "boxes", "descriptors", "processes"):
        first, last = growth(done["samples"], what)
        scale, metric = (1 << 20, "MiB") if what in ("resident", "boxes") else (1, "open")
        out.append(
            measurement(f"grading.soak.{what}", metric, last / scale, first / scale, last / first if first else None)
        )
    return out


def _show_soak(done: dict[str, Any], results: list[dict[str, Any]]) -> None:
    rate = done["executions"] / done["seconds"]
    click.echo(f"{done['executions']} executions of {done['candidates']} candidates, {rate:.0f} a second")
    click.echo("  " + ", ".join(f"{kind} {n}" for kind, n in done["kinds"].items()))
    click.echo("left behind: " + ", ".join(f"{n} {what}" for what, n in done["left"].items()))
    click.echo(f"\n{'':<14}{'first tenth':>12}{'last tenth':>12}")
    for row in results:
        if row["baseline"] is not None:
            name = row["name"].rpartition(".")[2]
            click.echo(f"{name:<14}{row['baseline']:>12.1f}{row['value']:>12.1f}  {row['metric']}")
